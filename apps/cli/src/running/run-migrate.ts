import { migrate } from '@carillon/store'
import type { Outcome } from '../command.ts'
import type { Config } from '../config.ts'
import { explain } from './explain.ts'
import { keepAct } from './keep-act.ts'

/** Any number may run at once: one works, the others wait and find everything done. */
export async function runMigrate(
  { environment }: Config,
  { database, json = false }: { database?: string; json?: boolean },
): Promise<Outcome> {
  const connectionString = database ?? environment.DATABASE_URL
  if (!connectionString)
    return {
      problem: 'no database is named',
      cure: 'Set DATABASE_URL, or give --database URL. ./carillon up needs neither.',
    }
  try {
    const { applied } = await migrate({ connectionString })
    if (applied.length > 0) await keepAct(connectionString, { action: 'migrate', detail: { applied } })
    if (json) process.stdout.write(`${JSON.stringify({ applied })}\n`)
    else if (applied.length === 0) process.stdout.write('The schema is up to date.\n')
    else process.stdout.write(`${applied.map((name) => `applied ${name}\n`).join('')}`)
    return { exitCode: 0 }
  } catch (error) {
    return { problem: explain(error), cure: 'Run ./carillon doctor: it looks whether the database can be reached.' }
  }
}
