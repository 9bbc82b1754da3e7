import type { LadderStep } from '@carillon/contracts'
import { describe, expect, test } from 'vitest'
import { ALL_CHANNELS, AT_NIGHT, codes, decided, NEXT_MORNING, NIGHT, plan, rows } from './plan-reading.fixture.ts'
import { SAMPLE_NOW } from './testing.ts'

describe('when', () => {
  const atNight = { input: { now: AT_NIGHT }, user: { preferences: { quietHours: NIGHT } } }

  test('what makes noise waits for the morning; mail and inbox do not', () => {
    expect(rows(plan({ ...atNight, event: { channels: ALL_CHANNELS } }))).toEqual([
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
