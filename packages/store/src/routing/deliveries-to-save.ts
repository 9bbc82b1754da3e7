import { randomUUID } from 'node:crypto'
import { OUTCOMES_TOPIC, type OutboxRow, type SentChannel } from '@carillon/contracts'
import type { NotificationToSave, WakeUp } from '@carillon/routing'
import { type OutcomeTuple, toOutboxRow } from '../outbox/outbox.ts'

export interface DeliveryToSave {
  readonly id: string
  readonly notification: NotificationToSave
  /** Of the notification among those of its chunk, counted from 1. */
  readonly place: number
  readonly planned: NotificationToSave['plan']['deliveries'][number]
  readonly dispatchId: string | null
}

/** Every PENDING row gets the dispatch of its channel and lane. */
export function listDeliveries(notifications: readonly NotificationToSave[]): DeliveryToSave[] {
  const dispatches = new Map<string, string>()
  return notifications.flatMap((notification, before) =>
    notification.plan.deliveries.map((planned, index) => {
      const id = notification.deliveryIds[index]
      if (id === undefined) throw new Error(`save plans: notification ${notification.id} has more deliveries than ids`)
      const place = before + 1
      if (planned.status !== 'PENDING') return { id, notification, place, planned, dispatchId: null }
      const key = `${planned.channel} ${notification.plan.notification.lane}`
      const dispatchId = dispatches.get(key) ?? randomUUID()
      dispatches.set(key, dispatchId)
      return { id, notification, place, planned, dispatchId }
    }),
  )
}

/** Of the rows that were born as planned, and of those that a stop had ended before. */
export function listWakeUps(born: readonly DeliveryToSave[], stopped: readonly OutcomeTuple[]): WakeUp[] {
  const waking = born.filter((one) => one.dispatchId !== null)
  if (stopped.length === 0) return waking.map(toWakeUp)
  const stoppedIds = new Set(stopped.map(([id]) => id))
  return waking.filter((one) => !stoppedIds.has(one.id)).map(toWakeUp)
}

/** What the statement's own outbox row says, without reading it back. */
export function describeOutcomes(
  id: string,
  born: readonly DeliveryToSave[],
  { stopped, atMs }: { readonly stopped: readonly OutcomeTuple[] | null; readonly atMs: number },
): OutboxRow | null {
  const ended = born.filter(({ planned }) => planned.status !== 'PENDING' && planned.status !== 'SCHEDULED')
  const tuples = ended.map(({ id, notification, planned }): OutcomeTuple => {
    const { channel, status, reason } = planned
    return [id, notification.id, notification.tenantId, channel, status, reason, atMs]
  })
  const all = stopped ? [...tuples, ...stopped] : tuples
  return all.length > 0 ? toOutboxRow(id, OUTCOMES_TOPIC, all) : null
}

function toWakeUp({ id, notification, planned, dispatchId }: DeliveryToSave): WakeUp {
  if (planned.channel === 'IN_APP' || dispatchId === null) throw new Error('save plans: IN_APP has no worker to wake')
  const channel: SentChannel = planned.channel
  const { id: notificationId, tenantId, recipientId } = notification
  const { lane } = notification.plan.notification
  return { deliveryId: id, notificationId, tenantId, recipientId, channel, lane, dispatchId }
}
