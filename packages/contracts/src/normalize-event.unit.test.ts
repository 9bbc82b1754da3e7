import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { NotificationEvent } from './event.ts'
import { normalizeEvent } from './normalize-event.ts'

const ACCEPTED_AT = new Date('2026-06-01T12:00:00.000Z')
const MINIMAL = { type: 'ORDER_SHIPPED', message: 'On its way', recipientIds: ['ann'] }

function accept(changes: Record<string, unknown> = {}, base: Record<string, unknown> = MINIMAL): NotificationEvent {
  const normalized = normalizeEvent({ ...base, ...changes }, ACCEPTED_AT)
  if (!normalized.ok) throw new Error(JSON.stringify(normalized.problems))
  return normalized.event
}

function pathsOf(input: unknown): string[] {
  const normalized = normalizeEvent(input, ACCEPTED_AT)
  return normalized.ok ? [] : normalized.problems.map(({ path }) => path)
}

describe('an accepted event', () => {
  test('may be as short as a type, a text, recipients and channels', () => {
    const event = accept({ channels: ['EMAIL'] })
    expect(event).toEqual({ ...MINIMAL, channels: ['EMAIL'], notificationPriority: 'MEDIUM' })
  })

  test('loses the fields that nobody knows', () => {
    expect(accept({ surprise: true, audience: { roles: ['admin'], surprise: 1 } })).toEqual({
      ...MINIMAL,
      audience: { roles: ['admin'] },
      notificationPriority: 'MEDIUM',
    })
  })

  test('stays what it is when it is normalised again', () => {
    const event = accept({ userId: 'bob', priority: 'urgent', channels: ['inApp'], delay: 500 })
    expect(normalizeEvent(event, new Date(0))).toEqual({ ok: true, event })
  })

  test('keeps NUL-free text of any language, and a backslash before a u', () => {
    const metadata = { path: 'C:\\udev\\u0000', note: '\\\\ud800', flag: '🇩🇪' }
    expect(accept({ message: 'Grüße 👋\nzweite Zeile', metadata })).toMatchObject({ metadata })
  })
})

describe('an older spelling means the same', () => {
  test.each([
    ['userId', { userId: 'ann' }, { recipientIds: ['ann'] }],
    ['userIds', { userIds: ['ann', 'bob'] }, { recipientIds: ['ann', 'bob'] }],
    ['userId with recipientIds', { recipientIds: ['ann'], userId: 'bob' }, { recipientIds: ['ann', 'bob'] }],
    ['roleCodes', { roleCodes: ['admin'] }, { audience: { roles: ['admin'] } }],
    [
      'roleCodes with an audience',
      { roleCodes: ['admin'], audience: { roles: ['staff'], topic: 'farm:1' } },
      { audience: { roles: ['staff', 'admin'], topic: 'farm:1' } },
    ],
    ['no roleCodes', { userIds: ['ann'], roleCodes: [] }, { recipientIds: ['ann'] }],
  ])('%s', (_name, input, meant) => {
    const event = accept(input, { type: 'ANY', message: 'text' })
    expect(event).toEqual({ type: 'ANY', message: 'text', notificationPriority: 'MEDIUM', ...meant })
  })

  test.each([
    ['low', 'LOW'],
    ['normal', 'MEDIUM'],
    ['medium', 'MEDIUM'],
    ['high', 'HIGH'],
    ['urgent', 'CRITICAL'],
    ['Critical', 'CRITICAL'],
    ['HIGH', 'HIGH'],
  ])('priority %s is %s', (priority, meant) => {
    expect(accept({ priority }).notificationPriority).toBe(meant)
    expect(accept({ notificationPriority: priority }).notificationPriority).toBe(meant)
  })

  test('the newer name of the priority comes first', () => {
    expect(accept({ notificationPriority: 'LOW', priority: 'urgent' }).notificationPriority).toBe('LOW')
  })

  test('channels, on their own and in a ladder', () => {
    const event = accept({
      channels: ['email', 'sms', 'push', 'whatsapp', 'inApp', 'in_app', 'EMAIL'],
      ladder: [{ channel: 'inApp', afterSeconds: 0 }],
    })
    expect(event.channels).toEqual(['EMAIL', 'SMS', 'PUSH', 'WHATSAPP', 'IN_APP', 'IN_APP', 'EMAIL'])
    expect(event.ladder).toEqual([{ channel: 'IN_APP', afterSeconds: 0 }])
  })

  test('a delay is counted in milliseconds from when the event was accepted', () => {
    expect(accept({ delay: 90_000 }).sendAt).toBe('2026-06-01T12:01:30.000Z')
    expect(accept({ delay: 90_000, sendAt: null }).sendAt).toBe('2026-06-01T12:01:30.000Z')
    expect(accept({ delay: 90_000, sendAt: '2026-12-01T09:00:00Z' }).sendAt).toBe('2026-12-01T09:00:00Z')
    expect(accept({ delay: 0 }).sendAt).toBeUndefined()
  })

  test('null is no value', () => {
    const nothing = { userId: null, userIds: null, roleCodes: null, priority: null, delay: null }
    expect(accept(nothing)).toEqual(accept())
  })
})

test.each(['cc', 'bcc', 'attachments'])('%s is not dropped quietly', (field) => {
  const event = { type: 'T', message: 'm', recipientIds: ['u1'] }
  const refused = normalizeEvent({ ...event, [field]: ['a@b.test'] }, new Date())
  expect(refused).toMatchObject({
    ok: false,
    problems: [{ path: field, message: expect.stringContaining('not supported') }],
  })
  expect(normalizeEvent({ ...event, [field]: null }, new Date()).ok).toBe(true)
})

describe('a refusal says where', () => {
  const long = 'x'.repeat(129)
  test.each<[string, Record<string, unknown>, string]>([
    ['a type that is missing', { type: undefined }, 'type'],
    ['a type that is empty', { type: '' }, 'type'],
    ['a type of two lines', { type: 'A\u2028B' }, 'type'],
    ['an id that is too long', { id: long }, 'id'],
    ['a title with a line break', { title: 'a\r\nBcc: b@example.com' }, 'title'],
    ['an empty title', { title: '' }, 'title'],
    ['a title that is too long', { title: 'x'.repeat(257) }, 'title'],
    ['no text at all', { message: undefined }, 'message'],
    ['an empty text', { message: '' }, 'message'],
    ['a text with NUL', { message: 'a\u0000b' }, 'message'],
    ['a text with half a character', { message: 'a\ud83d' }, 'message'],
    ['a text that is too long', { message: 'x'.repeat(32_769) }, 'message'],
    ['a template code that is no text', { templateCode: 7 }, 'templateCode'],
    ['variables with NUL', { variables: { name: { deep: ['a\u0000'] } } }, 'variables'],
    ['variables with half a character', { variables: { name: 'a\udc00' } }, 'variables'],
    ['variables that are a list', { variables: [] }, 'variables'],
    ['nobody', { recipientIds: undefined }, 'recipientIds'],
    ['an empty list of people', { recipientIds: [] }, 'recipientIds'],
    ['5,001 people', { recipientIds: Array.from({ length: 5_001 }, (_, i) => `u${i}`) }, 'recipientIds'],
    ['a person without an id', { recipientIds: ['ann', ''] }, 'recipientIds.1'],
    ['a recipient without an address', { recipients: [{}] }, 'recipients.0'],
    ['a recipient’s bad e-mail', { recipients: [{ email: 'ann' }] }, 'recipients.0.email'],
    ['a recipient’s bad phone', { recipients: [{ phone: '0151' }] }, 'recipients.0.phone'],
    ['an audience of nobody', { audience: {} }, 'audience'],
    ['an audience of not everyone', { audience: { everyone: false } }, 'audience'],
    ['an audience by no attribute', { audience: { attributes: {} } }, 'audience.attributes'],
    ['an attribute that is an object', { audience: { attributes: { a: {} } } }, 'audience.attributes.a'],
    ['roles that are empty', { audience: { roles: [] } }, 'audience.roles'],
    ['an audience that is a word', { audience: 'everyone', roleCodes: ['admin'] }, 'audience'],
    ['excludeIds that are no list', { excludeIds: 'ann' }, 'excludeIds'],
    ['no channels', { channels: [] }, 'channels'],
    ['an unknown channel', { channels: ['EMAIL', 'FAX'] }, 'channels.1'],
    ['an unknown strategy', { deliveryStrategy: 'SHOUT' }, 'deliveryStrategy'],
    ['an unknown priority', { notificationPriority: 'asap' }, 'notificationPriority'],
    ['a name that is too long', { notificationId: long }, 'notificationId'],
    ['a ladder without steps', { ladder: [] }, 'ladder'],
    [
      'a ladder of 11 steps',
      { ladder: Array.from({ length: 11 }, () => ({ channel: 'SMS', afterSeconds: 1 })) },
      'ladder',
    ],
    ['a negative step', { ladder: [{ channel: 'SMS', afterSeconds: -1 }] }, 'ladder.0.afterSeconds'],
    ['a step of half a second', { ladder: [{ channel: 'SMS', afterSeconds: 0.5 }] }, 'ladder.0.afterSeconds'],
    ['a step after a year', { ladder: [{ channel: 'SMS', afterSeconds: 31_536_001 }] }, 'ladder.0.afterSeconds'],
    ['a step without a time', { ladder: [{ channel: 'SMS' }] }, 'ladder.0.afterSeconds'],
    ['a step on no channel', { ladder: [{ channel: 'FAX', afterSeconds: 1 }] }, 'ladder.0.channel'],
    ['an action that is a script', { metadata: { actionUrl: 'javascript:alert(1)' } }, 'metadata.actionUrl'],
    ['an action without encryption', { metadata: { actionUrl: 'http://example.com' } }, 'metadata.actionUrl'],
    ['an action on whatever site', { metadata: { actionUrl: '//example.com' } }, 'metadata.actionUrl'],
    ['an action with a backslash', { metadata: { actionUrl: '/\\example.com' } }, 'metadata.actionUrl'],
    ['an action with a tab that browsers drop', { metadata: { actionUrl: '/\t/example.com' } }, 'metadata.actionUrl'],
    ['an action on no host', { metadata: { actionUrl: 'https:///a' } }, 'metadata.actionUrl'],
    ['an action that is no text', { metadata: { actionUrl: 7 } }, 'metadata.actionUrl'],
    ['an action’s text that is too long', { metadata: { actionText: 'x'.repeat(81) } }, 'metadata.actionText'],
    ['a key of two lines', { metadata: { 'a\nb': 1 } }, 'metadata.a\nb'],
    ['the 30th of February', { sendAt: '2026-02-30T09:00:00Z' }, 'sendAt'],
    ['a 29th of February that was none', { expiresAt: '2027-02-29T09:00:00Z' }, 'expiresAt'],
    ['a time without a zone', { sendAt: '2026-12-01T09:00:00' }, 'sendAt'],
    ['an hour that no clock has', { sendAt: '2026-12-01T25:00:00Z' }, 'sendAt'],
    ['a date in words', { expiresAt: 'tomorrow' }, 'expiresAt'],
    ['a time in numbers', { sendAt: 1_764_579_600 }, 'sendAt'],
    ['an unknown way with the same key', { onSameKey: 'merge' }, 'onSameKey'],
    ['an unknown stop', { stopOn: 'CLICKED' }, 'stopOn'],
    ['approval in words', { requiresApproval: 'yes' }, 'requiresApproval'],
    ['a negative delay', { delay: -1 }, 'delay'],
    ['a delay of more than a year', { delay: 31_536_000_001 }, 'delay'],
    ['a delay in words', { delay: '5m' }, 'delay'],
    ['userIds that are no list', { userIds: 'ann' }, 'userIds'],
    ['a userId that is a number', { userId: 7 }, 'userId'],
    ['roleCodes that are no list', { roleCodes: 'admin' }, 'roleCodes'],
    ['a priority that is a number', { priority: 3 }, 'priority'],
  ])('%s', (_what, changes, path) => {
    expect(pathsOf({ ...MINIMAL, ...changes })).toEqual([path])
  })

  test.each([null, undefined, 'text', 7, [], [MINIMAL]])('an event that is no object (%j)', (input) => {
    expect(pathsOf(input)).toEqual([''])
  })

  test('of every problem at once, of the fields and of the whole', () => {
    const paths = pathsOf({ type: 7, channels: ['FAX'], delay: -1, ladder: [], userId: 'ann' })
    expect(paths).toEqual(['delay', 'type', 'channels.0', 'ladder', 'message'])
  })

  test('but of no more than 50 problems', () => {
    expect(pathsOf({ ...MINIMAL, recipientIds: Array.from({ length: 100 }, () => '') })).toHaveLength(50)
  })
})

test('5,000 people are one event, spread over both lists', () => {
  const recipientIds = Array.from({ length: 4_999 }, (_, i) => `u${i}`)
  const guests = [{ email: 'a@example.com' }, { email: 'b@example.com' }]
  expect(accept({ recipientIds, recipients: guests.slice(0, 1) }).recipientIds).toHaveLength(4_999)
  expect(pathsOf({ ...MINIMAL, recipientIds, recipients: guests })).toEqual(['recipientIds'])
})

test('whatever JSON arrives, the answer is an event or a list of problems', () => {
  const field = fc.constantFrom('type', 'message', 'recipientIds', 'userId', 'channels', 'ladder', 'audience', 'delay')
  const input = fc.oneof(fc.jsonValue(), fc.dictionary(field, fc.jsonValue()))
  fc.assert(
    fc.property(input, (json) => {
      const normalized = normalizeEvent(json, ACCEPTED_AT)
      expect(normalized.ok || normalized.problems.length > 0).toBe(true)
    }),
    { numRuns: 2_000 },
  )
})
