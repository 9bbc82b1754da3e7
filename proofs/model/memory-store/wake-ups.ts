import type { WakeUp } from '@carillon/routing'
import type { Memory } from './memory.ts'
import type { StoredDelivery } from './rows.ts'

export function toWakeUp(row: StoredDelivery): WakeUp {
  const { id: deliveryId, notificationId, tenantId, recipientId, channel, lane, dispatchId } = row
  if (channel === 'IN_APP' || dispatchId === null) throw new Error(`delivery ${deliveryId} wakes nobody`)
  return { deliveryId, notificationId, tenantId, recipientId, channel, lane, dispatchId }
}

/** What a router that died between commit and publish may have left unpublished. */
export function listPending({ tables }: Memory, notificationIds: ReadonlySet<string>): WakeUp[] {
  if (notificationIds.size === 0) return []
  return [...tables.deliveries.values()]
    .filter((row) => notificationIds.has(row.notificationId) && row.status === 'PENDING' && row.dispatchId !== null)
    .sort(byId)
    .map(toWakeUp)
}

export function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : 1
}
