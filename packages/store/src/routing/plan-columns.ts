import type { NotificationToSave } from '@carillon/routing'
import { toDictionary } from '../dictionary.ts'
import { toColumns } from '../run-statement.ts'
import type { FieldCipher } from '../sealing/field-cipher.ts'
import { sealJson } from '../sealing/sealed-json.ts'
import type { DeliveryToSave } from './deliveries-to-save.ts'

type Decisions = NotificationToSave['plan']['decisions']

/** The columns of PLAN_ROWS, in its order: the notifications with their content frozen, then their deliveries. */
export function planColumns(
  notifications: readonly NotificationToSave[],
  deliveries: readonly DeliveryToSave[],
  cipher: FieldCipher,
): unknown[][] {
  return [...notificationColumns(notifications, cipher), ...deliveryColumns(deliveries)]
}

function notificationColumns(notifications: readonly NotificationToSave[], cipher: FieldCipher): unknown[][] {
  const kinds = toDictionary(notifications, kindKey, isSameKind)
  const texts = toDictionary(notifications, textKey, isSameText)
  const sealMetadata = createMetadataSealer(cipher)
  return [
    ...kindColumns(kinds.distinct),
    ...toColumns(texts.distinct, [
      (one) => one.content.title,
      (one) => one.content.message,
      (one) => toJson(one.content.perChannel),
    ]),
    ...toColumns(notifications, [(one) => one.id]),
    [...kinds.places],
    [...texts.places],
    ...toColumns(notifications, [
      (one) => one.recipientId,
      (one) => one.eventId,
      (one) => one.event.notificationId ?? null,
      (one) => sealMetadata(one),
      (one) => sealJson(cipher, one.tenantId, one.plan.notification.contact),
      (one) => one.event.collapseKey ?? null,
      (one) => one.traceparent,
    ]),
  ]
}

/** No part of it holds a line break: they are words, identifiers and JSON. None of them is empty, so that stands for null. */
function kindKey({ tenantId, event, content, experiment, plan }: NotificationToSave): string {
  const { templateCode, templateVersion } = content
  const { category, priority, strategy, lane, locale, ladder, stopOn, inInbox, expiresAt } = plan.notification
  const said = `${tenantId}\n${event.type}\n${category}\n${priority}\n${strategy}\n${lane}\n${templateCode ?? ''}\n${templateVersion}`
  return `${said}\n${locale ?? ''}\n${toJson(ladder)}\n${stopOn}\n${inInbox}\n${expiresAt.getTime()}\n${experiment ?? ''}\n${toJson(plan.decisions)}`
}

function isSameKind(one: NotificationToSave, other: NotificationToSave): boolean {
  const [a, b] = [one.plan.notification, other.plan.notification]
  return (
    one.tenantId === other.tenantId &&
    one.event.type === other.event.type &&
    one.experiment === other.experiment &&
    one.content.templateCode === other.content.templateCode &&
    one.content.templateVersion === other.content.templateVersion &&
    a.category === b.category &&
    a.priority === b.priority &&
    a.strategy === b.strategy &&
    a.lane === b.lane &&
    a.locale === b.locale &&
    a.ladder === b.ladder &&
    a.stopOn === b.stopOn &&
    a.inInbox === b.inInbox &&
    a.expiresAt.getTime() === b.expiresAt.getTime() &&
    areSameDecisions(one.plan.decisions, other.plan.decisions)
  )
}

function areSameDecisions(some: Decisions, others: Decisions): boolean {
  if (some.length !== others.length) return false
  return some.every(({ channel, step, code, detail }, at) => {
    const other = others[at]
    return other?.code === code && other.channel === channel && other.step === step && other.detail === detail
  })
}

function kindColumns(kinds: readonly NotificationToSave[]): unknown[][] {
  return toColumns(kinds, [
    (one) => one.tenantId,
    (one) => one.event.type,
    (one) => one.plan.notification.category,
    (one) => one.plan.notification.priority,
    (one) => one.plan.notification.strategy,
    (one) => one.plan.notification.lane,
    (one) => one.content.templateCode,
    (one) => one.content.templateVersion,
    (one) => one.plan.notification.locale,
    (one) => toJson(one.plan.notification.ladder),
    (one) => toJson(one.plan.decisions),
    (one) => one.plan.notification.stopOn,
    (one) => one.plan.notification.inInbox,
    (one) => one.plan.notification.expiresAt.toISOString(),
    (one) => one.experiment,
  ])
}

/** Nothing of a title's length can be taken for what follows it, nor of JSON, which holds no line break. */
function textKey({ content: { title, message, perChannel } }: NotificationToSave): string {
  return `${title.length}\n${title}\n${toJson(perChannel)}\n${message}`
}

function isSameText({ content: one }: NotificationToSave, { content: other }: NotificationToSave): boolean {
  return one.title === other.title && one.message === other.message && one.perChannel === other.perChannel
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
  const births = toDictionary(deliveries, birthKey, isSameBirth)
  return [
    ...toColumns(births.distinct, [
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
    ]),
    ...toColumns(deliveries, [(one) => one.id, (one) => one.place]),
    [...births.places],
  ]
}

function birthKey({ planned, dispatchId }: DeliveryToSave): string {
  const { channel, step, status, scheduledFor, expiresAt, maxAttempts, stopOn, atMostOnce, reason } = planned
  return `${channel} ${step} ${status} ${scheduledFor?.getTime()} ${expiresAt.getTime()} ${maxAttempts} ${stopOn} ${atMostOnce} ${reason} ${dispatchId}`
}

function isSameBirth(one: DeliveryToSave, other: DeliveryToSave): boolean {
  const [a, b] = [one.planned, other.planned]
  return (
    one.dispatchId === other.dispatchId &&
    a.channel === b.channel &&
    a.step === b.step &&
    a.status === b.status &&
    a.scheduledFor?.getTime() === b.scheduledFor?.getTime() &&
    a.expiresAt.getTime() === b.expiresAt.getTime() &&
    a.maxAttempts === b.maxAttempts &&
    a.stopOn === b.stopOn &&
    a.atMostOnce === b.atMostOnce &&
    a.reason === b.reason
  )
}

function toJson(value: unknown): string | null {
  return value === undefined || value === null ? null : JSON.stringify(value)
}
