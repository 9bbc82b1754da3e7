import fc from 'fast-check'
import { expect, test } from 'vitest'
import { eventSchema } from './event.ts'
import { normalizeBySchema, normalizeEvent } from './normalize-event.ts'
import { readPlainEvent } from './plain-event.ts'

const ACCEPTED_AT = new Date('2026-06-01T12:00:00.000Z')
const NONE: ReadonlySet<string> = new Set()

const name = fc.oneof(
  { weight: 8, arbitrary: fc.string({ minLength: 1, maxLength: 20 }) },
  fc.constantFrom('', 'x'.repeat(128), 'x'.repeat(129), 'a\nb', 'a\u0000', '\ud800', '🇩🇪', 'ann@example.com', '\u2028'),
  fc.string({ unit: 'binary', maxLength: 10 }),
)
const wrong = fc.oneof(fc.anything(), fc.constantFrom(null, 0, -1, true, '', [], {}, [null], '__proto__'))
const listOf = <T>(item: fc.Arbitrary<T>) => fc.array(item, { maxLength: 4 })
const channel = fc.constantFrom('EMAIL', 'SMS', 'PUSH', 'WHATSAPP', 'IN_APP', 'email', 'inApp', 'FAX')
const instant = fc.constantFrom('2026-12-01T09:00:00Z', '2026-13-01T09:00:00Z', '2026-12-01T09:00:00+02:00', 'soon')
const data = fc.dictionary(name, fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 })
const step = fc.record({ channel, afterSeconds: fc.constantFrom(0, 60, -1, 1.5, '60') })

const RECIPIENT = {
  userId: name,
  email: fc.constantFrom('a@b.example', 'a'),
  phone: fc.constantFrom('+4915112345678', '+0', '4915112345678', '+49151\n'),
  locale: fc.constantFrom('de', '', 'x'.repeat(35), 'x'.repeat(36)),
}

/** Every field of the schema, and what is spelled otherwise; mostly right, often absent, sometimes anything at all. */
const FIELDS: Record<string, fc.Arbitrary<unknown>> = {
  id: name,
  type: name,
  title: fc.oneof(name, fc.constantFrom('t'.repeat(256), 't'.repeat(257), 'two\r\nlines')),
  message: fc.oneof(name, fc.constantFrom('m'.repeat(32_768), 'm'.repeat(32_769), 'two\nlines')),
  templateCode: name,
  variables: data,
  recipientIds: fc.oneof(listOf(name), fc.constantFrom(new Array(5_000).fill('a'), new Array(5_001).fill('a'))),
  recipients: listOf(
    fc.oneof(
      fc.record(RECIPIENT, { requiredKeys: [] }),
      fc.record({ ...RECIPIENT, surprise: fc.anything() }, { requiredKeys: [] }),
      fc.record({ locale: RECIPIENT.locale, phone: RECIPIENT.phone, userId: name }, { requiredKeys: [] }),
    ),
  ),
  audience: fc.record({ roles: listOf(name), everyone: fc.boolean(), topic: name }, { requiredKeys: [] }),
  excludeIds: listOf(name),
  channels: fc.array(channel, { maxLength: 11 }),
  deliveryStrategy: fc.constantFrom('BROADCAST', 'ESCALATION', 'broadcast'),
  notificationPriority: fc.constantFrom('LOW', 'MEDIUM', 'HIGH', 'CRITICAL', 'urgent', 'lowest', null),
  notificationId: fc.option(name),
  ladder: fc.oneof(listOf(step), name),
  ladderName: name,
  category: name,
  metadata: fc.oneof(data, fc.record({ actionUrl: fc.constantFrom('/a', 'javascript:a', 'https://a.example') })),
  sendAt: fc.option(instant),
  expiresAt: fc.option(instant),
  cancelKey: fc.option(name),
  onSameKey: fc.constantFrom('replace', 'keep', 'drop'),
  collapseKey: fc.option(name),
  stopOn: fc.constantFrom('READ', 'DELIVERED', 'ACKNOWLEDGED', 'read'),
  requiresApproval: fc.boolean(),
  userId: name,
  roleCodes: listOf(name),
  priority: fc.constantFrom('urgent', 'low'),
  delay: fc.constantFrom(0, 1_000, -1),
  cc: name,
  surprise: fc.anything(),
}

const plausible = fc.record({ type: name, message: name, recipientIds: listOf(name) })
const fields = fc.record(
  Object.fromEntries(
    Object.entries(FIELDS).map(([field, right]) => [field, fc.oneof({ weight: 12, arbitrary: right }, wrong)]),
  ),
  { requiredKeys: [] },
)
/** Few fields beside what every event has, or hardly any would be right. */
const event = fc
  .tuple(plausible, fields, fc.shuffledSubarray(Object.keys(FIELDS), { maxLength: 5 }), fc.boolean())
  .map(([some, more, kept, isFirst]) => {
    const extra = Object.fromEntries(Object.entries(more).filter(([field]) => kept.includes(field)))
    return isFirst ? { ...extra, ...some } : { ...some, ...extra }
  })

test('the shorter way leads to the same event, byte for byte, as the schema', () => {
  let plainCount = 0
  fc.assert(
    fc.property(fc.oneof({ weight: 20, arbitrary: event }, fields), (input) => {
      const plain = readPlainEvent(input, NONE)
      const bySchema = eventSchema.safeParse(input)
      if (plain === undefined) return
      plainCount++
      expect(bySchema.error?.issues).toBeUndefined()
      expect(JSON.stringify(plain)).toBe(JSON.stringify(bySchema.data))
      expect(plain).toEqual(bySchema.data)
    }),
    { numRuns: 3_000 },
  )
  expect(plainCount).toBeGreaterThan(500)
})

test('no spelling is answered otherwise than by the schema', () => {
  fc.assert(
    fc.property(fc.oneof({ weight: 20, arbitrary: event }, fields, fc.anything()), (input) => {
      const answer = normalizeEvent(input, ACCEPTED_AT)
      const bySchema = normalizeBySchema(input, ACCEPTED_AT)
      expect(answer).toEqual(bySchema)
      expect(JSON.stringify(answer)).toBe(JSON.stringify(bySchema))
    }),
    { numRuns: 3_000 },
  )
})

test.each(Object.keys(eventSchema.shape))('whatever %s holds, both say the same of it', (field) => {
  const value = fc.oneof({ weight: 4, arbitrary: FIELDS[field] ?? fc.anything() }, wrong)
  fc.assert(
    fc.property(value, (held) => {
      const input = { type: 'A', message: 'b', recipientIds: ['c'], [field]: held }
      expect(normalizeEvent(input, ACCEPTED_AT)).toEqual(normalizeBySchema(input, ACCEPTED_AT))
    }),
  )
})

test('what services send most goes the shorter way', () => {
  const usual = {
    type: 'A',
    title: 'b',
    message: 'c',
    recipientIds: ['d'],
    channels: ['EMAIL'],
    notificationPriority: 'HIGH',
  }
  expect(readPlainEvent(usual, NONE)).toEqual(usual)
  expect(readPlainEvent({ ...usual, metadata: { actionUrl: '/a' }, variables: { b: 1 } }, NONE)).toBeDefined()
})
