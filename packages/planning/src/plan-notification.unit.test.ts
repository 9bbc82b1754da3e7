import type { Channel, LadderStep } from '@carillon/contracts'
import { describe, expect, test } from 'vitest'
import type { Plan } from './plan.ts'
import { planNotification } from './plan-notification.ts'
import { SAMPLE_NOW, type SampleChanges, samplePlanInput } from './testing.ts'

const ALL: Channel[] = ['IN_APP', 'EMAIL', 'PUSH', 'SMS', 'WHATSAPP']
const NIGHT = { start: '22:00', end: '07:00', timeZone: 'Europe/Berlin' }
const AT_NIGHT = new Date('2026-06-01T21:00:00.000Z')
const NEXT_MORNING = '2026-06-02T05:00:00.000Z'

function plan(changes: SampleChanges = {}): Plan {
  return planNotification(samplePlanInput(changes))
}

/** Each row in one line: what a support person would read out. */
function rows({ deliveries }: Plan): string[] {
  return deliveries.map(({ channel, step, status, scheduledFor, reason }) =>
    [`${step}`, channel, status, scheduledFor?.toISOString(), reason].filter(Boolean).join(' '),
  )
}

function codes({ decisions }: Plan, channel?: Channel): string[] {
  return decisions.filter((one) => channel === undefined || one.channel === channel).map(({ code }) => code)
}

function decided({ decisions }: Plan, code: string) {
  return decisions.find((one) => one.code === code)
}

describe('what', () => {
  test('a literal message and a template both say so', () => {
    expect(codes(plan())).toContain('content_literal')
    const content = { title: '', message: '', perChannel: null, templateCode: 'WELCOME', templateVersion: 3 }
    expect(decided(plan({ input: { content } }), 'content_template')?.detail).toBe('WELCOME version 3')
    const unversioned = { ...content, templateVersion: null }
    expect(decided(plan({ input: { content: unversioned } }), 'content_template')?.detail).toBe('WELCOME')
  })
})

describe('which strategy', () => {
  test.each([
    ['CRITICAL', undefined, 'BROADCAST', 'strategy_critical'],
    ['CRITICAL', 'ESCALATION', 'BROADCAST', 'strategy_critical'],
    ['HIGH', undefined, 'BROADCAST', 'strategy_by_priority'],
    ['HIGH', 'ESCALATION', 'ESCALATION', 'strategy_asked'],
    ['MEDIUM', undefined, 'BROADCAST', 'strategy_by_priority'],
    ['MEDIUM', 'ESCALATION', 'ESCALATION', 'strategy_asked'],
    ['MEDIUM', 'BROADCAST', 'BROADCAST', 'strategy_asked'],
    ['LOW', undefined, 'ESCALATION', 'strategy_by_priority'],
    ['LOW', 'BROADCAST', 'BROADCAST', 'strategy_asked'],
  ] as const)('%s with %s asked for goes out as %s', (notificationPriority, deliveryStrategy, strategy, code) => {
    const one = plan({ event: { notificationPriority, ...(deliveryStrategy && { deliveryStrategy }) } })
    expect(one.notification.strategy).toBe(strategy)
    expect(codes(one)).toContain(code)
    expect(one.notification.stopOn).toBe(strategy === 'ESCALATION' ? 'READ' : null)
    expect(one.notification.lane).toBe(/HIGH|CRITICAL/.test(notificationPriority) ? 'urgent' : 'normal')
  })

  test('an event that brings a ladder and names no strategy climbs it', () => {
    const one = plan({ event: { ladder: [{ channel: 'SMS', afterSeconds: 60 }] } })
    expect(one.notification.strategy).toBe('ESCALATION')
    expect(codes(one)).toContain('strategy_by_ladder')
  })

  test('CRITICAL sends all channels of its ladder at once', () => {
    const ladder: LadderStep[] = [
      { channel: 'SMS', afterSeconds: 60 },
      { channel: 'EMAIL', afterSeconds: 120 },
      { channel: 'SMS', afterSeconds: 600 },
    ]
    const one = plan({ event: { notificationPriority: 'CRITICAL', ladder, deliveryStrategy: 'ESCALATION' } })
    expect(rows(one)).toEqual(['0 SMS PENDING', '0 EMAIL PENDING'])
    expect(one.notification.ladder).toBeNull()
    expect(codes(one)).toContain('ladder_unused')
  })
})

describe('which channels', () => {
  test('nothing asked for means the inbox, e-mail and push', () => {
    expect(rows(plan())).toEqual(['0 IN_APP DELIVERED', '0 EMAIL PENDING', '0 PUSH PENDING'])
  })

  test('the category’s channels come before the default ones', () => {
    expect(rows(plan({ category: { defaultChannels: ['SMS', 'IN_APP'] } }))).toEqual([
      '0 SMS PENDING',
      '0 IN_APP DELIVERED',
    ])
  })

  test('a channel asked for twice is sent once', () => {
    expect(rows(plan({ event: { channels: ['EMAIL', 'SMS', 'EMAIL'] } }))).toEqual(['0 EMAIL PENDING', '0 SMS PENDING'])
  })

  test('a notification without IN_APP exists but is not in the inbox', () => {
    expect(plan({ event: { channels: ['EMAIL'] } }).notification.inInbox).toBe(false)
    expect(plan().notification.inInbox).toBe(true)
  })

  test('a channel that nobody serves answers with a row when asked for, with a decision when not', () => {
    const servedChannels = new Set<Channel>(['EMAIL'])
    const asked = plan({ event: { channels: ['EMAIL', 'PUSH'] }, input: { servedChannels } })
    expect(rows(asked)).toEqual(['0 EMAIL PENDING', '0 PUSH SUPPRESSED channel_not_configured'])
    const defaulted = plan({ input: { servedChannels } })
    expect(rows(defaulted)).toEqual(['0 IN_APP DELIVERED', '0 EMAIL PENDING'])
    expect(codes(defaulted, 'PUSH')).toEqual(['channel_not_configured'])
  })

  test('the inbox needs no worker', () => {
    expect(rows(plan({ input: { servedChannels: new Set() } }))).toEqual(['0 IN_APP DELIVERED'])
  })

  test('a person without addresses or devices is told apart by channel', () => {
    const one = plan({ event: { channels: ALL }, user: { email: null, phone: null, hasPushToken: false } })
    expect(rows(one)).toEqual([
      '0 IN_APP DELIVERED',
      '0 EMAIL SUPPRESSED no_address',
      '0 PUSH SUPPRESSED no_device',
      '0 SMS SUPPRESSED no_address',
      '0 WHATSAPP SUPPRESSED no_address',
    ])
  })

  test('a person whom nobody has stored gets the inbox item alone', () => {
    const { user: _user, ...stranger } = samplePlanInput().recipient
    const one = plan({ input: { recipient: stranger } })
    expect(rows(one)).toEqual(['0 IN_APP DELIVERED'])
    expect(codes(one)).toEqual(expect.arrayContaining(['no_address', 'no_device']))
  })

  test('a guest is reached at the address in the event, which goes with the notification, and has no inbox', () => {
    const recipient = { id: 'guest_1', inline: { email: 'guest@example.com', locale: 'de' } }
    const one = plan({ event: { channels: ['EMAIL', 'SMS', 'IN_APP'] }, input: { recipient } })
    expect(rows(one)).toEqual(['0 EMAIL PENDING', '0 SMS SUPPRESSED no_address', '0 IN_APP SUPPRESSED no_account'])
    expect(one.notification).toMatchObject({ contact: { email: 'guest@example.com' }, locale: 'de', inInbox: false })
  })

  test('an address in the event counts before the stored one, and a stored one stays out of the notification', () => {
    const inline = { userId: 'ann', phone: '+4917000000000' }
    const one = plan({ event: { channels: ['SMS', 'IN_APP'] }, user: { phone: null }, recipient: { inline } })
    expect(rows(one)).toEqual(['0 SMS PENDING', '0 IN_APP DELIVERED'])
    expect(one.notification.contact).toEqual({ phone: '+4917000000000' })
    expect(plan().notification.contact).toBeNull()
  })

  test('the locale is that of the event, the person, the tenant, in this order', () => {
    expect(plan({ user: { locale: 'fr' }, tenant: { locale: 'en' } }).notification.locale).toBe('fr')
    expect(plan({ tenant: { locale: 'en' } }).notification.locale).toBe('en')
    expect(plan().notification.locale).toBeNull()
  })

  test('a preference off is never sent and says whose it is', () => {
    const one = plan({ event: { channels: ['EMAIL', 'PUSH'] }, user: { preferences: { email: false } } })
    expect(rows(one)).toEqual(['0 EMAIL SUPPRESSED preference_off', '0 PUSH PENDING'])
    expect(decided(one, 'preference_off')?.detail).toBe('person, for this channel')
  })

  test('CRITICAL does not pass a preference', () => {
    const event = { channels: ['EMAIL' as const], notificationPriority: 'CRITICAL' as const }
    expect(rows(plan({ event, user: { preferences: { email: false } } }))).toEqual([
      '0 EMAIL SUPPRESSED preference_off',
    ])
  })

  test('a mandatory category passes a preference, and says so', () => {
    const one = plan({
      event: { channels: ['SMS', 'EMAIL'] },
      category: { mandatoryChannels: ['SMS'] },
      user: { preferences: { sms: false, email: false } },
    })
    expect(rows(one)).toEqual(['0 SMS PENDING', '0 EMAIL SUPPRESSED preference_off'])
    expect(codes(one, 'SMS')).toEqual(['preference_passed_mandatory', 'sent_at_once'])
  })

  test('an opt-out beats a mandatory category and CRITICAL', () => {
    const one = plan({
      event: { channels: ['SMS'], notificationPriority: 'CRITICAL' },
      category: { mandatoryChannels: ['SMS'] },
      recipient: { suppressedChannels: new Set<Channel>(['SMS']) },
    })
    expect(rows(one)).toEqual(['0 SMS SUPPRESSED opted_out'])
  })
})

describe('when', () => {
  const atNight = { input: { now: AT_NIGHT }, user: { preferences: { quietHours: NIGHT } } }

  test('what makes noise waits for the morning; mail and inbox do not', () => {
    expect(rows(plan({ ...atNight, event: { channels: ALL } }))).toEqual([
      '0 IN_APP DELIVERED',
      '0 EMAIL PENDING',
      `0 PUSH SCHEDULED ${NEXT_MORNING} quiet_hours`,
      `0 SMS SCHEDULED ${NEXT_MORNING} quiet_hours`,
      `0 WHATSAPP SCHEDULED ${NEXT_MORNING} quiet_hours`,
    ])
  })

  test('a mandatory category and CRITICAL are not held', () => {
    const mandatory = plan({ ...atNight, event: { channels: ['SMS'] }, category: { mandatoryChannels: ['SMS'] } })
    expect(rows(mandatory)).toEqual(['0 SMS PENDING'])
    expect(codes(mandatory, 'SMS')).toEqual(['quiet_hours_passed_mandatory', 'sent_at_once'])
    const critical = plan({ ...atNight, event: { channels: ['SMS'], notificationPriority: 'CRITICAL' } })
    expect(rows(critical)).toEqual(['0 SMS PENDING'])
    expect(codes(critical, 'SMS')).toEqual(['quiet_hours_passed_critical', 'sent_at_once'])
  })

  test('a hold that would outlive the message ends it at once, with its reason', () => {
    const expiresAt = '2026-06-02T05:00:00Z'
    expect(rows(plan({ ...atNight, event: { channels: ['SMS', 'EMAIL'], expiresAt } }))).toEqual([
      '0 SMS EXPIRED quiet_hours_outlive_expiry',
      '0 EMAIL PENDING',
    ])
  })

  test('a missing or unknown time zone is said once, however many channels it concerns', () => {
    const quietHours = { start: '22:00', end: '07:00', timeZone: 'Mars/Olympus' }
    const one = plan({
      event: { channels: ['SMS', 'PUSH'] },
      input: { now: new Date('2026-06-01T23:00:00Z') },
      user: { timeZone: null, preferences: { quietHours } },
    })
    expect(rows(one)[0]).toBe('0 SMS SCHEDULED 2026-06-02T07:00:00.000Z quiet_hours')
    expect(codes(one).filter((code) => code.startsWith('time_zone'))).toEqual(['time_zone_unknown', 'time_zone_utc'])
    expect(decided(one, 'time_zone_unknown')?.detail).toBe('Mars/Olympus')
  })
})

describe('until when', () => {
  test.each([
    ['the event', { event: { expiresAt: '2026-06-01T13:00:00+00:00' }, category: { usefulSeconds: 60 } }, 3_600],
    ['the category', { category: { usefulSeconds: 60 } }, 60],
    ['the default of 72 hours', {}, 259_200],
    ['the default, where the event’s is no date', { event: { expiresAt: 'soon' } }, 259_200],
  ])('%s says it', (_who, changes, seconds) => {
    const { notification, deliveries } = plan(changes)
    expect(notification.expiresAt.getTime() - SAMPLE_NOW.getTime()).toBe(seconds * 1_000)
    for (const delivery of deliveries) expect(delivery.expiresAt).toEqual(notification.expiresAt)
  })

  test('an expiry that is no date is said', () => {
    expect(codes(plan({ event: { expiresAt: 'soon' } }))).toContain('expiry_unreadable')
  })

  test('an event that has expired is planned as expired, the inbox too', () => {
    const one = plan({ event: { expiresAt: SAMPLE_NOW.toISOString() } })
    expect(rows(one)).toEqual([
      '0 IN_APP EXPIRED expired_before_planning',
      '0 EMAIL EXPIRED expired_before_planning',
      '0 PUSH EXPIRED expired_before_planning',
    ])
    expect(one.notification.inInbox).toBe(false)
  })

  test('a step that comes after the expiry is expired at once; the others keep their times', () => {
    const one = plan({ event: { notificationPriority: 'LOW' }, category: { usefulSeconds: 2_400 } })
    expect(rows(one)).toEqual([
      '0 IN_APP DELIVERED',
      '1 SMS SCHEDULED 2026-06-01T12:10:00.000Z',
      '2 EMAIL EXPIRED expires_before_step',
    ])
  })

  test('the default expiry does not cut off a long ladder', () => {
    const ladder: LadderStep[] = [{ channel: 'EMAIL', afterSeconds: 259_200 }]
    const one = plan({ event: { ladder } })
    expect(rows(one)).toEqual(['0 EMAIL SCHEDULED 2026-06-04T12:00:00.000Z'])
    expect(one.notification.expiresAt.toISOString()).toBe('2026-06-07T12:00:00.000Z')
  })
})

describe('how much', () => {
  const over = { input: { sentLastHour: 100 } }

  test('the hundredth notification of an hour is sent, the next one goes to the inbox', () => {
    expect(rows(plan({ input: { sentLastHour: 99 } }))).toContain('0 EMAIL PENDING')
    const one = plan(over)
    expect(rows(one)).toEqual(['0 IN_APP DELIVERED'])
    expect(codes(one, 'EMAIL')).toEqual(['over_hourly_limit'])
    expect(codes(one, 'IN_APP')).toEqual(['in_inbox', 'demoted_to_in_app'])
  })

  test('a demoted notification is in the inbox even if that was not asked for', () => {
    const one = plan({ ...over, event: { channels: ['SMS'] } })
    expect(rows(one)).toEqual(['0 SMS SUPPRESSED over_hourly_limit', '0 IN_APP DELIVERED'])
    expect(one.notification.inInbox).toBe(true)
  })

  test('a person who wants no inbox is not given one by the limit', () => {
    const one = plan({ ...over, event: { channels: ['SMS'] }, user: { preferences: { inApp: false } } })
    expect(rows(one)).toEqual(['0 SMS SUPPRESSED over_hourly_limit'])
    expect(codes(one, 'IN_APP')).toEqual(['preference_off'])
  })

  test('a demoted ladder climbs no further than the inbox', () => {
    const one = plan({ ...over, event: { notificationPriority: 'LOW', channels: ['SMS', 'EMAIL'] } })
    expect(rows(one)).toEqual([
      '0 SMS SUPPRESSED over_hourly_limit',
      '1 EMAIL SUPPRESSED over_hourly_limit',
      '0 IN_APP DELIVERED',
    ])
  })

  test('a mandatory category and CRITICAL pass the limit', () => {
    const mandatory = plan({ ...over, event: { channels: ['SMS'] }, category: { mandatoryChannels: ['SMS'] } })
    expect(rows(mandatory)).toEqual(['0 SMS PENDING'])
    expect(codes(mandatory, 'SMS')).toEqual(['limit_passed_mandatory', 'sent_at_once'])
    const critical = plan({ ...over, event: { channels: ['SMS'], notificationPriority: 'CRITICAL' } })
    expect(rows(critical)).toEqual(['0 SMS PENDING'])
    expect(codes(critical, 'SMS')).toEqual(['limit_passed_critical', 'sent_at_once'])
  })
})

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
    expect(rows(plan({ event: { ...LOW, channels: ALL } }))).toEqual([
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
    const one = plan({ event: LOW, category: { ladder: ladder as never } })
    expect(codes(one)).toEqual(expect.arrayContaining(['ladder_unreadable', 'ladder_default']))
    expect(rows(one)).toHaveLength(3)
  })
})

describe('the row', () => {
  test('attempts and at-most-once come from the policy and the category', () => {
    const { deliveries } = plan({ event: { channels: ['EMAIL', 'SMS'] }, category: { atMostOnce: true } })
    expect(deliveries.map(({ maxAttempts, atMostOnce }) => [maxAttempts, atMostOnce])).toEqual([
      [4, true],
      [3, true],
    ])
  })

  test('a collapse key is carried through as a decision', () => {
    expect(codes(plan({ event: { collapseKey: 'slot-7' } }))).toContain('replaces_older')
    expect(codes(plan({ event: { collapseKey: null } }))).not.toContain('replaces_older')
  })
})
