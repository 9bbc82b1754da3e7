import { z } from 'zod'
import { eventSchema, type NotificationEvent, RECIPIENTS_MAX } from './event.ts'
import { readPlainEvent } from './plain-event.ts'
import { type Problem, problemsOf } from './problem.ts'
import { identifier } from './text.ts'

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

const DELAY_MS_MAX = 31_536_000_000

/** Spellings that the event itself does not have; null is no value, as the services that use them write it. */
const aliasSchema = z.object({
  userId: identifier.nullish(),
  userIds: z.array(identifier).max(RECIPIENTS_MAX).nullish(),
  roleCodes: z.array(identifier).max(100).nullish(),
  priority: z.string().nullish(),
  /** Milliseconds, as the queues it comes from count. */
  delay: z.number().min(0).max(DELAY_MS_MAX).nullish(),
})
type Aliases = z.infer<typeof aliasSchema>
const ALIASES = Object.keys(aliasSchema.shape)

/** What is right among wrong aliases: a wrong `delay` must not make it look as if nobody was named. */
const { userId, userIds, roleCodes, priority } = aliasSchema.shape
const usableAliasSchema = z.object({
  userId: userId.catch(undefined),
  userIds: userIds.catch(undefined),
  roleCodes: roleCodes.catch(undefined),
  priority: priority.catch(undefined),
})

/**
 * Turns every accepted spelling into the one event; nothing after it knows of aliases. `acceptedAt` makes a relative
 * `delay` absolute, so that planning the record again gives the same time.
 */
export function normalizeEvent(input: unknown, acceptedAt: Date): NormalizedEvent {
  const plain = isObject(input) ? readPlainEvent(input, SPELLED_OTHERWISE) : undefined
  return plain ? { ok: true, event: plain } : normalizeBySchema(input, acceptedAt)
}

/** Decides what any event is; `readPlainEvent` is a shorter way to the same answer for most of them. */
export function normalizeBySchema(input: unknown, acceptedAt: Date): NormalizedEvent {
  const aliases = readAliases(input)
  const usable = aliases.success ? aliases.data : usableAliasSchema.parse(input)
  const parsed = eventSchema.safeParse(isObject(input) ? respell(input, usable, acceptedAt) : input)
  const refused = findRefused(input)
  if (parsed.success && aliases.success && refused.length === 0) return { ok: true, event: parsed.data }
  const problems = [aliases, parsed].flatMap(({ error }) => (error ? problemsOf(error) : []))
  return { ok: false, problems: [...problems, ...refused] }
}

/** Unknown fields are ignored, but these change who reads what: to drop them would be a quiet mistake. */
const REFUSED: Readonly<Record<string, string>> = {
  cc: 'is not supported: name everybody who should get the message as a recipient',
  bcc: 'is not supported: name everybody who should get the message as a recipient',
  attachments: 'are not supported: put a link into actionUrl or the text',
}

const SPELLED_OTHERWISE: ReadonlySet<string> = new Set([...ALIASES, ...Object.keys(REFUSED)])

function findRefused(input: unknown): Problem[] {
  if (!isObject(input)) return []
  const given = Object.keys(REFUSED).filter((field) => Object.hasOwn(input, field) && (input[field] ?? null) !== null)
  return given.map((path) => ({ path, message: REFUSED[path] ?? '' }))
}

function readAliases(input: unknown): z.ZodSafeParseResult<Aliases> {
  const hasAliases = isObject(input) && ALIASES.some((alias) => Object.hasOwn(input, alias))
  return hasAliases ? aliasSchema.safeParse(input) : { success: true, data: {} }
}

function isObject(input: unknown): input is Record<string, unknown> {
  return typeof input === 'object' && input !== null && !Array.isArray(input)
}

function respell(input: Record<string, unknown>, aliases: Aliases, acceptedAt: Date): Record<string, unknown> {
  const { userId, userIds, roleCodes, priority, delay, ...event } = input
  addTo(event, 'recipientIds', [...(aliases.userId ? [aliases.userId] : []), ...(aliases.userIds ?? [])])
  const audience = event.audience ?? {}
  if (aliases.roleCodes?.length && isObject(audience))
    event.audience = addTo({ ...audience }, 'roles', aliases.roleCodes)
  event.notificationPriority = respellWord(
    event.notificationPriority ?? aliases.priority ?? undefined,
    PRIORITY_SPELLINGS,
  )
  if (Array.isArray(event.channels)) event.channels = event.channels.map((one) => respellWord(one, CHANNEL_SPELLINGS))
  if (Array.isArray(event.ladder)) event.ladder = event.ladder.map(respellStep)
  // A ladder that is a name stands for the saved one.
  if (typeof event.ladder === 'string' && event.ladderName === undefined) {
    event.ladderName = event.ladder
    delete event.ladder
  }
  if (aliases.delay && (event.sendAt ?? null) === null)
    event.sendAt = new Date(acceptedAt.getTime() + aliases.delay).toISOString()
  for (const key of Object.keys(event)) if (event[key] === undefined) delete event[key]
  return event
}

/** What stands there already is kept, so that what is wrong with it is said. */
function addTo(target: Record<string, unknown>, key: string, more: readonly string[]): Record<string, unknown> {
  const existing = target[key] ?? []
  if (more.length > 0 && Array.isArray(existing)) target[key] = [...existing, ...more]
  return target
}

function respellWord(word: unknown, spellings: Readonly<Record<string, string>>): unknown {
  const key = typeof word === 'string' ? word.toLowerCase() : ''
  return Object.hasOwn(spellings, key) ? spellings[key] : word
}

function respellStep(step: unknown): unknown {
  return isObject(step) ? { ...step, channel: respellWord(step.channel, CHANNEL_SPELLINGS) } : step
}
