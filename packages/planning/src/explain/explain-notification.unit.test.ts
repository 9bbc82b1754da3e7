import { CHANNELS, explanationSchema } from '@carillon/contracts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DECISION_CODES } from '../decision-codes.ts'
import { planInput } from '../plan-input.fixture.ts'
import { planNotification } from '../plan-notification.ts'
import { explainNotification } from './explain-notification.ts'
import type { ExplainedRow, ExplainedRows } from './explained-rows.ts'

const ID = '0190a1b2-c3d4-8e5f-8a6b-7c8d9e0f1a2b'
const at = (second: number) => `2026-06-01T12:00:${String(second).padStart(2, '0')}.000Z`

function rows(change: Partial<ExplainedRows> = {}, decisions: ExplainedRows['notification']['decisions'] = []) {
  return {
    notification: {
      ...{ id: ID, eventId: 'evt_1', recipientId: 'ann', category: 'orders', priority: 'MEDIUM' },
      ...{ strategy: 'ESCALATION', stopOn: 'READ', ladder: null, experiment: null, templateCode: null },
      ...{ templateVersion: null, decisions, acceptedAt: at(0), createdAt: at(1), seenAt: null, readAt: null },
      ...{ acknowledgedAt: null, cancelledAt: null },
    },
    ...{ deliveries: [], attempts: [], receipts: [], digests: [] },
    ...change,
  } satisfies ExplainedRows
}

function delivery(change: Partial<ExplainedRow>): ExplainedRow {
  return {
    ...{ id: ID, channel: 'EMAIL', step: 0, replay: 0, status: 'SENT', reason: null, scheduledFor: null },
    ...{ attemptCount: 1, possiblySent: false, deliveredAt: null, createdAt: at(1) },
    ...change,
  } as ExplainedRow
}

const channelOf = (given: ExplainedRows, name: string) =>
  explainNotification(given).channels.find(({ channel }) => channel === name)

describe('explain', () => {
  it('names the digest that a message goes out in, on its channel alone', () => {
    const given = rows({
      deliveries: [delivery({ status: 'SUPPRESSED', reason: 'in_digest' })],
      digests: [{ id: ID, channel: 'EMAIL', endsAt: at(9), closedAt: null }],
    })
    const digest = { notificationId: ID, endsAt: at(9), isClosed: false }
    expect(channelOf(given, 'EMAIL')).toMatchObject({ outcome: 'not_sent', digest })
    expect(channelOf(given, 'SMS')).toMatchObject({ digest: null })
    const closed = rows({
      digests: [{ id: ID, channel: 'SMS', endsAt: at(9), closedAt: at(10) }],
      deliveries: [delivery({ channel: 'SMS' })],
    })
    expect(channelOf(closed, 'SMS')).toMatchObject({ digest: { ...digest, isClosed: true } })
  })

  it('says of every channel whether, why, and what would change it', () => {
    const given = rows(
      { deliveries: [delivery({ channel: 'SMS', status: 'SUPPRESSED', reason: 'preference_off', attemptCount: 0 })] },
      [{ channel: 'SMS', step: 1, code: 'preference_off', detail: 'person, for this channel' }],
    )
    expect(explainNotification(given).channels.map(({ channel }) => channel)).toEqual([...CHANNELS])
    expect(channelOf(given, 'SMS')).toMatchObject({
      outcome: 'not_sent',
      why: [{ code: 'preference_off', text: DECISION_CODES.preference_off, detail: 'person, for this channel' }],
      whatWouldChangeIt: expect.stringContaining('PUT /api/preferences'),
    })
    expect(channelOf(given, 'PUSH')).toMatchObject({
      outcome: 'not_sent',
      why: [{ code: 'not_asked_for' }],
      whatWouldChangeIt: expect.stringContaining('channels'),
    })
  })

  it.each([
    ['SENT', {}, 'sent'],
    ['SCHEDULED', {}, 'waiting'],
    ['UNKNOWN', {}, 'unknown'],
    ['FAILED', {}, 'not_sent'],
    ['FAILED', { possiblySent: true }, 'unknown'],
    ['CANCELLED', { reason: 'read' }, 'not_sent'],
  ] as const)('takes %s %j for %s', (status, change, outcome) => {
    expect(channelOf(rows({ deliveries: [delivery({ status, ...change })] }), 'EMAIL')?.outcome).toBe(outcome)
  })

  it('says what a read stopped, and that nothing is to be done about it', () => {
    const given = rows({ deliveries: [delivery({ status: 'CANCELLED', reason: 'read', attemptCount: 0 })] })
    expect(channelOf(given, 'EMAIL')).toMatchObject({
      why: [{ code: 'read', text: expect.stringContaining('read the message') }],
      whatWouldChangeIt: null,
    })
  })

  it('says what would change how a delivery ended, also where planning had decided otherwise', () => {
    const gone = delivery({ channel: 'PUSH', status: 'SUPPRESSED', reason: 'no_device', attemptCount: 0 })
    const given = rows({ deliveries: [gone] }, [{ channel: 'PUSH', step: 0, code: 'sent_at_once' }])
    expect(channelOf(given, 'PUSH')).toMatchObject({
      why: [{ code: 'sent_at_once' }, { code: 'no_device' }],
      whatWouldChangeIt: expect.stringContaining('POST /api/devices'),
    })
  })

  it('counts a later try that went out, and says nothing more is to be done', () => {
    const given = rows({ deliveries: [delivery({ status: 'FAILED', reason: 'x' }), delivery({ replay: 1 })] })
    expect(channelOf(given, 'EMAIL')).toMatchObject({ outcome: 'sent', whatWouldChangeIt: null })
  })

  it('uses the words of the vendor where only the vendor has them, and says so where nobody has', () => {
    const given = rows({ deliveries: [delivery({ status: 'FAILED', reason: 'smtp_x' })] })
    const why = (describeVendor?: (code: string) => string | undefined) =>
      explainNotification(given, describeVendor).channels[0]?.why[0]?.text
    expect(why((code) => (code === 'smtp_x' ? 'The mailbox is full.' : undefined))).toBe('The mailbox is full.')
    expect(why()).toContain('smtp_x')
  })

  it('tells what happened in order: accepted, planned, tried, reported, read', () => {
    const explained = explainNotification(
      rows({
        ...rows(),
        notification: { ...rows().notification, readAt: at(9) },
        deliveries: [delivery({ deliveredAt: at(7) })],
        attempts: [
          {
            deliveryId: ID,
            number: 1,
            provider: 'smtp',
            outcome: 'unavailable',
            reason: 'breaker_open',
            ...{ providerMessageId: null, error: '421 4.3.2 busy' },
            startedAt: at(2),
            endedAt: at(3),
          },
          {
            deliveryId: ID,
            number: 2,
            provider: 'smtp',
            outcome: 'accepted',
            reason: null,
            ...{ providerMessageId: 'queue-7', error: null },
            startedAt: at(4),
            endedAt: at(5),
          },
        ],
        receipts: [{ deliveryId: ID, provider: 'smtp', kind: 'delivered', reason: null, receivedAt: at(6) }],
      }),
    )
    expect(explained.timeline.map(({ what }) => what)).toEqual([
      ...['accepted', 'planned', 'delivery_planned', 'attempt_started', 'attempt_ended', 'attempt_started'],
      ...['attempt_ended', 'receipt', 'delivered', 'read'],
    ])
    expect(explained.channels.flatMap(({ deliveries }) => deliveries.flatMap(({ tries }) => tries))).toMatchObject([
      { number: 1, provider: 'smtp', error: '421 4.3.2 busy', providerMessageId: null, endedAt: at(3) },
      { number: 2, outcome: 'accepted', providerMessageId: 'queue-7', error: null },
    ])
    expect(explained.timeline[4]).toMatchObject({ channel: 'EMAIL', text: expect.stringContaining('had trouble') })
  })

  it('explains whatever planning may decide, each reason in words of its own', () => {
    fc.assert(
      fc.property(planInput, (input) => {
        const plan = planNotification(input)
        const deliveries = plan.deliveries.map(({ channel, step, status, reason, scheduledFor }) =>
          delivery({ channel, step, status, reason, scheduledFor: scheduledFor?.toISOString() ?? null }),
        )
        const explained = explanationSchema.parse(explainNotification(rows({ deliveries }, plan.decisions)))
        for (const { channel, why } of explained.channels) {
          expect(why.length, channel).toBeGreaterThan(0)
          for (const { text } of why) expect(text).not.toContain('No explanation')
        }
      }),
      { numRuns: 300 },
    )
  })
})
