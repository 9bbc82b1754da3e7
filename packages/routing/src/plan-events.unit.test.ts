import { mintEventId, normalizeEvent } from '@carillon/contracts'
import { describe, expect, it } from 'vitest'
import { fingerprintEvent } from './decode-event.ts'
import { planEvents } from './plan-events.ts'
import type { Facts } from './routing-store.ts'
import { splitChunks } from './split-chunks.ts'

const NOW = new Date('2026-11-21T12:00:00Z')
const KEYS = ['key'] as const
const policy = {
  usefulSecondsDefault: 259_200,
  perUserHourlyMax: 100,
  maxAttempts: { EMAIL: 4, SMS: 3, PUSH: 3, WHATSAPP: 3, IN_APP: 1 },
  planMaxAgeMs: 259_200_000,
  eventIdKeys: KEYS,
}
const facts: Facts = {
  now: NOW,
  people: new Map(),
  categories: new Map(),
  tenants: new Map(),
  servedChannels: new Set(['EMAIL', 'IN_APP']),
}

function event(change: Record<string, unknown>, { id = 'e1', tenantId = 'default', acceptedAt = NOW } = {}) {
  const normalized = normalizeEvent({ type: 'X', message: 'hi', recipientIds: ['u1'], ...change }, acceptedAt)
  if (!normalized.ok) throw new Error(JSON.stringify(normalized.problems))
  const record = {
    topic: 't',
    partition: 0,
    offset: 0,
    timestampMs: 0,
    value: null,
    tenantId,
    acceptedAt: undefined,
    traceparent: undefined,
  }
  return {
    record,
    tenantId,
    id,
    event: normalized.event,
    fingerprint: fingerprintEvent(normalized.event),
    acceptedAt,
    traceparent: null,
  }
}

describe('planning a chunk of events', () => {
  it('plans the same event twice in a chunk once', () => {
    const plans = planEvents([event({}), event({})], facts, policy)
    expect(plans).toMatchObject({ events: [{ id: 'e1' }], refused: [] })
    expect(plans.notifications).toHaveLength(1)
  })

  it('refuses an id that comes again with other content, and keeps the first', () => {
    const plans = planEvents([event({}), event({ message: 'other' })], facts, policy)
    expect(plans.notifications.map((one) => one.message)).toEqual(['hi'])
    expect(plans.refused).toMatchObject([{ reason: 'id_conflict' }])
  })

  it('counts one notificationId with equal content once, whatever the event ids are', () => {
    const named = (id: string) => event({ notificationId: 'order-1' }, { id })
    const plans = planEvents([named('e1'), named('e2')], facts, policy)
    expect(plans.notifications).toHaveLength(1)
    expect(plans.refused).toEqual([])
  })

  it('refuses one notificationId with other content', () => {
    const plans = planEvents(
      [event({ notificationId: 'n' }, { id: 'e1' }), event({ notificationId: 'n', message: 'other' }, { id: 'e2' })],
      facts,
      policy,
    )
    expect(plans.refused).toMatchObject([{ reason: 'id_conflict' }])
  })

  it('refuses what is older than planMaxAge, by the time in an id of ours or else by its acceptance', () => {
    const old = new Date(NOW.getTime() - policy.planMaxAgeMs - 1)
    const ours = mintEventId('default', KEYS, old.getTime())
    const plans = planEvents([event({}, { id: ours }), event({}, { id: 'e2', acceptedAt: old })], facts, policy)
    expect(plans.refused.map((one) => one.reason)).toEqual(['too_old', 'too_old'])
    expect(plans.notifications).toEqual([])
  })

  it('names people once, with excluded ones left out, and keeps tenants apart', () => {
    const everybody = { recipientIds: ['u1', 'u1', 'u2', 'u3'], excludeIds: ['u3'] }
    const plans = planEvents([event(everybody), event(everybody, { tenantId: 'other' })], facts, policy)
    expect(plans.notifications.map((one) => `${one.tenantId} ${one.recipientId}`).toSorted()).toEqual([
      'default u1',
      'default u2',
      'other u1',
      'other u2',
    ])
    expect(new Set(plans.notifications.map((one) => one.id)).size).toBe(4)
  })

  it('derives the same ids for an event that is planned again, in id order', () => {
    const many = event({ recipientIds: Array.from({ length: 50 }, (_, index) => `u${index}`) })
    const ids = planEvents([many], facts, policy).notifications.map((one) => one.id)
    expect(
      planEvents([many], { ...facts, now: new Date(NOW.getTime() + 1_000) }, policy).notifications.map((one) => one.id),
    ).toEqual(ids)
    expect(ids).toEqual(ids.toSorted())
  })

  it('gives a bare message a title made from its type', () => {
    expect(planEvents([event({ type: 'EVENT_APPROVAL' })], facts, policy).notifications[0]?.title).toBe(
      'Event approval',
    )
  })
})

it('cuts a large event into chunks that each hold the event and at most 1,000 people', () => {
  const recipientIds = Array.from({ length: 2_500 }, (_, index) => `u${index}`)
  const plans = planEvents(
    [event({ recipientIds }), event({ recipientIds: ['x'], excludeIds: ['x'] }, { id: 'none' })],
    facts,
    policy,
  )
  const chunks = splitChunks(plans.events, plans.notifications)
  expect(chunks.map((chunk) => chunk.notifications.length)).toEqual([1_000, 1_000, 500])
  expect(chunks.map((chunk) => chunk.events.map((one) => one.id))).toEqual([['e1', 'none'], ['e1'], ['e1']])
})
