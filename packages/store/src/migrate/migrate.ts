import { join } from 'node:path'
import { Pool } from 'pg'
import { applyMigrations } from './apply-migrations.ts'
import { readMigrations } from './read-migrations.ts'

export interface MigrateOptions {
  connectionString: string
  /** A folder as `prisma migrate` writes it; ours, unless told otherwise. */
  dir?: string
}

export const migrationsDir = join(import.meta.dirname, '../../prisma/migrations')

// "cari", "migr".
const lockKeys = [0x63617269, 0x6d696772]

/**
 * Applies what is missing; does nothing when nothing is. Any number of processes may call it at once: one works, the
 * others wait and find everything done. The lock belongs to a session, hence the pool of one connection.
 */
export async function migrate({
  connectionString,
  dir = migrationsDir,
}: MigrateOptions): Promise<{ applied: string[] }> {
  const migrations = await readMigrations(dir)
  const pool = new Pool({ connectionString, max: 1, idleTimeoutMillis: 0, application_name: 'carillon-migrate' })
  // A lost connection fails the query that is under way; as an event it would end the process.
  pool.on('error', () => {})
  try {
    await pool.query('SELECT pg_advisory_lock($1, $2)', lockKeys)
    await forgetInterrupted(pool)
    return { applied: await applyMigrations(pool, dir, migrations) }
  } catch (cause) {
    throw new Error(explainFailure(cause), { cause })
  } finally {
    await pool.end()
  }
}

/**
 * A process that was killed in the middle leaves a migration that neither finished nor failed. Its script was rolled
 * back, so it is simply tried again; one that failed by its own fault is left for a person to look at (P3009).
 */
async function forgetInterrupted(pool: Pool): Promise<void> {
  const { rows } = await pool.query(`SELECT to_regclass('"_prisma_migrations"') IS NOT NULL AS exists`)
  if (rows[0]?.exists !== true) return
  await pool.query(
    `UPDATE "_prisma_migrations" SET "rolled_back_at" = now()
     WHERE "finished_at" IS NULL AND "rolled_back_at" IS NULL AND "logs" IS NULL`,
  )
}

function explainFailure(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause)
  const isEarlierFailure = cause instanceof Error && 'code' in cause && cause.code === 'P3009'
  if (!isEarlierFailure) return `migrate the database: ${message}`
  return (
    `migrate the database: P3009: ${message.trim()}. Nothing of it is left in the database. When its cause is gone, ` +
    'let it be tried again: DELETE FROM "_prisma_migrations" WHERE "finished_at" IS NULL'
  )
}
