import { type NotificationEvent, eventSchema } from './event.ts'
import type { Problem } from './problem.ts'
import { problemsOf } from './problem.ts'

export type NormalizedEvent =
  | { readonly ok: true; readonly event: NotificationEvent }
  | { readonly ok: false; readonly problems: readonly Problem[] }

const CHANNEL_SPELLINGS: Readonly<Record<string, string>> = {
  email: 'EMAIL',
  sms: 'SMS',
  push: 'PUSH',
  whatsapp: 'WHATSAPP',
  inapp: 'IN_APP',
  in_app: 'IN_APP',
}

// `urgent` passes quiet hours, as CRITICAL does: services that use it mean a login code or an alarm.
const PRIORITY_SPELLINGS: Readonly<Record<string, string>> = {
  low: 'LOW',
  normal: 'MEDIUM',
  medium: 'MEDIUM',
  high: 'HIGH',
  urgent: 'CRITICAL',
  critical: 'CRITICAL',
}

/**
 * Turns every accepted spelling into the one event; nothing after it knows of aliases. `acceptedAt` makes a relative
 * `delay` absolute, so that planning the record again gives the same time.
 */
export function normalizeEvent(input: unknown, acceptedAt: Date): NormalizedEvent {
  const parsed = eventSchema.safeParse(isObject(input) ? respell(input, acceptedAt) : input)
  return parsed.success ? { ok: true, event: parsed.data } : { ok: false, problems: problemsOf(parsed.error) }
}

function isObject(input: unknown): input is Record<string, unknown> {
  return typeof input === 'object' && input !== null && !Array.isArray(input)
}

function respell(input: Record<string, unknown>, acceptedAt: Date): Record<string, unknown> {
  const { userId, userIds, roleCodes, priority, delay, ...event } = input
  addRecipients(event, userId, userIds)
  if (Array.isArray(roleCodes)) {
    const audience = isObject(event.audience) ? event.audience : {}
    event.audience = { ...audience, roles: [...(Array.isArray(audience.roles) ? audience.roles : []), ...roleCodes] }
  }
  event.notificationPriority = respellWord(event.notificationPriority ?? priority, PRIORITY_SPELLINGS)
  if (Array.isArray(event.channels)) event.channels = event.channels.map((one) => respellWord(one, CHANNEL_SPELLINGS))
  if (Array.isArray(event.ladder)) event.ladder = event.ladder.map(respellStep)
  if (delay !== undefined && event.sendAt === undefined) event.sendAt = respellDelay(delay, acceptedAt)
  for (const key of Object.keys(event)) if (event[key] === undefined) delete event[key]
  return event
}

function addRecipients(event: Record<string, unknown>, userId: unknown, userIds: unknown): void {
  const more = [...(userId === undefined ? [] : [userId]), ...(Array.isArray(userIds) ? userIds : [])]
  if (more.length === 0) return
  event.recipientIds = [...(Array.isArray(event.recipientIds) ? event.recipientIds : []), ...more]
}

function respellWord(word: unknown, spellings: Readonly<Record<string, string>>): unknown {
  const key = typeof word === 'string' ? word.toLowerCase() : ''
  return Object.hasOwn(spellings, key) ? spellings[key] : word
}

function respellStep(step: unknown): unknown {
  return isObject(step) ? { ...step, channel: respellWord(step.channel, CHANNEL_SPELLINGS) } : step
}

/** `delay` counts milliseconds, as the queues it comes from do. Left as it is when it is no such number: zod says so. */
function respellDelay(delay: unknown, acceptedAt: Date): unknown {
  const isDelay = typeof delay === 'number' && Number.isFinite(delay) && delay >= 0 && delay <= 31_536_000_000
  return isDelay ? new Date(acceptedAt.getTime() + delay).toISOString() : `delay ${String(delay)}`
}
