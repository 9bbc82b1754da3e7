import { randomUUID } from 'node:crypto'
import { type FleetStage, openStage } from '@carillon/testkit'
import { percentile } from '../../proofs/clock/percentile.ts'
import type { Figure, Lap } from '../figure.ts'
import { buildEvent, emptyTables, freezeApps, produceEvents, thawApps, untilCount } from '../fleet-laps.ts'

const APPS = ['router', 'email'] as const
const PEOPLE = 5_000
const HALF = 0.5
const LOW = 0.05
const TICK_MS = 5
const MEASURES = 3

/** Open loop: what comes late, because the fleet or the sender was busy, waits from the time it was meant for. */
export const endToEnd: Figure = {
  name: 'end to end, 99th percentile at half load',
  of: 'from the intended time of a record to the end of its attempt, at half of what the fleet drains',
  against: 'the same at a twentieth',
  goal: 4,
  isTime: true,
  async open({ quick, on }) {
    const env = {
      CARILLON_SIMULATE: 'email',
      CARILLON_SIMULATE_FILE: '/dev/null',
      EMAIL_WORKER_CONCURRENCY: '1000',
      CARILLON_USER_HOURLY_MAX: '100000',
    }
    const stage = await openStage({ broker: on, apps: APPS, env })
    const seconds = quick ? 1 : 8
    const rate = await measureCapacity(stage, quick ? 500 : 20_000)
    return {
      subject: () => measureP99(stage, rate * HALF, seconds),
      denominator: () => measureP99(stage, rate * LOW, seconds),
      close: () => stage.close(),
    }
  },
}

/** Events a second that the fleet drains when they all lie there; the best of a few, the first of which warms up. */
async function measureCapacity(stage: FleetStage, events: number): Promise<number> {
  let best = 0
  for (let measure = 0; measure < MEASURES; measure++) {
    freezeApps(stage, APPS)
    await emptyTables(stage.pool)
    await produceEvents(stage, events)
    const startedMs = performance.now()
    thawApps(stage, APPS)
    await untilCount(stage.pool, 'NotificationDelivery', `status = 'SENT'`, events)
    best = Math.max(best, (events * 1_000) / (performance.now() - startedMs))
  }
  return best
}

/** As if each had waited as long as the 99th of a hundred. */
async function measureP99(stage: FleetStage, rate: number, seconds: number): Promise<Lap> {
  await emptyTables(stage.pool)
  const intendedMs = await sendAtRate(stage, rate, seconds)
  await untilCount(stage.pool, 'NotificationDelivery', `status = 'SENT'`, intendedMs.size)
  const { rows } = await stage.pool.query<{ id: string; endedMs: number }>(
    `SELECT n."eventId" AS id, extract(epoch FROM a."endedAt")::float8 * 1000 AS "endedMs"
     FROM "Notification" n JOIN "NotificationDelivery" d ON d."notificationId" = n.id
     JOIN "DeliveryAttempt" a ON a."deliveryId" = d.id`,
  )
  const latencies = rows.map(({ id, endedMs }) => endedMs - (intendedMs.get(id) ?? Number.NaN))
  if (latencies.length !== intendedMs.size || latencies.some(Number.isNaN))
    throw new Error(`${latencies.length} attempts for ${intendedMs.size} events`)
  return { count: latencies.length, ms: latencies.length * percentile(latencies, 0.99) }
}

/** Each at its time, whatever became of those before; answers by id when that was. */
async function sendAtRate({ producer }: FleetStage, rate: number, seconds: number): Promise<Map<string, number>> {
  const total = Math.max(1, Math.round(rate * seconds))
  const intendedMs = new Map<string, number>()
  const publishing: Promise<unknown>[] = []
  const startedMs = Date.now()
  while (intendedMs.size < total) {
    const due = Math.min(total, Math.floor(((Date.now() - startedMs) * rate) / 1_000) + 1)
    const records = Array.from({ length: due - intendedMs.size }, (_, index) => {
      const number = intendedMs.size + index
      return { number, id: randomUUID() }
    })
    for (const { number, id } of records) intendedMs.set(id, startedMs + (number * 1_000) / rate)
    if (records.length > 0) publishing.push(producer.publishMany(records.map(toRecord)))
    await Bun.sleep(TICK_MS)
  }
  await Promise.all(publishing)
  return intendedMs
}

function toRecord({ number, id }: { readonly number: number; readonly id: string }) {
  const value = JSON.stringify(buildEvent(id, `user-${number % PEOPLE}`))
  return { topic: 'notification.events', key: id, value }
}
