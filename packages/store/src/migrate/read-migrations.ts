import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface Migration {
  name: string
  script: string
}

/** The layout that `prisma migrate` writes: a folder a migration, applied in the order of their names. */
export async function readMigrations(dir: string): Promise<Migration[]> {
  const entries = await readdir(dir, { withFileTypes: true })
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  return Promise.all(names.sort().map(async (name) => ({ name, script: await readScript(dir, name) })))
}

function readScript(dir: string, name: string): Promise<string> {
  return readFile(join(dir, name, 'migration.sql'), 'utf8')
}
