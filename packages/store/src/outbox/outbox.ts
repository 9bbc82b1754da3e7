import {
  ACCEPTED_AT_HEADER,
  type Channel,
  type DeliveryStatus,
  OUTCOMES_TOPIC,
  type OutboxRow,
  type OutcomeRecord,
  type ReadRecord,
  TENANT_HEADER,
  type TimerExpiredRecord,
} from '@carillon/contracts'

/**
 * What nobody could derive again rests in the outbox as tuples, because a statement writes them for every delivery that
 * ends; here they become the records that are published. Both ways out, at once and by the sweep, lead through here.
 */

/** As `outcomeOf` of sql/outcome.ts builds it; the last is the time in milliseconds. */
export type OutcomeTuple = readonly [
  deliveryId: string,
  notificationId: string,
  tenantId: string,
  channel: Channel,
  status: DeliveryStatus,
  reason: string | null,
  atMs: number,
]

export type ReadTuple = readonly [tenantId: string, notificationId: string, userId: string, readAt: string]

/** Of a timer that has gone off, as EXPIRE_TIMERS of sql/held.ts builds it. */
export type TimerTuple = readonly [
  timerId: string,
  tenantId: string,
  key: string,
  dueAtMs: number,
  atMs: number,
  data: Readonly<Record<string, unknown>> | null,
]

/** An event that a schedule brings: its record as it goes onto its topic. */
export type EventTuple = readonly [tenantId: string, key: string, value: string, acceptedAt: string, kind: 'event']

export type OutboxTuple = OutcomeTuple | ReadTuple | TimerTuple | EventTuple

/** Hands over what must be published at once, after the commit; what is lost on the way is swept by the clock. */
export type Announce = (row: OutboxRow) => void

type OutboxRecord = OutboxRow['records'][number]

export function announceOutcomes(
  announce: Announce,
  id: string,
  rows: readonly { readonly outcome: OutcomeTuple | null }[],
): void {
  announceTuples(
    announce,
    id,
    rows.flatMap(({ outcome }) => (outcome ? [outcome] : [])),
  )
}

/** Of a statement that answers with all its outcomes at once. */
export function announceTuples(announce: Announce, id: string, tuples: readonly OutcomeTuple[]): void {
  if (tuples.length > 0) announce(toOutboxRow(id, OUTCOMES_TOPIC, tuples))
}

export function toOutboxRow(id: string, topic: string, tuples: readonly OutboxTuple[]): OutboxRow {
  return { id, topic, records: tuples.map(toRecord) }
}

/** They differ in length, because the statements that write them build plain arrays. */
function toRecord(tuple: OutboxTuple): OutboxRecord {
  if (isRead(tuple)) return toReadRecord(tuple)
  if (isEvent(tuple)) return toEventRecord(tuple)
  return isTimer(tuple) ? toTimerRecord(tuple) : toOutcomeRecord(tuple)
}

function isRead(tuple: OutboxTuple): tuple is ReadTuple {
  return tuple.length === 4
}

function isEvent(tuple: OutboxTuple): tuple is EventTuple {
  return tuple.length === 5
}

function isTimer(tuple: OutboxTuple): tuple is TimerTuple {
  return tuple.length === 6
}

function toOutcomeRecord(tuple: OutcomeTuple): OutboxRecord {
  const [deliveryId, notificationId, tenantId, channel, status, reason, atMs] = tuple
  // A delivery enters a status at most once, so this names the outcome for ever.
  const id = `${deliveryId}.${status}`
  const value: OutcomeRecord = {
    id,
    deliveryId,
    notificationId,
    channel,
    status,
    reason,
    at: new Date(atMs).toISOString(),
  }
  return { key: notificationId, value: JSON.stringify(value), headers: { [TENANT_HEADER]: tenantId } }
}

function toReadRecord([tenantId, notificationId, userId, readAt]: ReadTuple): OutboxRecord {
  const value: ReadRecord = { notificationId, userId, readAt }
  return { key: userId, value: JSON.stringify(value), headers: { [TENANT_HEADER]: tenantId } }
}

function toEventRecord([tenantId, key, value, acceptedAt]: EventTuple): OutboxRecord {
  return { key, value, headers: { [TENANT_HEADER]: tenantId, [ACCEPTED_AT_HEADER]: acceptedAt } }
}

function toTimerRecord([timerId, tenantId, key, dueAtMs, atMs, data]: TimerTuple): OutboxRecord {
  const value: TimerExpiredRecord = {
    id: `${timerId}.expired`,
    type: 'timer.expired',
    timerId,
    key,
    dueAt: new Date(dueAtMs).toISOString(),
    at: new Date(atMs).toISOString(),
    data,
  }
  return { key, value: JSON.stringify(value), headers: { [TENANT_HEADER]: tenantId } }
}
