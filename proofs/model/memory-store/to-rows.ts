import type { NotificationToSave } from '@carillon/routing'
import type { Memory } from './memory.ts'
import type { StoredDelivery, StoredNotification } from './rows.ts'

export function toNotification(one: NotificationToSave, nowMs: number): StoredNotification {
  const { event, plan } = one
  const { category, priority, strategy, lane, stopOn, inInbox, locale, contact, expiresAt } = plan.notification
  return {
    id: one.id,
    tenantId: one.tenantId,
    recipientId: one.recipientId,
    eventId: one.eventId,
    groupId: event.notificationId ?? null,
    category,
    priority,
    strategy,
    lane,
    title: one.content.title,
    message: one.content.message,
    metadata: event.metadata ?? null,
    contact,
    locale,
    stopOn,
    inInbox,
    traceparent: one.traceparent,
    readAt: null,
    acknowledgedAt: null,
    cancelledAt: null,
    expiresAt: expiresAt.getTime(),
    plannedAt: nowMs,
    createdAt: nowMs,
  }
}

interface DeliveryToWrite {
  readonly id: string
  readonly one: NotificationToSave
  readonly planned: NotificationToSave['plan']['deliveries'][number]
  readonly dispatchId: string | null
  readonly notification: StoredNotification
}

/** Born as planned, or CANCELLED where a stop came first. */
export function toDelivery(
  { id, one, planned, dispatchId, notification }: DeliveryToWrite,
  { nowMs, removed }: Memory,
): StoredDelivery {
  const { channel, step, maxAttempts, stopOn, atMostOnce } = planned
  const stopped = removed.has('D6 born') ? null : stoppedBy(planned, notification)
  const scheduledFor = planned.scheduledFor?.getTime() ?? null
  return {
    id,
    notificationId: one.id,
    tenantId: one.tenantId,
    recipientId: one.recipientId,
    channel,
    step,
    replay: 0,
    status: stopped ? 'CANCELLED' : planned.status,
    lane: one.plan.notification.lane,
    scheduledFor,
    dueAt: planned.status === 'SCHEDULED' && !stopped ? scheduledFor : null,
    expiresAt: planned.expiresAt.getTime(),
    attemptCount: 0,
    maxAttempts,
    resends: 0,
    possiblySent: false,
    atMostOnce,
    fence: 0,
    leaseUntil: null,
    dispatchId: stopped ? null : dispatchId,
    stopOn,
    stopRequestedAt: null,
    provider: null,
    reason: stopped ?? planned.reason,
    error: null,
    sentAt: null,
    deliveredAt: planned.status === 'DELIVERED' ? nowMs() : null,
  }
}

function stoppedBy(
  { status, stopOn }: DeliveryToWrite['planned'],
  { cancelledAt, readAt, acknowledgedAt }: StoredNotification,
): 'cancelled' | 'read' | 'acknowledged' | null {
  if (status !== 'PENDING' && status !== 'SCHEDULED') return null
  if (cancelledAt !== null) return 'cancelled'
  if (stopOn === 'READ' && readAt !== null) return 'read'
  return (stopOn === 'READ' || stopOn === 'ACKNOWLEDGED') && acknowledgedAt !== null ? 'acknowledged' : null
}
