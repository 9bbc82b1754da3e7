import type { StoredDelivery, Tables } from '../memory-store/rows.ts'
import { rowKey } from '../memory-store/rows.ts'
import type { PromiseNumber } from './promises.ts'

/** A row's change between two steps; `before` is missing at its birth. */
export interface Change {
  readonly before: StoredDelivery | undefined
  readonly after: StoredDelivery
}

/** What an invariant looks at, and what it says when it does not hold. */
export interface Scene {
  readonly tables: Tables
  readonly nowMs: number
  readonly fail: (number: PromiseNumber, detail: string) => void
  readonly nameOf: (deliveryId: string) => string
}

export const WAITING: ReadonlySet<string> = new Set(['SCHEDULED', 'PENDING'])
export const FINAL: ReadonlySet<string> = new Set(['DELIVERED', 'FAILED', 'CANCELLED', 'SUPPRESSED', 'EXPIRED'])
export const isEnded = (status: string) => FINAL.has(status) || status === 'SENT'

function notificationOf({ notifications }: Tables, { notificationId }: StoredDelivery) {
  return notifications.get(notificationId)
}

/** What was said of its notification stops this row. */
export function isStopped(tables: Tables, row: StoredDelivery): boolean {
  const notification = notificationOf(tables, row)
  if (!notification) return false
  const { readAt, acknowledgedAt, cancelledAt } = notification
  if (cancelledAt !== null) return true
  if (row.stopOn === 'READ') return readAt !== null || acknowledgedAt !== null
  return row.stopOn === 'ACKNOWLEDGED' && acknowledgedAt !== null
}

export function attemptOf({ attempts }: Tables, { id }: StoredDelivery, number: number) {
  return attempts.get(rowKey(id, number))
}
