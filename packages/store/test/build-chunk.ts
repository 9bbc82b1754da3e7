import { randomUUID } from 'node:crypto'
import {
  type Channel,
  deriveDeliveryId,
  deriveNotificationId,
  laneOf,
  type NotificationEvent,
  type Priority,
  type StopOn,
} from '@carillon/contracts'
import type { PlannedDelivery } from '@carillon/planning'
import type { NotificationToSave, PlannedChunk, PlannedEvent } from '@carillon/routing'

const HOUR_MS = 3_600_000

export interface EventToBuild {
  readonly id?: string
  readonly tenantId?: string
  readonly recipientIds?: readonly string[]
  readonly fingerprint?: string
  readonly priority?: Priority
  readonly stopOn?: StopOn
  readonly notificationId?: string
  readonly expiresInMs?: number
  /** Default: IN_APP, and EMAIL at once. */
  readonly deliveries?: readonly DeliveryToBuild[]
}

export interface DeliveryToBuild {
  readonly channel: Channel
  readonly status?: PlannedDelivery['status']
  readonly step?: number
  readonly inMs?: number
  readonly expiresInMs?: number
  readonly atMostOnce?: boolean
  readonly reason?: PlannedDelivery['reason']
}

/** What the router would hand over for these events. */
export function buildChunk(...events: readonly EventToBuild[]): PlannedChunk {
  const built = events.map((event) => buildEvent({ id: `evt-${randomUUID()}`, ...event }))
  return {
    events: built.map((one) => one.event),
    notifications: built.flatMap((one) => one.notifications).sort((a, b) => (a.id < b.id ? -1 : 1)),
  }
}

function buildEvent(event: EventToBuild & { readonly id: string }) {
  const { id, tenantId = 'default', recipientIds = ['ann'], fingerprint = 'f1' } = event
  const planned: PlannedEvent = {
    tenantId,
    id,
    type: 'ORDER',
    category: 'orders',
    fingerprint,
    cancelKey: null,
    recipientCount: recipientIds.length,
    acceptedAt: new Date(),
    traceparent: null,
  }
  return { event: planned, notifications: recipientIds.map((recipientId) => buildNotification(event, recipientId)) }
}

function buildNotification(event: EventToBuild & { readonly id: string }, recipientId: string): NotificationToSave {
  const { tenantId = 'default', priority = 'MEDIUM', stopOn = null, expiresInMs = 72 * HOUR_MS } = event
  const id = deriveNotificationId(tenantId, event.notificationId ?? event.id, recipientId)
  const deliveries = (event.deliveries ?? [{ channel: 'IN_APP' }, { channel: 'EMAIL' }]).map((one) =>
    buildDelivery(one, stopOn, expiresInMs),
  )
  return {
    id,
    tenantId,
    recipientId,
    eventId: event.id,
    event: toEvent(event, recipientId),
    content: {
      title: 'Your order',
      message: 'It "left" the house, {really}\\',
      perChannel: null,
      templateCode: null,
      templateVersion: null,
    },
    experiment: null,
    traceparent: null,
    plan: {
      notification: {
        category: 'orders',
        priority,
        strategy: stopOn ? 'ESCALATION' : 'BROADCAST',
        lane: laneOf(priority),
        ladder: null,
        stopOn,
        inInbox: deliveries.some(({ channel }) => channel === 'IN_APP'),
        locale: null,
        contact: { email: 'ann@example.com' },
        expiresAt: new Date(Date.now() + expiresInMs),
      },
      deliveries,
      decisions: [],
    },
    deliveryIds: deliveries.map(({ channel, step }) => deriveDeliveryId(id, channel, step, 0)),
  }
}

function toEvent(event: EventToBuild & { readonly id: string }, recipientId: string): NotificationEvent {
  return {
    id: event.id,
    type: 'ORDER',
    title: 'Your order',
    message: 'm',
    recipientIds: [recipientId],
    notificationPriority: event.priority ?? 'MEDIUM',
    metadata: { actionUrl: '/orders/1', actionText: 'Open' },
    ...(event.notificationId !== undefined && { notificationId: event.notificationId }),
  }
}

function buildDelivery(one: DeliveryToBuild, stopOn: StopOn | null, expiresInMs: number): PlannedDelivery {
  const status =
    one.status ?? (one.channel === 'IN_APP' ? 'DELIVERED' : one.inMs === undefined ? 'PENDING' : 'SCHEDULED')
  return {
    channel: one.channel,
    step: one.step ?? 0,
    status,
    scheduledFor: one.inMs === undefined ? null : new Date(Date.now() + one.inMs),
    expiresAt: new Date(Date.now() + (one.expiresInMs ?? expiresInMs)),
    maxAttempts: 3,
    stopOn: one.channel === 'IN_APP' ? null : stopOn,
    atMostOnce: one.atMostOnce ?? false,
    reason: one.reason ?? null,
  }
}
