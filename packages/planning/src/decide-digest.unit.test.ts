import { expect, test } from 'vitest'
import { codes, decided, plan, rows } from './plan-reading.fixture.ts'
import type { SampleChanges } from './testing.ts'

const HOURLY = { everySeconds: 3_600, max: 10, channels: ['EMAIL' as const] }

const mail = (changes: SampleChanges = {}) =>
  plan({ ...changes, event: { channels: ['IN_APP', 'EMAIL', 'SMS'], ...changes.event } })
const windowOf = (changes: SampleChanges) =>
  mail(changes)
    .deliveries.find(({ digest }) => digest)
    ?.digest?.endsAt.toISOString()

test('a channel that the category collects waits for the digest, and the others go by themselves', () => {
  const one = mail({ category: { digest: HOURLY } })
  expect(rows(one)).toEqual(['0 IN_APP DELIVERED', '0 EMAIL SUPPRESSED in_digest', '0 SMS PENDING'])
  expect(decided(one, 'in_digest')?.detail).toBe('2026-06-01T13:00:00.000Z')
  expect(one.deliveries[1]?.digest).toEqual({
    endsAt: new Date('2026-06-01T13:00:00.000Z'),
    windowMs: 3_600_000,
    max: 10,
  })
})

test('every window ends where the next begins', () => {
  const at = (now: string) => windowOf({ category: { digest: HOURLY }, input: { now: new Date(now) } })
  expect(at('2026-06-01T12:59:59.999Z')).toBe('2026-06-01T13:00:00.000Z')
  expect(at('2026-06-01T13:00:00.000Z')).toBe('2026-06-01T14:00:00.000Z')
})

test('a time of day is one on the person’s clock, also where a night has an hour less', () => {
  const at = (now: string, timeZone: string | null = 'Europe/Berlin') =>
    windowOf({
      category: { digest: { at: '08:00', max: 10, channels: ['EMAIL'] } },
      user: { timeZone },
      input: { now: new Date(now) },
    })
  expect(at('2026-06-01T05:59:59.999Z')).toBe('2026-06-01T06:00:00.000Z')
  expect(at('2026-06-01T06:00:00.000Z')).toBe('2026-06-02T06:00:00.000Z')
  expect(at('2026-06-01T06:00:30.000Z')).toBe('2026-06-02T06:00:00.000Z')
  expect(at('2026-06-01T12:00:00.000Z')).toBe('2026-06-02T06:00:00.000Z')
  expect(at('2026-03-28T12:00:00.000Z')).toBe('2026-03-29T06:00:00.000Z')
  expect(at('2026-03-27T12:00:00.000Z')).toBe('2026-03-28T07:00:00.000Z')
  expect(at('2026-06-01T12:00:00.000Z', null)).toBe('2026-06-02T08:00:00.000Z')
})

test.each([
  ['digest_passed_critical', { event: { notificationPriority: 'CRITICAL' } }],
  ['digest_passed_guest', { recipient: { inline: { email: 'guest@example.com' } } }],
  ['digest_outlives_expiry', { event: { expiresAt: '2026-06-01T12:30:00.000Z' } }],
] satisfies [string, SampleChanges][])('a message that cannot wait for it goes alone: %s', (code, changes) => {
  const one = mail({ ...changes, category: { digest: HOURLY } })
  expect(rows(one)).toContain('0 EMAIL PENDING')
  expect(codes(one, 'EMAIL')).toContain(code)
})

test('a mandatory channel is never held back, and a digest that cannot be read holds nothing', () => {
  const mandatory = mail({ category: { digest: HOURLY, mandatoryChannels: ['EMAIL'] } })
  expect(rows(mandatory)).toContain('0 EMAIL PENDING')
  const unreadable = mail({ category: { digest: { at: '25:99', max: 10, channels: ['EMAIL'] } } })
  expect(rows(unreadable)).toContain('0 EMAIL PENDING')
  expect(codes(unreadable, 'EMAIL')).toContain('digest_unreadable')
})

test('what is switched off is no part of a digest', () => {
  const one = mail({ category: { digest: HOURLY }, user: { preferences: { email: false } } })
  expect(rows(one)).toContain('0 EMAIL SUPPRESSED preference_off')
})
