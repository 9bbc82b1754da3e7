import { readdir } from 'node:fs/promises'
import { migrationsDir, openPool } from '@carillon/store'
import { explain } from '../running/explain.ts'
import type { Finding, Sick } from './finding.ts'

const name = 'postgres'
const VERSION_MIN = 150_000

export async function checkPostgres(url: string | undefined): Promise<Finding> {
  if (!url) {
    const cure = 'Set DATABASE_URL, such as postgres://carillon:secret@localhost:5432/carillon, or give --database URL.'
    return { name, state: 'broken', detail: 'no database is named', cause: 'DATABASE_URL is not set', cure }
  }
  const where = hidePassword(url)
  const pool = openPool({ connectionString: url, max: 1, applicationName: 'doctor', statementTimeoutMs: 5_000 })
  try {
    const { rows } = await pool.query<{ version: number; name: string; migrated: boolean }>(
      `SELECT current_setting('server_version_num')::int AS version, current_setting('server_version') AS name,
         to_regclass('"_prisma_migrations"') IS NOT NULL AS migrated`,
    )
    const [server] = rows
    if (!server || server.version < VERSION_MIN) {
      const cure = 'Move to Postgres 15 or later.'
      return { name, state: 'broken', detail: where, cause: `it is version ${server?.name}`, cure }
    }
    const missing = await findMissingMigrations(pool, server.migrated)
    if (missing.length === 0)
      return { name, state: 'well', detail: `${where}, version ${server.name}, schema up to date` }
    const cause = `the schema lacks ${missing.length} migrations, the first is ${missing[0]}`
    return { name, state: 'broken', detail: where, cause, cure: 'Run ./carillon migrate with the same DATABASE_URL.' }
  } catch (error) {
    return { name, state: 'broken', detail: where, ...diagnose(error, where) }
  } finally {
    await pool.end()
  }
}

async function findMissingMigrations(pool: ReturnType<typeof openPool>, isMigrated: boolean): Promise<string[]> {
  const files = await readdir(migrationsDir, { withFileTypes: true })
  const wanted = files.filter((file) => file.isDirectory()).map((folder) => folder.name)
  if (!isMigrated) return wanted.sort()
  const { rows } = await pool.query<{ applied: string }>(
    `SELECT migration_name AS applied FROM "_prisma_migrations" WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL`,
  )
  const applied = new Set(rows.map((row) => row.applied))
  return wanted.filter((one) => !applied.has(one)).sort()
}

function diagnose(error: unknown, where: string): Sick {
  const cause = explain(error)
  switch (codeOf(error)) {
    case 'ECONNREFUSED':
    case 'ENOENT':
      return { cause: `nothing listens there: ${cause}`, cure: `Start Postgres at ${where}, or correct DATABASE_URL.` }
    case 'ENOTFOUND':
      return { cause: `its name is unknown: ${cause}`, cure: 'Correct the host in DATABASE_URL.' }
    case '28P01':
    case '28000':
      return { cause: `it does not let us in: ${cause}`, cure: 'Correct user and password in DATABASE_URL.' }
    case '3D000':
      return { cause, cure: 'Create the database, or correct its name in DATABASE_URL.' }
    case '53300':
      return { cause, cure: 'Raise max_connections, or lower POSTGRES_POOL.' }
    default:
      return { cause, cure: `Look into the log of Postgres at ${where}, and whether DATABASE_URL is right.` }
  }
}

function codeOf(error: unknown): unknown {
  if (!(error instanceof Error)) return undefined
  if ('code' in error && error.code !== undefined) return error.code
  if (error instanceof AggregateError) return codeOf(error.errors[0])
  return codeOf(error.cause)
}

function hidePassword(url: string): string {
  return URL.canParse(url) ? url.replace(/(:\/\/[^:@/]*):[^@/]*@/, '$1@') : 'DATABASE_URL'
}
