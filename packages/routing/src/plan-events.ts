import {
  deriveDeliveryId,
  deriveNotificationId,
  type InlineRecipient,
  type NotificationEvent,
  needsFanout,
  type Problem,
  readEventTime,
  recipientIdOf,
} from '@carillon/contracts'
import {
  type CategoryFacts,
  type PlanInput,
  planNotification,
  type RecipientFacts,
  type TenantFacts,
} from '@carillon/planning'
import { chooseLadders, findExperiment, ladderKey, type SavedLadders } from './choose-ladders.ts'
import { type DecodedEvent, describeProblems, type RefusedRecord } from './decode-event.ts'
import { type EventContent, renderContent, type Templates } from './render-content.ts'
import type { RoutingPolicy } from './route-events.ts'
import { type Facts, factKey, type NotificationToSave, type PlannedEvent } from './routing-store.ts'

export interface PlannedEvents {
  /** One after the other: events that give one notification the same name never stand in one round (D8). */
  readonly rounds: readonly PlannedRound[]
  /** Events for so many people that they are planned chunk by chunk, elsewhere. */
  readonly fanouts: readonly DecodedEvent[]
  readonly refused: readonly RefusedRecord[]
}

export interface PlannedRound {
  readonly events: readonly PlannedEvent[]
  readonly notifications: readonly NotificationToSave[]
}

interface OpenRound {
  readonly events: PlannedEvent[]
  readonly notifications: Map<string, NotificationToSave>
}

/** Pure: from decoded events and facts to the rows that they mean, unique by id (D8), too old ones refused (D13). */
export function planEvents(
  events: readonly DecodedEvent[],
  facts: Facts,
  policy: RoutingPolicy,
  templates: Templates,
): PlannedEvents {
  const rounds: OpenRound[] = []
  const fanouts: DecodedEvent[] = []
  const refused: RefusedRecord[] = []
  const byEventId = new Map<string, DecodedEvent>()
  const countSent = createCounter(facts)
  for (const event of events) {
    const tooOld = describeAge(event, facts.now, policy)
    const key = factKey(event.tenantId, event.id)
    const twin = byEventId.get(key)
    if (tooOld !== undefined) refused.push({ record: event.record, reason: 'too_old', message: tooOld })
    else if (twin && twin.fingerprint !== event.fingerprint) refused.push(conflict(event, `event id ${event.id}`))
    else if (!twin) {
      byEventId.set(key, event)
      const content = renderContent(event.tenantId, event.event, templates)
      const ladder = findLadderProblems(event, facts)
      if (!content.ok || ladder.length > 0) {
        const reason = content.ok ? 'ladder_unknown' : content.reason
        const problems = [...(content.ok ? [] : content.problems), ...ladder]
        refused.push({ record: event.record, reason, message: describeProblems(problems) })
      } else if (needsFanout(event.event)) fanouts.push(event)
      else addToRound(rounds, event, planPeople(event, namePeople(event.event), content, facts, policy, countSent))
    }
  }
  return { rounds: rounds.map(sortRound), fanouts, refused }
}

/**
 * A name that another event of the batch gave its notification is judged by the rows which that one leaves behind: the
 * answer must not depend on whether the two came in one batch.
 */
function addToRound(rounds: OpenRound[], event: DecodedEvent, planned: readonly NotificationToSave[]): void {
  const free = rounds.find(({ notifications }) => !planned.some(({ id }) => notifications.has(id)))
  const round: OpenRound = free ?? { events: [], notifications: new Map() }
  if (!free) rounds.push(round)
  round.events.push(describeEvent(event, planned.length))
  for (const notification of planned) round.notifications.set(notification.id, notification)
}

function sortRound({ events, notifications }: OpenRound): PlannedRound {
  return { events, notifications: [...notifications.values()].sort((a, b) => (a.id < b.id ? -1 : 1)) }
}

export function findLadderProblems(
  { tenantId, event: { ladderName } }: Pick<DecodedEvent, 'tenantId' | 'event'>,
  { ladders }: Facts,
): Problem[] {
  if (ladderName === undefined || ladders?.has(ladderKey('event', tenantId, ladderName))) return []
  return [{ path: 'ladderName', message: `there is no ladder ${ladderName}` }]
}

function conflict(event: DecodedEvent, name: string): RefusedRecord {
  return { record: event.record, reason: 'id_conflict', message: `${name} was used before with other content` }
}

function describeAge(
  { tenantId, id, acceptedAt, releasedAt }: DecodedEvent,
  now: Date,
  policy: RoutingPolicy,
): string | undefined {
  const bornAt = releasedAt ?? readEventTime(tenantId, id, policy.eventIdKeys) ?? acceptedAt
  const ageMs = now.getTime() - bornAt.getTime()
  if (ageMs <= policy.planMaxAgeMs) return undefined
  return `${releasedAt ? 'released' : 'accepted'} at ${bornAt.toISOString()}, more than ${Math.round(policy.planMaxAgeMs / 3_600_000)} h ago`
}

export function describeEvent(event: PlannableEvent, recipientCount: number | null): PlannedEvent {
  const { tenantId, id, fingerprint, acceptedAt, traceparent } = event
  const { type, category = 'general', cancelKey = null } = event.event
  return { tenantId, id, type, category, fingerprint, cancelKey, recipientCount, acceptedAt, traceparent }
}

export type PlannableEvent = Omit<DecodedEvent, 'record'>
export type NamedPeople = ReadonlyMap<string, InlineRecipient | undefined>

/** One event for these of its people. */
export function planPeople(
  decoded: PlannableEvent,
  people: NamedPeople,
  { contentFor }: Extract<EventContent, { ok: true }>,
  facts: Facts,
  policy: Omit<RoutingPolicy, 'planMaxAgeMs'>,
  countSent = createCounter(facts),
): NotificationToSave[] {
  const { tenantId, id: eventId, event, traceparent } = decoded
  const eventTime = event.notificationId ? undefined : readEventTime(tenantId, eventId, policy.eventIdKeys)
  const category = facts.categories.get(factKey(tenantId, event.category ?? '')) ?? plainCategory(event)
  const tenant = facts.tenants.get(tenantId) ?? PLAIN_TENANT
  const given = { event, category, tenant }
  const planned: NotificationToSave[] = []
  for (const [recipientId, inline] of people) {
    const key = factKey(tenantId, recipientId)
    const person = facts.people.get(key)
    if (person?.erasedAt && decoded.acceptedAt <= person.erasedAt) continue
    const content = contentFor(inline?.locale ?? person?.user?.locale ?? tenant.locale)
    const chosen = chooseLadders(given, facts.ladders ?? NO_LADDERS, tenantId, recipientId)
    const recipient: RecipientFacts = person ?? { id: recipientId }
    const input: PlanInput = {
      event: chosen.event,
      recipient: inline ? { ...recipient, inline } : recipient,
      category: chosen.category,
      tenant: chosen.tenant,
      ladderNames: chosen.ladderNames,
      servedChannels: facts.servedChannels,
      content,
      sentLastHour: countSent(key),
      policy,
      now: facts.now,
    }
    const plan = planNotification(input)
    const id = deriveNotificationId(tenantId, event.notificationId ?? eventId, recipientId, eventTime)
    const deliveryIds = plan.deliveries.map(({ channel, step }) => deriveDeliveryId(id, channel, step, 0))
    const experiment = findExperiment(chosen, plan.decisions)
    planned.push({ id, tenantId, recipientId, eventId, event, content, experiment, traceparent, plan, deliveryIds })
  }
  return planned
}

/** How many a person had in the last hour, by the `factKey`, those that this batch planned before among them. */
function createCounter({ people }: Facts): (key: string) => number {
  const planned = new Map<string, number>()
  return function countSent(key) {
    const before = planned.get(key) ?? 0
    planned.set(key, before + 1)
    return before + (people.get(key)?.sentLastHour ?? 0)
  }
}

/** Everybody the event names, once, with what it says of them; minus those it excludes. */
export function namePeople(event: NotificationEvent): Map<string, InlineRecipient | undefined> {
  const people = new Map<string, InlineRecipient | undefined>()
  for (const id of event.recipientIds ?? []) people.set(id, undefined)
  for (const recipient of event.recipients ?? []) people.set(recipientIdOf(recipient), recipient)
  for (const id of event.excludeIds ?? []) people.delete(id)
  return people
}

function plainCategory(event: NotificationEvent): CategoryFacts {
  return {
    code: event.category ?? 'general',
    mandatoryChannels: [],
    defaultChannels: [],
    ladder: null,
    preferences: null,
    usefulSeconds: null,
    atMostOnce: false,
  }
}

const NO_LADDERS: SavedLadders = new Map()
const PLAIN_TENANT: TenantFacts = { timeZone: null, locale: null, ladder: null, preferences: null }
