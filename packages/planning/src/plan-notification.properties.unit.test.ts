import type { Channel } from '@carillon/contracts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isLadder } from './decide-ladder.ts'
import { decidePreference } from './decide-preference.ts'
import { decideWhen } from './decide-when.ts'
import { DECISION_CODES, isDecisionCode } from './decision-codes.ts'
import type { Plan, PlanInput, PlannedDelivery } from './plan.ts'
import { planInput } from './plan-input.fixture.ts'
import { planNotification } from './plan-notification.ts'

const NOISY: readonly Channel[] = ['SMS', 'PUSH', 'WHATSAPP']

function hold(promise: (input: PlanInput, plan: Plan) => void, numRuns = 2_000): void {
  fc.assert(
    fc.property(planInput, (input) => promise(input, planNotification(input))),
    { numRuns },
  )
}

function isSent({ status }: PlannedDelivery): boolean {
  return status === 'PENDING' || status === 'SCHEDULED' || status === 'DELIVERED'
}

/** The channels that the event itself names. */
function askedOf({ event }: PlanInput): readonly Channel[] {
  return event.channels ?? event.ladder?.map(({ channel }) => channel) ?? []
}

test('planning answers anything with a plan that can be stored', () => {
  hold((_input, { notification, deliveries, decisions }) => {
    expect(notification.expiresAt.getTime()).not.toBeNaN()
    for (const { scheduledFor, status, reason, expiresAt } of deliveries) {
      expect(expiresAt).toEqual(notification.expiresAt)
      expect(scheduledFor !== null).toBe(status === 'SCHEDULED')
      expect(scheduledFor?.getTime()).not.toBeNaN()
      expect(reason === null || isDecisionCode(reason)).toBe(true)
      if (status === 'SUPPRESSED' || status === 'EXPIRED') expect(reason).not.toBeNull()
    }
    for (const { code } of decisions) expect(isDecisionCode(code)).toBe(true)
    expect(JSON.parse(JSON.stringify(decisions))).toEqual(decisions)
  }, 5_000)
})

test('every documented reason occurs', () => {
  const seen = new Set<string>()
  fc.assert(
    fc.property(planInput, (input) => {
      for (const { code } of planNotification(input).decisions) seen.add(code)
    }),
    { numRuns: 20_000, seed: 7 },
  )
  expect(Object.keys(DECISION_CODES).filter((code) => !seen.has(code))).toEqual([])
})

test('the same input gives the same plan and is left as it was', () => {
  fc.assert(
    fc.property(planInput, (input) => {
      const before = JSON.stringify(input)
      const first = planNotification(input)
      expect(planNotification(input)).toEqual(first)
      expect(planNotification(structuredClone(input))).toEqual(first)
      expect(JSON.stringify(input)).toBe(before)
    }),
    { numRuns: 1_000 },
  )
})

test('an opted-out channel is never planned', () => {
  hold(({ recipient }, { deliveries }) => {
    for (const delivery of deliveries)
      if (isSent(delivery)) expect(recipient.suppressedChannels?.has(delivery.channel) ?? false).toBe(false)
  })
})

test('a channel that a preference switches off is planned only where the category is mandatory', () => {
  hold(({ recipient, category, tenant }, { deliveries }) => {
    for (const delivery of deliveries.filter(isSent)) {
      const { isOn } = decidePreference({
        channel: delivery.channel,
        category: category.code,
        person: recipient.user?.preferences ?? null,
        categoryDefaults: category.preferences,
        tenantDefaults: tenant.preferences,
      })
      expect(isOn || category.mandatoryChannels.includes(delivery.channel)).toBe(true)
    }
  })
})

test('CRITICAL always broadcasts: nothing of it waits', () => {
  fc.assert(
    fc.property(planInput, (input) => {
      const event = { ...input.event, notificationPriority: 'CRITICAL' as const }
      const { notification, deliveries } = planNotification({ ...input, event })
      expect(notification).toMatchObject({ strategy: 'BROADCAST', ladder: null, stopOn: null, lane: 'urgent' })
      expect(deliveries.filter(({ status }) => status === 'SCHEDULED')).toEqual([])
      expect(deliveries.filter(({ step }) => step !== 0)).toEqual([])
    }),
    { numRuns: 2_000 },
  )
})

test('there is at most one delivery for a channel and step', () => {
  hold((_input, { deliveries }) => {
    const places = deliveries.map(({ channel, step }) => `${channel} ${step}`)
    expect(new Set(places).size).toBe(places.length)
  })
})

test('each channel that the event names has a row, and a row that is not sent has its reason', () => {
  hold((input, { deliveries, decisions, notification }) => {
    for (const channel of askedOf(input)) {
      const rows = deliveries.filter((delivery) => delivery.channel === channel)
      expect(rows.length).toBeGreaterThan(0)
      for (const row of rows)
        if (!isSent(row)) expect(decisions).toContainEqual(expect.objectContaining({ channel, code: row.reason }))
    }
    for (const { channel } of notification.ladder ?? [])
      expect(decisions.some((decision) => decision.channel === channel)).toBe(true)
  })
})

test('the frozen ladder goes by the event, category and tenant alone, whoever is planned and whenever', () => {
  fc.assert(
    fc.property(planInput, planInput, (input, other) => {
      const { event, category, tenant } = input
      const { ladder } = planNotification(input).notification
      expect(planNotification({ ...other, event, category, tenant }).notification.ladder).toEqual(ladder)
      if (ladder === null) return
      const times = ladder.map(({ afterSeconds }) => afterSeconds)
      expect(times).toEqual(times.toSorted((a, b) => a - b))
      expect(ladder.length === 0 || isLadder(ladder)).toBe(true)
    }),
    { numRuns: 2_000 },
  )
})

test('a step has the channel and the time that the frozen ladder gives it', () => {
  hold(({ now, event }, { notification, deliveries }) => {
    for (const { channel, step, status, reason, scheduledFor } of deliveries) {
      const rung = notification.ladder?.[step]
      if (!rung || reason === 'not_on_ladder' || rung.channel !== channel) continue
      const isLater = rung.afterSeconds > 0 && status === 'SCHEDULED'
      if (isLater) expect(scheduledFor?.getTime()).toBe(now.getTime() + rung.afterSeconds * 1_000)
    }
    const offLadder = deliveries.filter(
      ({ channel, step }) => notification.ladder && notification.ladder[step]?.channel !== channel,
    )
    for (const { channel, reason } of offLadder)
      expect(reason === 'not_on_ladder' ? event.channels?.includes(channel) : channel === 'IN_APP').toBe(true)
  })
})

test('what waits is due before it expires and after now, and nothing is sent that has expired', () => {
  hold(({ now }, { deliveries }) => {
    for (const { status, scheduledFor, expiresAt } of deliveries) {
      if (status === 'PENDING' || status === 'DELIVERED') expect(expiresAt.getTime()).toBeGreaterThan(now.getTime())
      if (!scheduledFor) continue
      expect(scheduledFor.getTime()).toBeGreaterThan(now.getTime())
      expect(scheduledFor.getTime()).toBeLessThan(expiresAt.getTime())
    }
  })
})

test('nothing that makes noise is sent in quiet hours, but for CRITICAL and mandatory categories', () => {
  let held = 0
  hold(({ event, recipient: { user }, category, tenant, now }, { notification, deliveries }) => {
    for (const { channel, status, reason, scheduledFor } of deliveries) {
      const passes = event.notificationPriority === 'CRITICAL' || category.mandatoryChannels.includes(channel)
      const { expiresAt } = notification
      const ask = (at: Date) =>
        decideWhen({ channel, priority: event.notificationPriority, user, category, tenant, expiresAt, now: at })
      if (status === 'PENDING' && NOISY.includes(channel) && !passes) expect(ask(now).kind).toBe('now')
      if (reason !== 'quiet_hours' || !scheduledFor) continue
      held += 1
      expect(ask(scheduledFor).kind).toBe('now')
      expect(ask(new Date(scheduledFor.getTime() - 1)).kind).toBe('held')
    }
  }, 10_000)
  expect(held).toBeGreaterThan(20)
})

test('what is collected ends with a digest that comes after now and before it expires; never the inbox, never CRITICAL', () => {
  let collected = 0
  hold(({ event, category, now }, { deliveries }) => {
    for (const { channel, status, reason, digest, expiresAt } of deliveries) {
      expect(digest !== undefined).toBe(reason === 'in_digest')
      if (!digest) continue
      collected += 1
      expect(status).toBe('SUPPRESSED')
      expect(event.notificationPriority).not.toBe('CRITICAL')
      expect(channel).not.toBe('IN_APP')
      expect(category.mandatoryChannels).not.toContain(channel)
      expect(digest.endsAt.getTime()).toBeGreaterThan(now.getTime())
      expect(digest.endsAt.getTime()).toBeLessThan(expiresAt.getTime())
    }
  }, 5_000)
  expect(collected).toBeGreaterThan(20)
})

test('over the limit, only the inbox, mandatory categories and CRITICAL are left', () => {
  fc.assert(
    fc.property(planInput, (input) => {
      const { deliveries } = planNotification({ ...input, sentLastHour: 100 })
      if (input.event.notificationPriority === 'CRITICAL') return
      for (const { channel } of deliveries.filter(isSent))
        expect(channel === 'IN_APP' || input.category.mandatoryChannels.includes(channel)).toBe(true)
    }),
    { numRuns: 2_000 },
  )
})
