// What is read most is an event as the documentation spells it, with nothing wrong. It is read here by the rules of `eventSchema`,
// field by field and without its machinery; whatever is not plainly right is left to the schema, which says why.

import { isEmailAddress } from './addresses.ts'
import {
  countNamed,
  eventSchema,
  inlineRecipientSchema,
  LOCALE_LENGTH_MAX,
  MESSAGE_LENGTH_MAX,
  type NotificationEvent,
  RECIPIENTS_MAX,
  TITLE_LENGTH_MAX,
} from './event.ts'
import { IDENTIFIER_LENGTH_MAX, isLine, isStorableText } from './text.ts'
import { channelSchema, prioritySchema, stopOnSchema, strategySchema } from './words.ts'

const { shape } = eventSchema
type Field = keyof typeof shape

/** Whether the value stands as it is. */
type IsPlain = (value: unknown) => boolean

const isIdentifier: IsPlain = (value) =>
  typeof value === 'string' && value.length > 0 && value.length <= IDENTIFIER_LENGTH_MAX && isLine(value)
const isIdentifierOrNull: IsPlain = (value) => value === null || isIdentifier(value)
const isTitle: IsPlain = (value) =>
  typeof value === 'string' && value.length > 0 && value.length <= TITLE_LENGTH_MAX && isLine(value)
const isMessage: IsPlain = (value) =>
  typeof value === 'string' && value.length > 0 && value.length <= MESSAGE_LENGTH_MAX && isStorableText(value)
const isBoolean: IsPlain = (value) => typeof value === 'boolean'

function isOneOf(words: readonly string[]): IsPlain {
  const known = new Set<unknown>(words)
  return (value) => known.has(value)
}

function isListOf(isItem: IsPlain, countMin: number, countMax: number): IsPlain {
  return (value) =>
    Array.isArray(value) && value.length >= countMin && value.length <= countMax && value.every((item) => isItem(item))
}

const isIdentifiers = isListOf(isIdentifier, 0, RECIPIENTS_MAX)

const RECIPIENT_FIELDS: readonly (readonly [field: string, isPlain: IsPlain])[] = [
  ['userId', isIdentifier],
  ['email', (value) => typeof value === 'string' && isEmailAddress(value)],
  ['phone', (value) => typeof value === 'string' && inlineRecipientSchema.shape.phone.safeParse(value).success],
  ['locale', (value) => typeof value === 'string' && value.length <= LOCALE_LENGTH_MAX && isLine(value)],
]

/** Its fields in the order of the schema and no others, because the schema would put them so. */
const isRecipient: IsPlain = (value) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  let next = 0
  let isReachable = false
  for (const name of Object.keys(value)) {
    while (next < RECIPIENT_FIELDS.length && RECIPIENT_FIELDS[next]?.[0] !== name) next++
    if (RECIPIENT_FIELDS[next]?.[1](Reflect.get(value, name)) !== true) return false
    if (name !== 'locale') isReachable = true
  }
  return isReachable
}

const IS_PLAIN: Partial<Record<Field, IsPlain>> = {
  id: isIdentifier,
  type: isIdentifier,
  title: isTitle,
  message: isMessage,
  templateCode: isIdentifier,
  recipientIds: isIdentifiers,
  recipients: isListOf(isRecipient, 0, RECIPIENTS_MAX),
  excludeIds: isIdentifiers,
  channels: isListOf(isOneOf(channelSchema.options), 1, 10),
  deliveryStrategy: isOneOf(strategySchema.options),
  notificationPriority: isOneOf(prioritySchema.options),
  notificationId: isIdentifierOrNull,
  ladderName: isIdentifier,
  category: isIdentifier,
  cancelKey: isIdentifierOrNull,
  onSameKey: isOneOf(shape.onSameKey.unwrap().options),
  collapseKey: isIdentifierOrNull,
  stopOn: isOneOf(stopOnSchema.options),
  requiresApproval: isBoolean,
}

/** In the order of the schema, which is the order of what it returns. */
const FIELDS = Object.entries(shape).map(([field, schema]) => ({
  field,
  schema,
  isPlain: Object.entries(IS_PLAIN).find(([name]) => name === field)?.[1],
}))

/** Undefined for whatever else: spellings of `elsewhere`, and all that the schema refuses. */
export function readPlainEvent(input: object, elsewhere: ReadonlySet<string>): NotificationEvent | undefined {
  for (const name of Object.keys(input)) if (elsewhere.has(name)) return undefined
  const given: Record<string, unknown> = { ...input }
  const event: Record<string, unknown> = {}
  for (const { field, schema, isPlain } of FIELDS) {
    const value = given[field]
    if (value === undefined) {
      if (field === 'notificationPriority') event[field] = 'MEDIUM'
    } else if (isPlain === undefined) {
      const parsed = schema.safeParse(value)
      if (!parsed.success) return undefined
      event[field] = parsed.data
    } else if (isPlain(value)) event[field] = value
    else return undefined
  }
  return isWhole(event) ? event : undefined
}

/** What the schema asks of the event beyond its fields, all of which are right here. */
function isWhole(event: Record<string, unknown>): event is NotificationEvent {
  const named = countNamed(event)
  return (
    event.type !== undefined &&
    (event.message !== undefined || event.templateCode !== undefined) &&
    (event.ladder === undefined || event.ladderName === undefined) &&
    (named > 0 || event.audience !== undefined) &&
    named <= RECIPIENTS_MAX
  )
}
