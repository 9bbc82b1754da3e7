import { factKey } from '../routing-store.ts'
import { type EventToHold, type HeldEvent, mustWait } from './held-event.ts'

export interface HoldFacts {
  readonly now: Date
  /** Rows of these very events, and rows that hold one of their keys. */
  readonly rows: readonly HeldEvent[]
  /** By `factKey(tenantId, cancelKey)`: when the key was last cancelled. */
  readonly cancelledKeys: ReadonlyMap<string, Date>
  /** An event that was accepted before has no row any more, or never had one: it is too old to be held. */
  readonly acceptedAfter: Date
}

export type HoldVerdict =
  | { readonly kind: 'plan'; readonly releasedAt: Date }
  | { readonly kind: 'held' | 'cancelled' | 'conflict' | 'too_old' }

export interface DecidedHolds {
  /** In the order of the events. */
  readonly verdicts: readonly HoldVerdict[]
  readonly inserted: readonly (HeldEvent & { readonly source: EventToHold })[]
  /** Rows that give way: CANCELLED, or RELEASED ones that only hand their key on. */
  readonly changed: readonly HeldEvent[]
}

type Row = HeldEvent & { readonly source?: EventToHold }

/**
 * Who holds a key is decided by the time of acceptance, never by arrival: two events that come in the other order, or
 * from a log that is read again, end the same. Pure; the store holds the keys' locks meanwhile.
 */
export function decideHolds(events: readonly EventToHold[], facts: HoldFacts): DecidedHolds {
  const rows = new Map<string, Row>(facts.rows.map((row) => [factKey(row.tenantId, row.eventId), row]))
  const known = new Set(rows.keys())
  const verdicts = events.map((one) => decideOne(one, rows, facts))
  const final = [...rows].map(([key, row]) => ({ key, row }))
  const before = new Map(facts.rows.map((row) => [factKey(row.tenantId, row.eventId), row]))
  return {
    verdicts: verdicts.map((verdict, index) => settle(verdict, events[index], rows)),
    inserted: final.flatMap(({ key, row: { source, ...row } }) =>
      source && !known.has(key) ? [{ ...row, source }] : [],
    ),
    changed: final.flatMap(({ key, row }) => (known.has(key) && row !== before.get(key) ? [row] : [])),
  }
}

/** A later event of the same batch may have taken the place of one that was let through. */
function settle(verdict: HoldVerdict, event: EventToHold | undefined, rows: ReadonlyMap<string, Row>): HoldVerdict {
  if (!event || verdict.kind === 'conflict' || verdict.kind === 'too_old') return verdict
  const row = rows.get(factKey(event.tenantId, event.id))
  return row ? verdictOf(row) : verdict
}

function decideOne(one: EventToHold, rows: Map<string, Row>, facts: HoldFacts): HoldVerdict {
  const key = factKey(one.tenantId, one.id)
  const own = rows.get(key)
  if (own) return own.fingerprint === one.fingerprint ? verdictOf(own) : { kind: 'conflict' }
  if (one.acceptedAt < facts.acceptedAfter) return { kind: 'too_old' }
  const row = takeKey(createRow(one, facts.now), rows, facts)
  rows.set(key, row)
  return verdictOf(row)
}

function verdictOf({ state, releasedAt, acceptedAt }: HeldEvent): HoldVerdict {
  if (state === 'WAITING') return { kind: 'held' }
  if (state === 'CANCELLED' || state === 'REJECTED') return { kind: 'cancelled' }
  return { kind: 'plan', releasedAt: releasedAt ?? acceptedAt }
}

function createRow(source: EventToHold, now: Date): Row {
  const { tenantId, id: eventId, event, fingerprint, acceptedAt } = source
  const { cancelKey = null, onSameKey = 'replace' } = event
  const base = { source, tenantId, eventId, cancelKey, onSameKey, fingerprint, acceptedAt, reason: null }
  if (mustWait(event, now)) return { ...base, state: 'WAITING', releasedAt: null }
  return { ...base, state: 'RELEASED', releasedAt: now }
}

function takeKey(row: Row, rows: Map<string, Row>, { cancelledKeys }: HoldFacts): Row {
  if (row.cancelKey === null) return row
  const cancelledAt = cancelledKeys.get(factKey(row.tenantId, row.cancelKey))
  if (cancelledAt && row.acceptedAt <= cancelledAt) return cancel(row, 'cancelled')
  const holder = [...rows.values()].find((other) => other !== row && isHolder(other, row))
  if (!holder) return row
  const [older, newer] = isBefore(holder, row) ? [holder, row] : [row, holder]
  const isKept = newer.onSameKey === 'keep'
  if (isKept && holder === older && holder.state === 'RELEASED') {
    // What has gone out keeps nobody waiting; it only hands its key on.
    rows.set(factKey(holder.tenantId, holder.eventId), { ...holder, cancelKey: null })
    return row
  }
  // What has gone out cannot give way any more to one that was accepted before it.
  const isRowFirst = isKept && holder === newer && holder.state !== 'RELEASED'
  const loser = isKept ? (isRowFirst ? holder : row) : older
  const reason = isKept ? 'kept_older' : 'replaced'
  if (loser === row) return cancel(row, reason)
  rows.set(factKey(holder.tenantId, holder.eventId), cancel(holder, reason))
  return row
}

function isHolder(other: Row, { tenantId, cancelKey }: Row): boolean {
  const isLive = other.state !== 'CANCELLED' && other.state !== 'REJECTED'
  return isLive && other.tenantId === tenantId && other.cancelKey === cancelKey
}

function isBefore(one: HeldEvent, other: HeldEvent): boolean {
  const byTime = one.acceptedAt.getTime() - other.acceptedAt.getTime()
  return byTime === 0 ? one.eventId < other.eventId : byTime < 0
}

function cancel(row: Row, reason: string): Row {
  return { ...row, state: 'CANCELLED', reason }
}
