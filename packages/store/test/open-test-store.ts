import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { OutboxRow } from '@carillon/contracts'
import pg from 'pg'
import { createDeliveryStore, createRoutingStore, createStopStore, type RefusedMove } from '../src/index.ts'

const HOT_OPTIONS = '-c plan_cache_mode=force_custom_plan -c random_page_cost=1.1 -c enable_seqscan=off -c jit=off'
const SERVER = process.env.TEST_DATABASE_URL ?? 'postgresql://postgres@127.0.0.1:5432/postgres'
const MIGRATIONS = join(import.meta.dirname, '../prisma/migrations')

export type TestStore = Awaited<ReturnType<typeof openTestStore>>

/** A database of its own, with the options of the hot pool; `close` drops it. */
export async function openTestStore({ connections = 10 } = {}) {
  const name = `store_${randomBytes(6).toString('hex')}`
  const admin = new pg.Client({ connectionString: SERVER })
  await admin.connect()
  await admin.query(`CREATE DATABASE ${name}`)
  const url = new URL(SERVER)
  url.pathname = `/${name}`
  const pool = new pg.Pool({ connectionString: url.href, options: HOT_OPTIONS, max: connections })
  // Dropping the database may cut a connection that is still closing.
  pool.on('error', () => undefined)
  await migrate(pool)
  const announced: OutboxRow[] = []
  const refused: RefusedMove[] = []
  const ports = { pool, announce: (row: OutboxRow) => void announced.push(row) }
  return {
    pool,
    announced,
    refused,
    routing: createRoutingStore(ports),
    delivery: createDeliveryStore({ ...ports, reportRefused: (one) => void refused.push(one) }),
    stops: createStopStore({ ...ports, readEventTime: () => undefined }),
    /** Never analysed, however long the test runs. */
    async stopAnalysis() {
      for (const table of ['Notification', 'NotificationDelivery', 'DeliveryAttempt', 'Dispatch', 'Outbox'])
        await pool.query(`ALTER TABLE "${table}" SET (autovacuum_enabled = false)`)
    },
    async close() {
      await pool.end()
      await admin.query(`DROP DATABASE ${name} WITH (FORCE)`)
      await admin.end()
    },
  }
}

async function migrate(pool: pg.Pool): Promise<void> {
  const folders = readdirSync(MIGRATIONS, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  for (const folder of folders.map((entry) => entry.name).sort())
    await pool.query(readFileSync(join(MIGRATIONS, folder, 'migration.sql'), 'utf8'))
}
