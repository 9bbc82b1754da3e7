import type { Channel, LadderStep } from '@carillon/contracts'
import { describe, expect, test } from 'vitest'
import { ALL_CHANNELS, AT_NIGHT, codes, NEXT_MORNING, NIGHT, plan, rows } from './plan-reading.fixture.ts'
import type { SampleChanges } from './testing.ts'

describe('the ladder', () => {
  const LOW = { notificationPriority: 'LOW' as const }

  test('by default: inbox at once, SMS after 10 minutes, e-mail after 40', () => {
    const one = plan({ event: LOW })
    expect(rows(one)).toEqual([
      '0 IN_APP DELIVERED',
      '1 SMS SCHEDULED 2026-06-01T12:10:00.000Z',
      '2 EMAIL SCHEDULED 2026-06-01T12:40:00.000Z',
    ])
    expect(codes(one)).toContain('ladder_default')
    expect(one.deliveries.every(({ stopOn }) => stopOn === 'READ')).toBe(true)
  })

  test('push, if asked for, goes at once, and WhatsApp with the SMS', () => {
    expect(rows(plan({ event: { ...LOW, channels: ALL_CHANNELS } }))).toEqual([
      '0 IN_APP DELIVERED',
      '1 PUSH PENDING',
      '2 SMS SCHEDULED 2026-06-01T12:10:00.000Z',
      '3 WHATSAPP SCHEDULED 2026-06-01T12:10:00.000Z',
      '4 EMAIL SCHEDULED 2026-06-01T12:40:00.000Z',
    ])
  })

  test('only channels that were asked for are on it', () => {
    const one = plan({ event: { ...LOW, channels: ['IN_APP', 'EMAIL'] } })
    expect(rows(one)).toEqual(['0 IN_APP DELIVERED', '1 EMAIL SCHEDULED 2026-06-01T12:40:00.000Z'])
    expect(one.notification.ladder).toEqual([
      { channel: 'IN_APP', afterSeconds: 0 },
      { channel: 'EMAIL', afterSeconds: 2_400 },
    ])
  })

  test('the event’s ladder comes before the category’s, and that before the tenant’s', () => {
    const steps = (channel: Channel): LadderStep[] => [{ channel, afterSeconds: 5 }]
    const tenant = { ladder: steps('EMAIL') }
    const category = { ladder: steps('PUSH') }
    const first = (changes: SampleChanges) => plan({ ...changes, event: { ...LOW, ...changes.event } })
    const ofEvent = first({ tenant, category, event: { ladder: steps('SMS') } })
    expect(rows(ofEvent)).toEqual(['0 SMS SCHEDULED 2026-06-01T12:00:05.000Z'])
    expect(codes(ofEvent)).toContain('ladder_of_event')
    const ofCategory = first({ tenant, category })
    expect(rows(ofCategory)).toEqual(['0 PUSH SCHEDULED 2026-06-01T12:00:05.000Z'])
    expect(codes(ofCategory)).toContain('ladder_of_category')
    const ofTenant = first({ tenant })
    expect(rows(ofTenant)).toEqual(['0 EMAIL SCHEDULED 2026-06-01T12:00:05.000Z'])
    expect(codes(ofTenant)).toContain('ladder_of_tenant')
  })

  test('steps are numbered by their times, and a channel may come back', () => {
    const ladder: LadderStep[] = [
      { channel: 'SMS', afterSeconds: 600 },
      { channel: 'PUSH', afterSeconds: 0 },
      { channel: 'SMS', afterSeconds: 0 },
      { channel: 'PUSH', afterSeconds: 60 },
    ]
    expect(rows(plan({ event: { ladder } }))).toEqual([
      '0 PUSH PENDING',
      '1 SMS PENDING',
      '2 PUSH SCHEDULED 2026-06-01T12:01:00.000Z',
      '3 SMS SCHEDULED 2026-06-01T12:10:00.000Z',
    ])
  })

  test('a rung that the person cannot take is skipped, and the others keep their times and numbers', () => {
    const asked = plan({ event: { ...LOW, channels: ['IN_APP', 'SMS', 'EMAIL'] }, user: { phone: null } })
    expect(rows(asked)).toEqual([
      '0 IN_APP DELIVERED',
      '1 SMS SUPPRESSED no_address',
      '2 EMAIL SCHEDULED 2026-06-01T12:40:00.000Z',
    ])
    const defaulted = plan({ event: LOW, user: { phone: null } })
    expect(rows(defaulted)).toEqual(['0 IN_APP DELIVERED', '2 EMAIL SCHEDULED 2026-06-01T12:40:00.000Z'])
    expect(defaulted.decisions).toContainEqual({ channel: 'SMS', step: 1, code: 'no_address' })
  })

  test('a channel asked for that the ladder does not have, and a rung not asked for, both say so', () => {
    const ladder: LadderStep[] = [
      { channel: 'SMS', afterSeconds: 0 },
      { channel: 'EMAIL', afterSeconds: 60 },
    ]
    const one = plan({ event: { ladder, channels: ['SMS', 'PUSH', 'PUSH'] } })
    expect(rows(one)).toEqual(['0 SMS PENDING', '0 PUSH SUPPRESSED not_on_ladder'])
    expect(one.notification.ladder).toEqual([{ channel: 'SMS', afterSeconds: 0 }])
    expect(codes(one, 'EMAIL')).toEqual(['not_asked'])
  })

  test('the inbox has the message from the start, whatever time the ladder gives it', () => {
    const ladder: LadderStep[] = [
      { channel: 'SMS', afterSeconds: 0 },
      { channel: 'IN_APP', afterSeconds: 60 },
    ]
    const one = plan({ event: { ladder } })
    expect(rows(one)).toEqual(['0 SMS PENDING', '1 IN_APP DELIVERED'])
    expect(codes(one, 'IN_APP')).toEqual(['in_inbox_from_start'])
    expect(one.notification.inInbox).toBe(true)
  })

  test('a first step that makes noise is held in quiet hours; a later one is asked again when it fires', () => {
    const changes = {
      event: { ...LOW, channels: ['PUSH' as const, 'SMS' as const] },
      user: { preferences: { quietHours: NIGHT } },
      input: { now: AT_NIGHT },
    }
    expect(rows(plan(changes))).toEqual([
      `0 PUSH SCHEDULED ${NEXT_MORNING} quiet_hours`,
      '1 SMS SCHEDULED 2026-06-01T21:10:00.000Z',
    ])
  })

  test('what stops a ladder is reading, unless the event says otherwise; nothing stops a broadcast', () => {
    expect(plan({ event: { ...LOW, stopOn: 'ACKNOWLEDGED' } }).notification.stopOn).toBe('ACKNOWLEDGED')
    const broadcast = plan({ event: { stopOn: 'READ' } })
    expect(broadcast.notification.stopOn).toBeNull()
    expect(broadcast.deliveries.every(({ stopOn }) => stopOn === null)).toBe(true)
  })

  test.each([
    ['no steps', []],
    ['eleven steps', Array.from({ length: 11 }, () => ({ channel: 'SMS', afterSeconds: 1 }))],
    ['a negative time', [{ channel: 'SMS', afterSeconds: -1 }]],
    ['half a second', [{ channel: 'SMS', afterSeconds: 0.5 }]],
    ['more than a year', [{ channel: 'SMS', afterSeconds: 31_536_001 }]],
    ['an unknown channel', [{ channel: 'FAX', afterSeconds: 1 }]],
    ['a step that is none', [null]],
    ['no list', { channel: 'SMS' }],
  ])('a stored ladder with %s is passed over and named', (_what, ladder) => {
    const stored = JSON.parse(JSON.stringify({ ladder }))
    const one = plan({ event: LOW, category: stored })
    expect(codes(one)).toEqual(expect.arrayContaining(['ladder_unreadable', 'ladder_default']))
    expect(rows(one)).toHaveLength(3)
  })
})
