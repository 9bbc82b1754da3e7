import { createHash } from 'node:crypto'
import { z } from 'zod'
import { emailAddress, phoneNumber } from './addresses.ts'
import { identifier, jsonObject, lineOfText, text } from './text.ts'
import { channelSchema, prioritySchema, stopOnSchema, strategySchema } from './words.ts'

export const RECIPIENTS_MAX = 5_000
export const TITLE_LENGTH_MAX = 256
export const MESSAGE_LENGTH_MAX = 32_768
export const LOCALE_LENGTH_MAX = 35
const WAIT_SECONDS_MAX = 31_536_000

const instant = z.iso.datetime({
  offset: true,
  error: 'must be a date and time with a zone, like 2026-12-01T09:00:00Z',
})

export const ladderStepSchema = z.object({
  channel: channelSchema,
  afterSeconds: z.number().int().min(0).max(WAIT_SECONDS_MAX),
})
export type LadderStep = z.infer<typeof ladderStepSchema>

export const ladderSchema = z.array(ladderStepSchema).min(1).max(10)

export const inlineRecipientSchema = z
  .object({
    userId: identifier.optional(),
    email: emailAddress.optional(),
    phone: phoneNumber.optional(),
    locale: lineOfText(LOCALE_LENGTH_MAX).optional(),
  })
  .refine((recipient) => recipient.userId ?? recipient.email ?? recipient.phone, 'needs a userId, an email or a phone')
export type InlineRecipient = z.infer<typeof inlineRecipientSchema>

export const audienceSchema = z
  .object({
    roles: z.array(identifier).min(1).max(100).optional(),
    topic: identifier.optional(),
    segment: identifier.optional(),
    attributes: z
      .record(identifier, z.union([lineOfText(256), z.number(), z.boolean()]))
      // No attribute asked for would be no condition, and so everyone.
      .refine((attributes) => Object.keys(attributes).length > 0, 'must name at least one attribute')
      .optional(),
    everyone: z.boolean().optional(),
  })
  .refine(
    (audience) =>
      audience.roles || audience.topic || audience.segment || audience.attributes || audience.everyone === true,
    'must name roles, a topic, a segment, attributes or everyone',
  )
export type Audience = z.infer<typeof audienceSchema>

/**
 * An `actionUrl` is a path of the product's own site or https: anything else could carry a script. Browsers drop tabs and
 * read a backslash as a slash, which would turn a path into another site's address.
 */
const actionUrl = lineOfText(2_048).refine(
  (url) => /^(?:\/(?!\/)|https:\/\/[^/?#])/i.test(url) && !/[\s\\\p{Cc}]/u.test(url),
  'must begin with https:// or a single /',
)

// Made once: building a schema costs more than reading an event.
const READ_METADATA = [
  ['actionUrl', actionUrl],
  ['actionText', lineOfText(80)],
] as const

const metadataSchema = jsonObject.superRefine((metadata, context) => {
  for (const [key, schema] of READ_METADATA) {
    const problem = metadata[key] === undefined ? undefined : schema.safeParse(metadata[key]).error?.issues[0]
    if (problem) context.addIssue({ code: 'custom', path: [key], message: problem.message })
  }
})

/** The one event that everything after `normalizeEvent` knows. */
export const eventSchema = z
  .object({
    id: identifier.optional(),
    type: identifier,
    title: lineOfText(TITLE_LENGTH_MAX).min(1).optional(),
    message: text(MESSAGE_LENGTH_MAX).min(1).optional(),
    templateCode: identifier.optional(),
    variables: jsonObject.optional(),
    recipientIds: z.array(identifier).max(RECIPIENTS_MAX).optional(),
    recipients: z.array(inlineRecipientSchema).max(RECIPIENTS_MAX).optional(),
    audience: audienceSchema.optional(),
    excludeIds: z.array(identifier).max(RECIPIENTS_MAX).optional(),
    channels: z.array(channelSchema).min(1).max(10).optional(),
    deliveryStrategy: strategySchema.optional(),
    notificationPriority: prioritySchema.default('MEDIUM'),
    notificationId: identifier.nullish(),
    ladder: ladderSchema.optional(),
    /** A ladder that the tenant has saved. */
    ladderName: identifier.optional(),
    category: identifier.optional(),
    metadata: metadataSchema.optional(),
    sendAt: instant.nullish(),
    expiresAt: instant.nullish(),
    cancelKey: identifier.nullish(),
    onSameKey: z.enum(['replace', 'keep']).optional(),
    collapseKey: identifier.nullish(),
    stopOn: stopOnSchema.optional(),
    requiresApproval: z.boolean().optional(),
  })
  .refine((event) => event.message !== undefined || event.templateCode !== undefined, {
    path: ['message'],
    error: 'either message or templateCode is needed',
    when: isReadable,
  })
  .refine((event) => event.ladder === undefined || event.ladderName === undefined, {
    path: ['ladderName'],
    error: 'either ladder or ladderName, not both',
    when: isReadable,
  })
  .refine((event) => countNamed(event) > 0 || event.audience !== undefined, {
    path: ['recipientIds'],
    error: 'at least one recipient (recipientIds, recipients) or an audience is needed',
    when: isReadable,
  })
  .refine((event) => countNamed(event) <= RECIPIENTS_MAX, {
    path: ['recipientIds'],
    error: `at most ${RECIPIENTS_MAX} recipients in one event; use an audience or several events`,
    when: isReadable,
  })
export type NotificationEvent = z.infer<typeof eventSchema>

/** What the whole event lacks is said beside what is wrong with its fields, so that one answer lists every problem. */
function isReadable({ value }: { value: unknown }): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A chunk: more people than this, or an audience, are reached chunk by chunk and apart from single events. */
export const CHUNK_PEOPLE_MAX = 500

export function needsFanout(event: NotificationEvent): boolean {
  return event.audience !== undefined || countNamed(event) > CHUNK_PEOPLE_MAX
}

export function countNamed({ recipientIds, recipients }: { recipientIds?: unknown; recipients?: unknown }): number {
  return countItems(recipientIds) + countItems(recipients)
}

function countItems(some: unknown): number {
  return Array.isArray(some) ? some.length : 0
}

type HeldFields = Pick<NotificationEvent, 'sendAt' | 'requiresApproval' | 'cancelKey'>

/** Whether its record may be planned only as its row allows: it waits, or a key names it. */
export function isGated({ sendAt, requiresApproval, cancelKey }: HeldFields): boolean {
  return Boolean(sendAt || requiresApproval || cancelKey)
}

/** How many people an event names; unknown (null) until an audience has been resolved. */
export function countRecipients(event: NotificationEvent): number | null {
  if (event.audience) return null
  if (event.recipientIds?.length === 1 && !event.recipients?.length && !event.excludeIds?.length) return 1
  const excluded = new Set(event.excludeIds)
  const ids = new Set([...(event.recipientIds ?? []), ...(event.recipients ?? []).map(recipientIdOf)])
  return ids.difference(excluded).size
}

/** A person who is no user yet is known by a hash of the address, since ids go where addresses may not. */
export function recipientIdOf(recipient: InlineRecipient): string {
  if (recipient.userId) return recipient.userId
  const address = recipient.email?.toLowerCase() ?? recipient.phone ?? ''
  return `guest_${createHash('sha256').update(address).digest('hex').slice(0, 32)}`
}
