import type { StoredAttempt, StoredDelivery } from '../memory-store/rows.ts'
import { attemptOf, isStopped, type Scene, WAITING } from './snapshot.ts'

/** What must be so of every row at any time: promises 7, 10 and 12. */
export function checkRow(row: StoredDelivery, scene: Scene): void {
  checkWatched(row, scene)
  checkAttempts(row, scene)
  if (WAITING.has(row.status) && isStopped(scene.tables, row))
    scene.fail(7, `${scene.nameOf(row.id)} was stopped and is ${row.status}`)
}

function checkWatched(row: StoredDelivery, { tables, fail, nameOf }: Scene): void {
  const { id, status, dueAt, leaseUntil, dispatchId } = row
  const isDue = status === 'SCHEDULED' || status === 'UNKNOWN'
  if (isDue && dueAt === null) fail(12, `${nameOf(id)} is ${status} without a dueAt`)
  if (status === 'SENDING' && leaseUntil === null) fail(12, `${nameOf(id)} is SENDING without a lease`)
  if (status !== 'PENDING' && status !== 'SENDING') return
  const dispatch = tables.dispatches.get(dispatchId ?? '')
  const isNamed = dispatch?.parts.some((part) => part.ids.includes(id)) ?? false
  if (!isNamed) fail(12, `${nameOf(id)} is ${status}, and no dispatch names it`)
}

function checkAttempts(row: StoredDelivery, { tables, fail, nameOf }: Scene): void {
  for (let number = 1; number <= row.fence; number++)
    if (attemptOf(tables, row, number)?.fence !== number)
      fail(10, `${nameOf(row.id)} has no attempt ${number} of ${row.fence}`)
  if (attemptOf(tables, row, row.fence + 1)) fail(10, `${nameOf(row.id)} has an attempt beyond fence ${row.fence}`)
  if (row.attemptCount > row.maxAttempts + row.resends)
    fail(10, `${nameOf(row.id)} counts ${row.attemptCount} tries of ${row.maxAttempts}, and ${row.resends} resends`)
}

/** Append-only but for what the answer says: promise 10. */
export function checkAttemptChange(before: StoredAttempt, after: StoredAttempt | undefined, { fail, nameOf }: Scene) {
  const name = `attempt ${before.number} of ${nameOf(before.deliveryId)}`
  if (!after) fail(10, `${name} is gone`)
  else if (after.startedAt !== before.startedAt || after.addressHash !== before.addressHash)
    fail(10, `${name} was rewritten`)
  else if (before.outcome === 'accepted' && after.outcome !== 'accepted') fail(10, `${name} is no longer accepted`)
}
