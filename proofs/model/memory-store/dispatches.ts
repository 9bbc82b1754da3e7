import type { OpenDispatch, WatchPolicy } from '@carillon/clock'
import type { DispatchPart, PublishedDispatch } from '@carillon/routing'
import { type Announce, changeDelivery, listById, type Memory } from './memory.ts'
import { keepOutcomes } from './outbox.ts'
import type { FirstLookMs, StoredDelivery, StoredDispatch } from './rows.ts'
import { byId, toWakeUp } from './wake-ups.ts'

const LOOK_LEASE_MS = 5_000

/** One for each dispatch id that the rows carry, not acknowledged yet. */
export function writeDispatches({ tables, nowMs }: Memory, firstLookMs: FirstLookMs, rows: readonly StoredDelivery[]) {
  for (const row of rows) {
    if (row.status !== 'PENDING' || row.dispatchId === null) continue
    const { channel, lane, dispatchId: id } = toWakeUp(row)
    const [part] = tables.dispatches.get(id)?.parts ?? []
    const parts = [{ partition: null, lastOffset: null, ids: [...(part?.ids ?? []), row.id] }]
    tables.dispatches.set(id, { id, channel, lane, parts, looks: 0, dueAt: nowMs() + firstLookMs[lane] })
  }
}

/** Ids that were not among those published stay in the parts where they stood. */
export function recordPublished({ tables }: Memory, published: readonly PublishedDispatch[]): void {
  for (const { id, parts } of published) {
    const dispatch = tables.dispatches.get(id)
    if (!dispatch) continue
    const isWhole = countIds(parts) >= countIds(dispatch.parts)
    tables.dispatches.set(id, {
      ...dispatch,
      parts: isWhole ? parts : [...keepOthers(dispatch.parts, parts), ...parts],
    })
  }
}

function countIds(parts: readonly DispatchPart[]): number {
  return parts.reduce((sum, part) => sum + part.ids.length, 0)
}

function keepOthers(known: readonly DispatchPart[], published: readonly DispatchPart[]): DispatchPart[] {
  const again = new Set(published.flatMap((part) => part.ids))
  return known
    .map((part) => ({ ...part, ids: part.ids.filter((id) => !again.has(id)) }))
    .filter((part) => part.ids.length > 0)
}

/** Lease → judge rows → settle. */
export function inspectDispatches(
  memory: Memory,
  announce: Announce,
  limit: number,
  policy: WatchPolicy,
): OpenDispatch[] {
  const { tables, nowMs } = memory
  const taken = [...tables.dispatches.values()]
    .filter((dispatch) => dispatch.dueAt <= nowMs())
    .sort((a, b) => a.dueAt - b.dueAt)
    .slice(0, limit)
    .map((dispatch) => ({ ...dispatch, dueAt: nowMs() + LOOK_LEASE_MS }))
  if (taken.length === 0) return []
  for (const dispatch of taken) tables.dispatches.set(dispatch.id, dispatch)
  const ended = listMinded(memory, taken).flatMap((row) => judge(memory, row, policy))
  const outbox = keepOutcomes(memory, ended)
  if (outbox) announce(outbox)
  const minded = listMinded(memory, taken)
  return taken.toSorted(byId).flatMap((dispatch) => settle(memory, dispatch, minded, policy))
}

/** Open rows that the dispatches name and that still carry the id of one of them. */
function listMinded({ tables }: Memory, taken: readonly StoredDispatch[]): StoredDelivery[] {
  const ids = new Set(taken.map((dispatch) => dispatch.id))
  const named = new Set(taken.flatMap((dispatch) => dispatch.parts.flatMap((part) => part.ids)))
  return listById(tables.deliveries, [...named]).filter(
    (row) =>
      row.dispatchId !== null && ids.has(row.dispatchId) && (row.status === 'PENDING' || row.status === 'SENDING'),
  )
}

function judge(memory: Memory, row: StoredDelivery, { unknownAfterMs }: WatchPolicy): StoredDelivery[] {
  const now = memory.nowMs()
  if (row.status === 'SENDING') {
    if (row.leaseUntil === null || row.leaseUntil > now) return []
    const change = { status: 'UNKNOWN', leaseUntil: null, dueAt: now + unknownAfterMs, reason: 'lease_passed' } as const
    return [changeDelivery(memory, row, change)]
  }
  if (memory.removed.has('D1 verdicts')) return []
  if (row.stopRequestedAt !== null)
    return [changeDelivery(memory, row, { status: 'CANCELLED', leaseUntil: null, dueAt: null, reason: 'stopped' })]
  if (row.expiresAt > now) return []
  return [changeDelivery(memory, row, { status: 'EXPIRED', leaseUntil: null, dueAt: null, reason: 'expired' })]
}

function settle(
  { tables, nowMs }: Memory,
  dispatch: StoredDispatch,
  minded: readonly StoredDelivery[],
  { firstLookMs, lookMsMax }: WatchPolicy,
): OpenDispatch[] {
  const rows = minded.filter((row) => row.dispatchId === dispatch.id)
  if (rows.length === 0) {
    tables.dispatches.delete(dispatch.id)
    return []
  }
  const looks = dispatch.looks + 1
  const restMs = Math.min(lookMsMax, firstLookMs[dispatch.lane] * 2 ** Math.min(looks, 30))
  const leases = rows.flatMap((row) => (row.status === 'SENDING' && row.leaseUntil !== null ? [row.leaseUntil] : []))
  tables.dispatches.set(dispatch.id, { ...dispatch, looks, dueAt: Math.min(nowMs() + restMs, ...leases) })
  const pending = rows.filter((row) => row.status === 'PENDING').sort(byId)
  if (pending.length === 0) return []
  const { id, channel, lane, parts } = dispatch
  return [{ id, channel, lane, parts, pending: pending.map(toWakeUp) }]
}
