import { keepOperatorAct, openPool } from '@carillon/store'
import type { Config } from '../config.ts'
import { nameDataDir } from './data-dir.ts'
import { explain } from './explain.ts'
import { findRunning } from './find-running.ts'
import { nameOperator } from './name-operator.ts'

interface Act {
  readonly action: string
  readonly detail: Readonly<Record<string, unknown>>
}

/** What was done stands and harms nobody: that it could not be recorded is said, and is no failure of it. */
export async function keepAct(connectionString: string | undefined, act: Act): Promise<void> {
  try {
    if (!connectionString) throw new Error('no database is known; set DATABASE_URL')
    const pool = openPool({ connectionString, max: 1, applicationName: `carillon-${act.action}` })
    try {
      await keepOperatorAct(pool, { actor: nameOperator(), ...act })
    } finally {
      await pool.end()
    }
  } catch (error) {
    process.stderr.write(`carillon: this ${act.action} is not in the audit log: ${explain(error)}\n`)
  }
}

/** The database of the environment, else that of `up`. */
export async function findDatabase({ environment, rootDir }: Config, { data }: { readonly data: string }) {
  if (environment.DATABASE_URL) return environment.DATABASE_URL
  const running = await findRunning(nameDataDir(rootDir, data))
  return 'problem' in running ? undefined : running.database
}
