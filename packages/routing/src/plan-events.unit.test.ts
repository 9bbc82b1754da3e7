import { mintEventId, normalizeEvent } from '@carillon/contracts'
import { describe, expect, it } from 'vitest'
import { fingerprintEvent } from './decode-event.ts'
import { planEvents } from './plan-events.ts'
import { requestFacts } from './route-events.ts'
import { type Facts, factKey } from './routing-store.ts'
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

const USER = {
  ...{ email: 'u1@example.com', phone: null, locale: null, timeZone: null },
  ...{ preferences: {}, hasPushToken: false },
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

function plan(events: readonly ReturnType<typeof event>[], given = facts) {
  const { rounds, refused } = planEvents(events, given, policy, new Map())
  return { rounds, refused, events: rounds[0]?.events ?? [], notifications: rounds[0]?.notifications ?? [] }
}

describe('planning a chunk of events', () => {
  it('plans the same event twice in a chunk once', () => {
    const plans = plan([event({}), event({})])
    expect(plans).toMatchObject({ rounds: [{ events: [{ id: 'e1' }] }], refused: [] })
    expect(plans.notifications).toHaveLength(1)
  })

  it('refuses an id that comes again with other content, and keeps the first', () => {
    const plans = plan([event({}), event({ message: 'other' })])
    expect(plans.notifications.map((one) => one.content.message)).toEqual(['hi'])
    expect(plans.refused).toMatchObject([{ reason: 'id_conflict' }])
  })

  it('leaves a notificationId that comes twice in a batch to the rows of the first, with equal content or other', () => {
    const named = (id: string, message: string) => event({ notificationId: 'order-1', message }, { id })
    const plans = plan([named('e1', 'hi'), named('e2', 'hi'), event({}, { id: 'e3' }), named('e4', 'other')])
    const rounds = plans.rounds.map((round) => round.events.map((one) => one.id))
    expect(rounds).toEqual([['e1', 'e3'], ['e2'], ['e4']])
    expect(plans.rounds.map((round) => round.notifications.length)).toEqual([2, 1, 1])
    expect(plans.refused).toEqual([])
  })

  it('keeps the people of an event together when another of the batch has named one of them', () => {
    const named = (id: string, recipientIds: string[]) => event({ notificationId: 'order-1', recipientIds }, { id })
    const plans = plan([named('e1', ['u1']), named('e2', ['u1', 'u2']), named('e3', ['u1', 'u2'])])
    const rounds = plans.rounds.map((round) =>
      round.notifications.map((one) => `${one.eventId} ${one.recipientId}`).sort(),
    )
    expect(rounds).toEqual([['e1 u1'], ['e2 u1', 'e2 u2'], ['e3 u1', 'e3 u2']])
  })

  it('refuses what is older than planMaxAge, by the time in an id of ours or else by its acceptance', () => {
    const old = new Date(NOW.getTime() - policy.planMaxAgeMs - 1)
    const ours = mintEventId('default', KEYS, old.getTime())
    const plans = plan([event({}, { id: ours }), event({}, { id: 'e2', acceptedAt: old })])
    expect(plans.refused.map((one) => one.reason)).toEqual(['too_old', 'too_old'])
    expect(plans.notifications).toEqual([])
  })

  it('names people once, with excluded ones left out, and keeps tenants apart', () => {
    const everybody = { recipientIds: ['u1', 'u1', 'u2', 'u3'], excludeIds: ['u3'] }
    const plans = plan([event(everybody), event(everybody, { tenantId: 'other' })])
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
    const ids = plan([many]).notifications.map((one) => one.id)
    expect(plan([many], { ...facts, now: new Date(NOW.getTime() + 1_000) }).notifications.map((one) => one.id)).toEqual(
      ids,
    )
    expect(ids).toEqual(ids.toSorted())
  })

  it('gives a bare message a title made from its type', () => {
    expect(plan([event({ type: 'EVENT_APPROVAL' })]).notifications[0]?.content.title).toBe('Event approval')
  })
})

it('counts within a batch too, and demotes what is over the hourly limit to the inbox', () => {
  const events = Array.from({ length: 5 }, (_, index) => event({ channels: ['EMAIL', 'IN_APP'] }, { id: `e${index}` }))
  const people = new Map([[factKey('default', 'u1'), { id: 'u1', sentLastHour: 98, user: USER }]])
  const { notifications } = plan(events, { ...facts, people })
  const byEvent = new Map(notifications.map((one) => [one.eventId, one.plan.deliveries]))
  const mails = [...byEvent].filter(([, deliveries]) =>
    deliveries.some(({ channel, status }) => channel === 'EMAIL' && status === 'PENDING'),
  )
  expect(mails.map(([id]) => id).sort()).toEqual(['e0', 'e1'])
  for (const deliveries of byEvent.values())
    expect(deliveries.some(({ channel, status }) => channel === 'IN_APP' && status === 'DELIVERED')).toBe(true)
})

it('asks for what a person had from where it matters, with what the batch itself brings', () => {
  const events = [event({}), event({}, { id: 'e2' }), event({ recipientIds: ['u1', 'u2'] }, { id: 'e3' })]
  expect(requestFacts(events, policy).countedFrom).toBe(98)
})

it('cuts a large batch into chunks that each hold their events and at most 1,000 people', () => {
  const recipientIds = Array.from({ length: 500 }, (_, index) => `u${index}`)
  const large = ['e1', 'e2', 'e3', 'e4', 'e5'].map((id) => event({ recipientIds }, { id }))
  const plans = plan([...large, event({ recipientIds: ['x'], excludeIds: ['x'] }, { id: 'none' })])
  const chunks = splitChunks(plans.events, plans.notifications)
  expect(chunks.map((chunk) => chunk.notifications.length)).toEqual([1_000, 1_000, 500])
  expect(chunks[0]?.events.map((one) => one.id)).toContain('none')
  for (const { events, notifications } of chunks)
    expect(new Set(notifications.map((one) => one.eventId))).toEqual(
      new Set(events.map((one) => one.id).filter((id) => id !== 'none')),
    )
})

it('leaves each event whole in one chunk, and each chunk in the order of its ids', () => {
  const people = (at: number) => Array.from({ length: 1 + (at % 7) }, (_, index) => `u${at} ${index}`)
  const many = Array.from({ length: 700 }, (_, at) => event({ recipientIds: people(at) }, { id: `e${at}` }))
  const plans = plan(many)
  const chunks = splitChunks(plans.events, plans.notifications)
  expect(chunks.flatMap((chunk) => chunk.events.map(({ id }) => id)).length).toBe(700)
  expect(chunks.flatMap((chunk) => chunk.notifications).length).toBe(plans.notifications.length)
  expect(chunks.length).toBe(3)
  for (const { notifications } of chunks) {
    const ids = notifications.map(({ id }) => id)
    expect(ids).toEqual(ids.toSorted())
    expect(ids.length).toBeLessThanOrEqual(1_000)
  }
})

it('leaves an event for more than 500 people to the fan-out, and plans nothing of it', () => {
  const recipientIds = Array.from({ length: 501 }, (_, index) => `u${index}`)
  const { rounds, fanouts } = planEvents([event({ recipientIds }), event({}, { id: 'e2' })], facts, policy, new Map())
  expect(fanouts.map(({ id }) => id)).toEqual(['e1'])
  expect(rounds.flatMap(({ events }) => events.map(({ id }) => id))).toEqual(['e2'])
})

it('what was accepted before a person was erased is planned for nobody, and what comes later is', () => {
  const person = { id: 'u1', sentLastHour: 0, erasedAt: new Date(NOW.getTime() - 1_000) }
  const erased = { ...facts, people: new Map([[factKey('default', 'u1'), person]]) }
  const before = event({}, { id: 'before', acceptedAt: new Date(NOW.getTime() - 2_000) })
  const planned = planEvents([before, event({}, { id: 'after' })], erased, policy, new Map())
  expect(JSON.stringify(planned).match(/"recipientId":"u1","eventId":"\w+"/g)).toEqual([
    '"recipientId":"u1","eventId":"after"',
  ])
})
