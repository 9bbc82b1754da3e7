import { randomUUID } from 'node:crypto'
import type { ChannelRecord } from '@carillon/contracts'
import { type Channel, createDeliveryWorker, type DeliveryResult, retryPolicyOf } from '@carillon/delivery'
import { createDeliveryStore, openPool, PLANS_KEPT_SECONDS } from '@carillon/store'
import { openTestDatabase } from '@carillon/testkit'
import type { Pool } from 'pg'
import type { Figure, Lap } from '../figure.ts'

const TIMEOUT_MS = 30_000
const ROWS_A_STATEMENT = 1_000
/** Fewer, and a lap is mostly its beginning and its end: the last round of 200 alone was a tenth of 2,000. */
const QUICK_COUNT = 10_000

const instant: Channel = {
  channel: 'EMAIL',
  async send({ deliveryId }) {
    return { outcome: 'accepted', provider: 'bench', providerMessageId: deliveryId }
  },
}

/** A worker that had more in flight than the figure says would be none the better for it. */
function createSlow(inFlightMax: number): Channel {
  let inFlight = 0
  return {
    channel: 'EMAIL',
    async send({ deliveryId }) {
      if (inFlight === inFlightMax) throw new Error(`more than ${inFlightMax} in flight`)
      inFlight += 1
      await Bun.sleep(50)
      inFlight -= 1
      return { outcome: 'accepted', provider: 'bench', providerMessageId: deliveryId }
    },
  }
}

async function openRows() {
  const database = await openTestDatabase()
  // As the process of a channel opens it.
  const pool = openPool({
    connectionString: database.url,
    max: 8,
    applicationName: 'bench',
    hot: true,
    plansKeptSeconds: PLANS_KEPT_SECONDS,
    dataKeys: 'none',
  })
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

interface WakeUpOf extends ChannelRecord {
  readonly recipientId: string
}

/**
 * Deliveries as the router leaves them, and the wake-ups that name them. Analysed, or a vacuum that found the tables
 * empty would have the plans of a lap believe that they still are.
 */
async function fillRows(pool: Pool, count: number): Promise<WakeUpOf[]> {
  await pool.query('TRUNCATE "Notification", "NotificationDelivery", "DeliveryAttempt", "Outbox"')
  await pool.query(FILL, [count])
  await pool.query('ANALYZE "Notification", "NotificationDelivery"')
  const { rows } = await pool.query<WakeUpOf>(`SELECT id AS "deliveryId", "notificationId", "tenantId",
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

type Observe = (deliveryId: string) => void

function createWorker(
  store: ReturnType<typeof createDeliveryStore>,
  channel: Channel,
  slots: number,
  onSent: Observe = () => undefined,
) {
  return createDeliveryWorker(
    {
      channel,
      store,
      hashAddress: (tenantId, address) => `${tenantId} ${address}`,
      persist: (statement) => statement(),
      observe: ({ deliveryId }) => onSent(deliveryId),
      onChannelStopped: () => undefined,
      onFatal: (error) => {
        throw error
      },
    },
    {
      // All of `slots` are for the lane that is measured: one more is the urgent lane's.
      slots: slots + 1,
      urgentSlots: 1,
      timeoutMs: TIMEOUT_MS,
      retry: retryPolicyOf('EMAIL', TIMEOUT_MS),
      breakerFailuresMax: 5,
      breakerOpenMs: 10_000,
      holdMs: 60_000,
      firstAnswerMsMax: 1_000,
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
    const count = quick ? QUICK_COUNT : 20_000
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
    const { deliver, close } = await openWorkerLap(createSlow(200), 200, quick ? QUICK_COUNT : 20_000)
    return { subject: deliver, denominator: async () => ({ count: 240_000, ms: 60_000 }), close }
  },
}

const SLOW_PERSON = 'user-0'
/** As the consumer of a channel's process hands them over: one that is slow holds back its own batch alone. */
const BATCH_RECORDS = 100
const IN_FLIGHT_BATCHES = 100

function slowFor(recipientId: string | undefined): Channel {
  return {
    channel: 'EMAIL',
    async send(message) {
      await Bun.sleep(message.recipientId === recipientId ? 250 : 50)
      return { outcome: 'accepted', provider: 'bench', providerMessageId: message.deliveryId }
    },
  }
}

/** How long it takes until everybody but the slow person has theirs. */
async function openHealthyLap(slowPerson: string | undefined, count: number) {
  const opened = await openRows()
  let onSent: Observe = () => undefined
  const worker = createWorker(opened.store, slowFor(slowPerson), 200, (id) => onSent(id))

  async function deliver(): Promise<Lap> {
    const records = await fillRows(opened.pool, count)
    const healthy = new Set(records.filter((one) => one.recipientId !== SLOW_PERSON).map((one) => one.deliveryId))
    const lap = { count: healthy.size, ms: 0 }
    const startedMs = performance.now()
    onSent = (id) => {
      if (healthy.delete(id) && healthy.size === 0) lap.ms = performance.now() - startedMs
    }
    await deliverInBatches(records, (batch) => worker.deliver(batch, 'normal'))
    if (healthy.size > 0) throw new Error(`${healthy.size} of ${lap.count} deliveries are not sent`)
    return lap
  }

  return {
    deliver,
    async close() {
      await worker.close()
      await opened.close()
    },
  }
}

async function deliverInBatches<Record>(records: readonly Record[], deliver: (batch: Record[]) => Promise<void>) {
  const inFlight = new Set<Promise<void>>()
  for (let from = 0; from < records.length; from += BATCH_RECORDS) {
    if (inFlight.size === IN_FLIGHT_BATCHES) await Promise.race(inFlight)
    const batch = deliver(records.slice(from, from + BATCH_RECORDS)).then(() => void inFlight.delete(batch))
    inFlight.add(batch)
  }
  await Promise.all(inFlight)
}

export const besideSlow: Figure = {
  name: 'healthy recipients beside a slow one',
  of: 'deliveries to everybody else, while one person’s take 250 ms',
  against: 'the same without a slow one, 50 ms each, 200 in flight',
  goal: 0.85,
  async open({ quick }) {
    const count = quick ? 2_000 : 20_000
    const beside = await openHealthyLap(SLOW_PERSON, count)
    const without = await openHealthyLap(undefined, count)
    return {
      subject: beside.deliver,
      denominator: without.deliver,
      async close() {
        await beside.close()
        await without.close()
      },
    }
  },
}
