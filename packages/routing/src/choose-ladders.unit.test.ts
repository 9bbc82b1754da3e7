import { normalizeEvent } from '@carillon/contracts'
import { expect, it } from 'vitest'
import { chooseLadders, type LadderFacts, ladderKey } from './choose-ladders.ts'
import { fingerprintEvent } from './decode-event.ts'
import { planEvents } from './plan-events.ts'
import type { Facts } from './routing-store.ts'

const NOW = new Date('2026-11-21T12:00:00Z')
const slow = [
  { channel: 'IN_APP', afterSeconds: 0 },
  { channel: 'EMAIL', afterSeconds: 600 },
] as const
const fast = [
  { channel: 'IN_APP', afterSeconds: 0 },
  { channel: 'EMAIL', afterSeconds: 60 },
] as const
const experiment = { name: 'sooner', percent: 20, ladder: 'fast', steps: fast }
const policy = {
  usefulSecondsDefault: 259_200,
  perUserHourlyMax: 100,
  maxAttempts: { EMAIL: 4, SMS: 3, PUSH: 3, WHATSAPP: 3, IN_APP: 1 },
  planMaxAgeMs: 259_200_000,
  eventIdKeys: ['key'] as const,
}

function plan(change: Record<string, unknown>, ladders: ReadonlyMap<string, LadderFacts>, people = ['ann']) {
  const facts: Facts = {
    now: NOW,
    people: new Map(),
    categories: new Map(),
    tenants: new Map(),
    servedChannels: new Set(['EMAIL', 'IN_APP']),
    ladders,
  }
  const normalized = normalizeEvent({ type: 'X', message: 'hi', recipientIds: people, ...change }, NOW)
  if (!normalized.ok) throw new Error(JSON.stringify(normalized.problems))
  const { event } = normalized
  const record = { topic: 't', partition: 0, offset: 0, timestampMs: 0, value: null, tenantId: undefined }
  const decoded = {
    record: { ...record, acceptedAt: undefined, traceparent: undefined },
    ...{
      tenantId: 'default',
      id: 'e1',
      event,
      fingerprint: fingerprintEvent(event),
      acceptedAt: NOW,
      traceparent: null,
    },
  }
  const { rounds, refused } = planEvents([decoded], facts, policy, new Map())
  return { notifications: rounds[0]?.notifications ?? [], refused }
}

const saved = (kind: 'event' | 'category' | 'tenant', key: string, one: LadderFacts) =>
  new Map([[ladderKey(kind, 'default', key), one]])

it('an event climbs the saved ladder that it names, and the decision says which', () => {
  const ladders = saved('event', 'slow', { name: 'slow', steps: slow, experiment: null })
  const [notification] = plan({ ladder: 'slow' }, ladders).notifications
  expect(notification?.plan.notification).toMatchObject({ strategy: 'ESCALATION', ladder: slow })
  expect(notification?.plan.decisions).toContainEqual(
    expect.objectContaining({ code: 'ladder_of_event', detail: 'slow' }),
  )
  expect(notification?.experiment).toBeNull()
})

it('an event that names a ladder that nobody saved is refused', () => {
  const { notifications, refused } = plan({ ladder: 'nowhere' }, new Map())
  expect(notifications).toEqual([])
  expect(refused).toMatchObject([{ reason: 'ladder_unknown', message: 'ladderName: there is no ladder nowhere' }])
})

it('each kind of saved ladder stands where its name stood', () => {
  const one: LadderFacts = { name: 'slow', steps: slow, experiment: null }
  const climbed = (kind: 'category' | 'tenant', key: string) =>
    plan({ deliveryStrategy: 'ESCALATION' }, saved(kind, key, one)).notifications[0]?.plan.notification.ladder
  expect(climbed('category', 'general')).toEqual(slow)
  expect(climbed('tenant', '')).toEqual(slow)
  expect(climbed('category', 'another')).not.toEqual(slow)
})

it('an experiment sends its share of the people up the other ladder, always the same ones, and freezes which', () => {
  const groups = [0, 1, 2, 3].map((group) => Array.from({ length: 500 }, (_, index) => `user-${group}-${index}`))
  const ladders = saved('event', 'slow', { name: 'slow', steps: slow, experiment })
  const planAll = () => groups.flatMap((people) => plan({ ladder: 'slow' }, ladders, people).notifications)
  const sides = () => planAll().map((one) => [one.recipientId, one.experiment])
  const first = sides()
  expect(sides()).toEqual(first)
  const others = first.filter(([, side]) => side === 'sooner:b').length
  expect(others).toBeGreaterThan(2_000 * 0.16)
  expect(others).toBeLessThan(2_000 * 0.24)
  for (const one of planAll()) expect(one.plan.notification.ladder).toEqual(one.experiment === 'sooner:b' ? fast : slow)
})

it('another experiment mixes the people anew', () => {
  const sideOf = (name: string, user: string) =>
    chooseLadders(
      { event: { type: 'X', notificationPriority: 'MEDIUM', ladderName: 'slow' }, category: plain, tenant: nobody },
      saved('event', 'slow', { name: 'slow', steps: slow, experiment: { ...experiment, name, percent: 50 } }),
      'default',
      user,
    )
      .experiments.get('ladder_of_event')
      ?.at(-1)
  const people = Array.from({ length: 400 }, (_, index) => `user-${index}`)
  const same = people.filter((user) => sideOf('one', user) === sideOf('two', user)).length
  expect(same).toBeGreaterThan(120)
  expect(same).toBeLessThan(280)
})

it('a message that climbs no ladder is part of no experiment', () => {
  const ladders = saved('event', 'slow', { name: 'slow', steps: slow, experiment })
  const [critical] = plan({ ladder: 'slow', notificationPriority: 'CRITICAL' }, ladders).notifications
  expect([critical?.plan.notification.strategy, critical?.experiment]).toEqual(['BROADCAST', null])
})

const plain = {
  ...{ code: 'general', mandatoryChannels: [], defaultChannels: [], ladder: null, preferences: null },
  ...{ usefulSeconds: null, atMostOnce: false },
}
const nobody = { timeZone: null, locale: null, ladder: null, preferences: null }
