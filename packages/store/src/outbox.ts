import {
  type Channel,
  type DeliveryStatus,
  OUTCOMES_TOPIC,
  type OutboxRow,
  type OutcomeRecord,
  type ReadRecord,
  TENANT_HEADER,
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

/** Hands over what must be published at once, after the commit; what is lost on the way is swept by the clock. */
export type Announce = (row: OutboxRow) => void

type OutboxRecord = OutboxRow['records'][number]

export function announceOutcomes(
  announce: Announce,
  id: string,
  rows: readonly { readonly outcome: OutcomeTuple | null }[],
): void {
  const tuples = rows.flatMap(({ outcome }) => (outcome ? [outcome] : []))
  if (tuples.length > 0) announce(toOutboxRow(id, OUTCOMES_TOPIC, tuples))
}

export function toOutboxRow(id: string, topic: string, tuples: readonly (OutcomeTuple | ReadTuple)[]): OutboxRow {
  return { id, topic, records: tuples.map((tuple) => (isRead(tuple) ? toReadRecord(tuple) : toOutcomeRecord(tuple))) }
}

function isRead(tuple: OutcomeTuple | ReadTuple): tuple is ReadTuple {
  return tuple.length === 4
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
