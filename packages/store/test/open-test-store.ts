import type { OutboxRow } from '@carillon/contracts'
import { openTestDatabase } from '@carillon/testkit'
import { Client } from 'pg'
import {
  createClockStore,
  createDeliveryStore,
  createRoutingStore,
  createStopStore,
  openPool,
  type RefusedMove,
} from '../src/index.ts'

export type TestStore = Awaited<ReturnType<typeof openTestStore>>

export const POLICY = {
  resend: { maxResends: { EMAIL: 2, SMS: 1, PUSH: 3, WHATSAPP: 1, IN_APP: 0 }, resendAfterMs: 0 },
  watch: { firstLookMs: { urgent: 3_000, normal: 30_000 }, lookMsMax: 600_000, unknownAfterMs: 0 },
} as const

/** A database of its own, with the options of the hot pool; `close` drops it. */
export async function openTestStore({ connections = 8 } = {}) {
  const database = await openTestDatabase()
  const pool = openPool({
    connectionString: database.url,
    max: connections,
    applicationName: 'store-test',
    hot: true,
    dataKeys: 'none',
  })
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
    clock: createClockStore(ports),
    /** Ends the pool first: a connection tells its statistics when it goes. */
    async countDeadlocks(): Promise<number> {
      await pool.end()
      const client = new Client({ connectionString: database.url })
      await client.connect()
      try {
        const text = 'SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database()'
        return (await client.query<{ deadlocks: number }>(text)).rows[0]?.deadlocks ?? Number.NaN
      } finally {
        await client.end()
      }
    },
    async close() {
      if (!pool.ended) await pool.end()
      await database.drop()
    },
  }
}
