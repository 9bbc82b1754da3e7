import { eventIdKeysOf } from '@carillon/backbone'
import { ACCEPTED_AT_HEADER, DEFAULT_TENANT, mintEventId, TENANT_HEADER } from '@carillon/contracts'
import { type AppName, type FleetStage, STAGE_SECRET } from '@carillon/testkit'
import type { Pool } from 'pg'

const UNTIL_MS_MAX = 300_000
const LOOK_MS_MIN = 20
const LOOK_MS_MAX = 500
const PEOPLE = 5_000

/** A process that is frozen keeps its seat in its group: none of a lap is the group's coming together again. */
export const FROZEN = { KAFKA_SESSION_TIMEOUT: '120000' }

/** Work piles up before a lap begins, so that none of its time is the producer's. */
export function freezeApps({ fleet }: FleetStage, apps: readonly AppName[]): void {
  for (const app of apps) process.kill(fleet.pidOf(app) ?? 0, 'SIGSTOP')
}

export function thawApps({ fleet }: FleetStage, apps: readonly AppName[]): void {
  for (const app of apps) process.kill(fleet.pidOf(app) ?? 0, 'SIGCONT')
}

export async function emptyTables(pool: Pool): Promise<void> {
  await pool.query('TRUNCATE "Event", "Notification", "NotificationDelivery", "DeliveryAttempt", "Dispatch", "Outbox"')
}

const EVENT_ID_KEYS = eventIdKeysOf({ CARILLON_SECRET: [STAGE_SECRET] })

/** As the API writes them: one mail each, to people whose address stands in the event. */
export async function produceEvents({ producer }: FleetStage, count: number, people = PEOPLE): Promise<void> {
  const headers = { [TENANT_HEADER]: DEFAULT_TENANT, [ACCEPTED_AT_HEADER]: new Date().toISOString() }
  const records = Array.from({ length: count }, (_, index) => {
    const id = mintEventId(DEFAULT_TENANT, EVENT_ID_KEYS)
    const userId = `user-${index % people}`
    return { topic: 'notification.events', key: id, value: JSON.stringify(buildEvent(id, userId)), headers }
  })
  await producer.publishMany(records)
}

/** One mail. */
export function buildEvent(id: string, userId: string): object {
  return {
    id,
    type: 'ORDER_SHIPPED',
    title: 'Your order is on its way',
    message: 'It left the house this morning.',
    recipients: [{ userId, email: `${userId}@example.com` }],
    channels: ['EMAIL'],
  }
}

/** Counting is work for Postgres too, so it is asked seldom: each time when half of what is left should be done. */
export async function untilCount(
  pool: Pool,
  table: string,
  where: string,
  count: number,
  countMax = count,
): Promise<void> {
  const startedMs = performance.now()
  for (let seen = 0; seen < count; ) {
    const { rows } = await pool.query<{ count: number }>(`SELECT count(*)::int FROM "${table}" WHERE ${where}`)
    seen = rows[0]?.count ?? 0
    if (seen > countMax) throw new Error(`${table}: ${seen} rows, of ${count} that were asked for`)
    const elapsedMs = performance.now() - startedMs
    if (elapsedMs > UNTIL_MS_MAX) throw new Error(`${table}: ${seen} of ${count} rows`)
    const leftMs = (elapsedMs * (count - seen)) / Math.max(seen, 1)
    if (seen < count) await Bun.sleep(Math.min(Math.max(leftMs / 2, LOOK_MS_MIN), LOOK_MS_MAX))
  }
}
