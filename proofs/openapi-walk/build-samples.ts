import type { Schema } from './read-operations.ts'

/** A value that its schema takes, as well as a schema can say it. */

const DAY_MS = 86_400_000
const TEXTS = ['walk', 'EMAIL', '22:00', '42', 'a@example.com', '+4917612345678', 'notification.events.dlq']
const BY_NAME: readonly [RegExp, unknown][] = [
  [/^(userId|recipientIds?|excludeIds|userIds)$/, 'user-1'],
  [/email|sender|replyTo/i, 'walker@example.com'],
  [/phone/i, '+4917612345678'],
  [/timeZone/i, 'Europe/Berlin'],
  [/locale/i, 'en'],
  [/channel/i, 'email'],
  [/provider/i, 'twilio'],
  [/url$/i, 'https://example.com/walk'],
  [/scopes/, 'users:read'],
  [/cron/i, '0 9 * * *'],
]

export function buildSample(schema: Schema, name: string, isFull: boolean): unknown {
  if (schema.const !== undefined) return schema.const
  if (schema.enum) return schema.enum.find((one) => one !== null)
  const choices = schema.anyOf ?? schema.oneOf
  if (choices) return buildSample(choices.find(({ type }) => type !== 'null') ?? {}, name, isFull)
  const type = typeof schema.type === 'string' ? schema.type : schema.type?.find((one) => one !== 'null')
  if (type === 'object') return buildObject(schema, isFull)
  if (type === 'array')
    return Array.from({ length: Math.max(1, schema.minItems ?? 0) }, () =>
      buildSample(schema.items ?? {}, name, isFull),
    )
  if (type === 'boolean') return true
  if (type === 'integer' || type === 'number') return Math.max(1, schema.minimum ?? 1)
  return type === 'string' ? buildText(schema, name) : 'walk'
}

/** Names that say themselves what they want; all else in a path is the id of something. */
export function isNamed(name: string): boolean {
  return BY_NAME.some(([pattern]) => pattern.test(name))
}

function buildObject({ properties = {}, required = [] }: Schema, isFull: boolean): Record<string, unknown> {
  const wanted = Object.entries(properties).filter(([name]) => isFull || required.includes(name))
  return Object.fromEntries(wanted.map(([name, schema]) => [name, buildSample(schema, name, isFull)]))
}

function buildText({ format, pattern }: Schema, name: string): unknown {
  if (format === 'date-time') return new Date(Date.now() + DAY_MS).toISOString()
  if (format === 'uuid') return crypto.randomUUID()
  const named = BY_NAME.find(([pattern]) => pattern.test(name))?.[1]
  const texts = named === undefined ? TEXTS : [named, ...TEXTS]
  if (pattern === undefined) return texts[0]
  return texts.find((text) => new RegExp(pattern).test(String(text))) ?? texts[0]
}
