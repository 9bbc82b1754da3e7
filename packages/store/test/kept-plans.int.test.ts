import { openTestDatabase, type TestDatabase } from '@carillon/testkit'
import { Client, type Pool } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDeliveryStore, openPool } from '../src/index.ts'
import type { Statement } from '../src/run-statement.ts'
import { CLAIM_DELIVERIES, FIND_SUPPRESSED, LOAD_DELIVERIES, RECORD_RESULTS, SET_ASIDE } from '../src/sql/deliver.ts'
import { accepted } from './rows.ts'

/** A channel's process keeps its plans. What one was made for may be gone by the time that it is used. */

const ROWS = 100_000
const BATCH = 1_000
const STATEMENT_MS_MAX = 3_000
const STATEMENTS = [LOAD_DELIVERIES, FIND_SUPPRESSED, CLAIM_DELIVERIES, SET_ASIDE, RECORD_RESULTS]
const HOT = ['Event', 'Notification', 'NotificationDelivery', 'DeliveryAttempt', 'Suppression', 'User']

let database: TestDatabase
let pool: Pool
let delivery: ReturnType<typeof createDeliveryStore>

beforeAll(async () => {
  database = await openTestDatabase()
  pool = openPool({
    connectionString: database.url,
    max: 1,
    applicationName: 'kept-plans',
    hot: true,
    plansKeptSeconds: 600,
    dataKeys: 'none',
  })
  delivery = createDeliveryStore({ pool, announce: () => undefined })
})
afterAll(async () => {
  await pool.end()
  await database.drop()
})

/** On a connection of its own, which has kept nothing yet. */
async function explain({ name, text }: Statement): Promise<string[]> {
  const client = new Client({ connectionString: database.url })
  await client.connect()
  try {
    for (const setting of ['plan_cache_mode = force_generic_plan', 'random_page_cost = 1.1', 'enable_seqscan = off'])
      await client.query(`SET ${setting}`)
    await client.query(`PREPARE "${name}" AS ${text}`)
    const parameters = Math.max(...[...text.matchAll(/\$(\d+)/g)].map(([, number]) => Number(number)))
    const nulls = Array.from({ length: parameters }, () => 'NULL').join(', ')
    const { rows } = await client.query<{ 'QUERY PLAN': string }>(`EXPLAIN (COSTS off) EXECUTE "${name}"(${nulls})`)
    return rows.map((row) => row['QUERY PLAN'])
  } finally {
    await client.end()
  }
}

function findWholeScans(plan: readonly string[]): string[] {
  return plan.filter((line, index) => {
    const table = /(?:Seq Scan|Scan using .*) on "(\w+)"/.exec(line)?.[1]
    return table !== undefined && HOT.includes(table) && !plan[index + 1]?.includes('Index Cond')
  })
}

function describeStatements(state: string): void {
  it.each(STATEMENTS)(`$name finds its rows by their keys, planned on ${state}`, async (statement) => {
    const plan = await explain(statement)
    expect(plan.some((line) => line.includes('Index Cond'))).toBe(true)
    expect(findWholeScans(plan)).toEqual([])
  })
}

async function fill(): Promise<void> {
  await pool.query(
    `INSERT INTO "NotificationDelivery"(id, "notificationId", "tenantId", "recipientId", channel, status, lane, "expiresAt")
     SELECT gen_random_uuid(), gen_random_uuid(), 'default', 'u' || i % 5000, 'EMAIL', 'PENDING', 'normal',
       now() + interval '72 h' FROM generate_series(1, ${ROWS}) i`,
  )
  await pool.query(
    `INSERT INTO "Notification"(id, "tenantId", "recipientId", "eventId", category, "plannedAt")
     SELECT "notificationId", "tenantId", "recipientId", 'event ' || id, 'orders', now() FROM "NotificationDelivery"`,
  )
  await pool.query(
    `INSERT INTO "Event"("tenantId", id, type, category, fingerprint, state, "acceptedAt")
     SELECT "tenantId", "eventId", 'ORDER', category, 'f', 'PLANNED', now() FROM "Notification"`,
  )
  await pool.query(
    `INSERT INTO "Suppression"("tenantId", channel, "addressHash", reason)
     SELECT 'default', 'EMAIL', md5(i::text), 'x' FROM generate_series(1, ${ROWS / 10}) i`,
  )
}

/** load → find suppressed → claim → record, as the worker does, each in its time. */
async function deliver(ids: readonly string[]): Promise<number> {
  const timed = async <Result>(action: string, work: () => Promise<Result>): Promise<Result> => {
    const startedMs = performance.now()
    const result = await work()
    expect(performance.now() - startedMs, action).toBeLessThan(STATEMENT_MS_MAX)
    return result
  }
  const loaded = await timed('load', () => delivery.loadDeliveries(ids))
  const addresses = loaded.map(({ tenantId, channel, id }) => ({ tenantId, channel, addressHash: id }))
  await timed('find suppressed', () => delivery.findSuppressed(addresses))
  const claims = loaded.map(({ id }) => ({ id, addressHash: id, provider: 'fake' }))
  const claimed = await timed('claim', () => delivery.claimDeliveries(claims, 60_000))
  return (await timed('record', () => delivery.recordResults(claimed.map((row) => accepted(row))))).length
}

describe('plans that are kept', () => {
  describeStatements('tables that are empty')

  it('a worker whose plans were made on empty tables goes through 1,000 rows a statement when they are full', async () => {
    await deliver([crypto.randomUUID()])
    await fill()
    const { rows } = await pool.query<{ id: string }>(`SELECT id FROM "NotificationDelivery" LIMIT ${BATCH}`)
    expect(await deliver(rows.map((row) => row.id))).toBe(BATCH)
  }, 60_000)

  describeStatements('tables that were never analysed')

  describe('once they are analysed', () => {
    beforeAll(async () => void (await pool.query('VACUUM ANALYZE')), 60_000)
    describeStatements('tables that were analysed')
  })
})
