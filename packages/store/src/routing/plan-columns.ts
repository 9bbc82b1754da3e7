import type { NotificationToSave } from '@carillon/routing'
import { toColumns } from '../run-statement.ts'
import type { FieldCipher } from '../sealing/field-cipher.ts'
import { sealJson } from '../sealing/sealed-json.ts'

type PlannedDelivery = NotificationToSave['plan']['deliveries'][number]

export interface DeliveryToSave {
  readonly id: string
  readonly notification: NotificationToSave
  readonly planned: PlannedDelivery
  readonly dispatchId: string | null
}

/** The columns of INSERT_PLANS, in its order: the notification with its content frozen, then its deliveries. */
export function planColumns(
  notifications: readonly NotificationToSave[],
  deliveries: readonly DeliveryToSave[],
  cipher: FieldCipher,
): unknown[][] {
  return [...notificationColumns(notifications, cipher), ...deliveryColumns(deliveries)]
}

function notificationColumns(notifications: readonly NotificationToSave[], cipher: FieldCipher): unknown[][] {
  const sealMetadata = createMetadataSealer(cipher)
  return toColumns(notifications, [
    (one) => one.id,
    (one) => one.tenantId,
    (one) => one.recipientId,
    (one) => one.eventId,
    (one) => one.event.notificationId ?? null,
    (one) => one.event.type,
    (one) => one.plan.notification.category,
    (one) => one.plan.notification.priority,
    (one) => one.plan.notification.strategy,
    (one) => one.plan.notification.lane,
    (one) => one.content.title,
    (one) => one.content.message,
    (one) => toJson(one.content.perChannel),
    (one) => one.content.templateCode,
    (one) => one.content.templateVersion,
    (one) => sealMetadata(one),
    (one) => sealJson(cipher, one.tenantId, one.plan.notification.contact),
    (one) => one.plan.notification.locale,
    (one) => toJson(one.plan.notification.ladder),
    (one) => toJson(one.plan.decisions),
    (one) => one.plan.notification.stopOn,
    (one) => one.event.collapseKey ?? null,
    (one) => one.plan.notification.inInbox,
    (one) => one.traceparent,
    (one) => one.plan.notification.expiresAt.toISOString(),
  ])
}

/** The recipients of an event share its metadata: sealing is the dearest thing that is done to a notification here. */
function createMetadataSealer(cipher: FieldCipher): (one: NotificationToSave) => string | null {
  const sealed = new Map<object, string | null>()
  return function sealMetadata({ tenantId, event: { metadata } }) {
    if (metadata === undefined || metadata === null) return null
    const known = sealed.get(metadata)
    if (known !== undefined) return known
    const fresh = sealJson(cipher, tenantId, metadata)
    sealed.set(metadata, fresh)
    return fresh
  }
}

function deliveryColumns(deliveries: readonly DeliveryToSave[]): unknown[][] {
  return toColumns(deliveries, [
    (one) => one.id,
    (one) => one.notification.id,
    (one) => one.planned.channel,
    (one) => one.planned.step,
    (one) => one.planned.status,
    (one) => one.planned.scheduledFor?.toISOString() ?? null,
    (one) => one.planned.expiresAt.toISOString(),
    (one) => one.planned.maxAttempts,
    (one) => one.planned.stopOn,
    (one) => one.planned.atMostOnce,
    (one) => one.planned.reason,
    (one) => one.dispatchId,
  ])
}

function toJson(value: unknown): string | null {
  return value === undefined || value === null ? null : JSON.stringify(value)
}
