import { randomUUID } from 'node:crypto'
import type { ChannelRecord } from '@carillon/contracts'
import { type Channel, createDeliveryWorker, type DeliveryResult, retryPolicyOf } from '@carillon/delivery'
import { createDeliveryStore, openPool } from '@carillon/store'
import { openTestDatabase } from '@carillon/testkit'
import type { Pool } from 'pg'
import type { Figure, Lap } from '../figure.ts'

const TIMEOUT_MS = 30_000
const ROWS_A_STATEMENT = 1_000

const instant: Channel = {
  channel: 'EMAIL',
  async send({ deliveryId }) {
    return { outcome: 'accepted', provider: 'bench', providerMessageId: deliveryId }
  },
}

const slow: Channel = {
  channel: 'EMAIL',
  async send({ deliveryId }) {
    await Bun.sleep(50)
    return { outcome: 'accepted', provider: 'bench', providerMessageId: deliveryId }
  },
}

async function openRows() {
  const database = await openTestDatabase()
  const pool = openPool({ connectionString: database.url, max: 8, applicationName: 'bench', hot: true })
  const store = createDeliveryStore({ pool, announce: () => undefined })
  return {
    pool,
    store,
    async close() {
      await pool.end()
      await database.drop()
    },
  }
}

/** Deliveries as the router leaves them, and the wake-ups that name them. */
async function fillRows(pool: Pool, count: number): Promise<ChannelRecord[]> {
  await pool.query('TRUNCATE "Notification", "NotificationDelivery", "DeliveryAttempt", "Outbox"')
  await pool.query(FILL, [count])
  const { rows } = await pool.query<ChannelRecord>(`SELECT id AS "deliveryId", "notificationId", "tenantId",
    "recipientId", channel, lane, "dispatchId" FROM "NotificationDelivery" ORDER BY "notificationId"`)
  return rows
}

const FILL = `WITH n AS (
  INSERT INTO "Notification"(id, "tenantId", "recipientId", "eventId", category, lane, title, message, contact, "plannedAt")
  SELECT gen_random_uuid(), 'default', 'user-' || i % 5000, 'event-' || i, 'orders', 'normal', 'Your order',
    'It left the house.', jsonb_build_object('email', 'user-' || i % 5000 || '@example.com'), now()
  FROM generate_series(1, $1::int) i RETURNING id, "recipientId")
INSERT INTO "NotificationDelivery"(id, "notificationId", "tenantId", "recipientId", channel, status, lane, "expiresAt", "dispatchId")
SELECT gen_random_uuid(), id, 'default', "recipientId", 'EMAIL', 'PENDING', 'normal', now() + interval '1 day', gen_random_uuid()
FROM n`

function createWorker(store: ReturnType<typeof createDeliveryStore>, channel: Channel, slots: number) {
  return createDeliveryWorker(
    {
      channel,
      store,
      hashAddress: (tenantId, address) => `${tenantId} ${address}`,
      persist: (statement) => statement(),
      observe: () => undefined,
      onChannelStopped: () => undefined,
      onFatal: (error) => {
        throw error
      },
    },
    {
      slots,
      urgentSlots: 1,
      timeoutMs: TIMEOUT_MS,
      retry: retryPolicyOf('EMAIL', TIMEOUT_MS),
      breakerFailuresMax: 5,
      breakerOpenMs: 10_000,
      holdMs: 60_000,
    },
  )
}

async function openWorkerLap(channel: Channel, slots: number, count: number) {
  const opened = await openRows()
  const worker = createWorker(opened.store, channel, slots)
  async function deliver(): Promise<Lap> {
    const records = await fillRows(opened.pool, count)
    const startedMs = performance.now()
    await worker.deliver(records, 'normal')
    const ms = performance.now() - startedMs
    const { rows } = await opened.pool.query(`SELECT FROM "NotificationDelivery" WHERE status = 'SENT'`)
    if (rows.length !== count) throw new Error(`${rows.length} of ${count} deliveries sent`)
    return { count, ms }
  }
  return {
    ...opened,
    deliver,
    async close() {
      await worker.close()
      await opened.close()
    },
  }
}

export const claimSendRecord: Figure = {
  name: 'claim, send, record a second',
  of: 'deliveries through the worker, with a provider that answers at once',
  against: 'its two statements alone, 1,000 rows each, one connection',
  goal: 0.85,
  async open({ quick }) {
    const count = quick ? 2_000 : 20_000
    const { deliver, close, pool, store } = await openWorkerLap(instant, 1_000, count)
    return {
      subject: deliver,
      async denominator() {
        const records = await fillRows(pool, count)
        const startedMs = performance.now()
        for (let from = 0; from < count; from += ROWS_A_STATEMENT) {
          const claims = records
            .slice(from, from + ROWS_A_STATEMENT)
            .map(({ deliveryId: id }) => ({ id, addressHash: id, provider: 'bench' }))
          const claimed = await store.claimDeliveries(claims, 2 * TIMEOUT_MS)
          await store.recordResults(claimed.map(toResult))
        }
        return { count, ms: performance.now() - startedMs }
      },
      close,
    }
  },
}

function toResult({ id, fence, attemptCount }: { id: string; fence: number; attemptCount: number }): DeliveryResult {
  return {
    id,
    tenantId: 'default',
    channel: 'EMAIL',
    fence,
    status: 'SENT',
    dueInMs: null,
    attemptCount,
    outcome: 'accepted',
    reason: null,
    error: null,
    provider: 'bench',
    providerMessageId: randomUUID(),
    suppressAddressHash: null,
    deadTokens: [],
  }
}

export const slowProvider: Figure = {
  name: 'channel worker, 50 ms, 200 in flight',
  of: 'deliveries a second through the worker',
  against: '4,000 a second, which is all that 200 in flight can be',
  goal: 0.96,
  async open({ quick }) {
    const { deliver, close } = await openWorkerLap(slow, 200, quick ? 2_000 : 20_000)
    return { subject: deliver, denominator: async () => ({ count: 240_000, ms: 60_000 }), close }
  },
}
