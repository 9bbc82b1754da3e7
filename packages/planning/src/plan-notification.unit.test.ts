import type { Channel, LadderStep } from '@carillon/contracts'
import { describe, expect, test } from 'vitest'
import { ALL_CHANNELS, codes, decided, plan, rows } from './plan-reading.fixture.ts'
import { samplePlanInput } from './testing.ts'

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
    const one = plan({ event: { channels: ALL_CHANNELS }, user: { email: null, phone: null, hasPushToken: false } })
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
