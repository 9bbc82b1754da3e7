import { type DeadLetterReason, type EventIdKeys, needsFanout } from '@carillon/contracts'
import type { PlanningPolicy } from '@carillon/planning'
import type { TemplateCatalogue } from '@carillon/templates'
import { type DecodedEvent, decodeEvent, type RefusedRecord } from './decode-event.ts'
import type { EventRecord } from './event-record.ts'
import { startFanouts } from './fanout/start-fanouts.ts'
import { holdEvents } from './held/hold-events.ts'
import { nameLadders } from './name-ladders.ts'
import { planEvents } from './plan-events.ts'
import { nameTemplates } from './render-content.ts'
import { type FactsRequest, factKey, type PlannedChunk, type RoutingStore, type SavedChunk } from './routing-store.ts'
import { splitChunks } from './split-chunks.ts'
import { publishWakeUps, type WakeUpPublisher } from './wake-ups.ts'

export interface RoutingPorts {
  readonly store: RoutingStore
  readonly templates: TemplateCatalogue
  readonly publisher: WakeUpPublisher
  /** Resolves once the letters are in the log: only then may the offsets of their sources be committed. */
  readonly deadLetters: { send(refused: readonly RefusedRecord[]): Promise<void> }
  /** The rows are committed and watched by their dispatches; this wakes nobody up but the operator. */
  readonly onUnpublished: (error: unknown, wakeUps: number) => void
}

export interface RoutingPolicy extends PlanningPolicy {
  readonly planMaxAgeMs: number
  readonly eventIdKeys: EventIdKeys
}

export interface RoutedBatch {
  readonly planned: number
  readonly refused: number
  readonly notifications: number
  readonly deliveries: number
  readonly repeated: number
  readonly fanouts: number
  readonly held: number
  readonly cancelled: number
}

/**
 * decode → hold → load → plan → save → publish → dead-letter. Doing a batch again adds nothing: the rows that are there stay as
 * they are, and what is still PENDING among them is published again at once.
 */
export async function routeEvents(
  records: readonly EventRecord[],
  ports: RoutingPorts,
  policy: RoutingPolicy,
): Promise<RoutedBatch> {
  const decoded = records.map(decodeEvent)
  const refused = decoded.flatMap((one) => (one.ok ? [] : [one.refused]))
  const apart = await holdEvents(
    decoded.flatMap((one) => (one.ok ? [one.event] : [])),
    ports.store,
    policy,
  )
  const { events, held, cancelled } = apart
  refused.push(...apart.refused)
  const totals = { held, cancelled, planned: 0, notifications: 0, deliveries: 0, repeated: 0, fanouts: 0 }
  if (events.length > 0) {
    const [facts, templates] = await Promise.all([
      ports.store.loadFacts(requestFacts(events, policy)),
      ports.templates.findTemplates(nameTemplates(events)),
    ])
    const plans = planEvents(events, facts, policy, templates)
    refused.push(...(await saveRefusals(plans.refused, events, ports.store)))
    refused.push(...findConflicts(await startFanouts(plans.fanouts, ports), events))
    const chunks = plans.rounds.flatMap((round) => splitChunks(round.events, round.notifications))
    for (const chunk of chunks) {
      const saved = await saveChunk(chunk, ports)
      refused.push(...findConflicts(saved, events))
      totals.notifications += saved.insertedNotifications
      totals.deliveries += saved.insertedDeliveries
      totals.repeated += saved.repeated.length
    }
    totals.fanouts = plans.fanouts.length
    totals.planned = plans.rounds.reduce((sum, round) => sum + round.events.length, 0)
  }
  if (refused.length > 0) await ports.deadLetters.send(refused)
  return { ...totals, refused: refused.length }
}

export function requestFacts(
  events: readonly DecodedEvent[],
  { perUserHourlyMax }: Pick<RoutingPolicy, 'perUserHourlyMax'>,
): FactsRequest {
  const direct = events.filter(({ event }) => !needsFanout(event))
  const people = direct.flatMap(({ tenantId, event }) =>
    [...(event.recipientIds ?? []), ...(event.recipients ?? []).flatMap((one) => one.userId ?? [])].map(
      (recipientId) => ({ tenantId, recipientId }),
    ),
  )
  return {
    eventIds: direct.map(({ id }) => id),
    people,
    // The batch itself may bring so many that the stored ones matter before there are as many as the limit.
    countedFrom: perUserHourlyMax - countMost(people) + 1,
    categories: direct.flatMap(({ tenantId, event }) => (event.category ? [{ tenantId, code: event.category }] : [])),
    tenantIds: [...new Set(events.map((event) => event.tenantId))],
    ladders: nameLadders(events),
  }
}

/** How many of the batch are for one person, at most. */
function countMost(people: FactsRequest['people']): number {
  const counts = new Map<string, number>()
  let most = 0
  for (const { tenantId, recipientId } of people) {
    const key = factKey(tenantId, recipientId)
    const count = (counts.get(key) ?? 0) + 1
    counts.set(key, count)
    if (count > most) most = count
  }
  return most
}

async function saveChunk(chunk: PlannedChunk, ports: RoutingPorts): Promise<SavedChunk> {
  const saved = await ports.store.savePlans(chunk)
  const wakeUps = [...saved.wakeUps, ...saved.repeated]
  try {
    await ports.store.recordPublished(await publishWakeUps(wakeUps, ports.publisher))
  } catch (error) {
    ports.onUnpublished(error, wakeUps.length)
  }
  return saved
}

const STORED_REASONS: readonly DeadLetterReason[] = ['template_unknown', 'template_not_filled', 'ladder_unknown']

/**
 * Answers with what is refused now. An event that was planned while its template or ladder was another one is not: both are
 * frozen in its rows, and reading it from the log once more says nothing new.
 */
async function saveRefusals(
  refused: readonly RefusedRecord[],
  events: readonly DecodedEvent[],
  store: RoutingStore,
): Promise<readonly RefusedRecord[]> {
  const reasons = new Map(refused.map((one) => [one.record, one.reason]))
  const refusals = events.flatMap(({ record, tenantId, id, event, fingerprint, acceptedAt }) => {
    const reason = reasons.get(record)
    // The row of a conflicting id belongs to the event that had it first.
    if (reason === undefined || reason === 'id_conflict') return []
    return [{ tenantId, id, type: event.type, category: event.category ?? 'general', fingerprint, reason, acceptedAt }]
  })
  if (refusals.length === 0) return refused
  const accepted = new Set((await store.saveRefusals(refusals)).map((one) => factKey(one.tenantId, one.id)))
  if (accepted.size === 0) return refused
  const acceptedRecords = new Set(
    events.filter(({ tenantId, id }) => accepted.has(factKey(tenantId, id))).map(({ record }) => record),
  )
  return refused.filter(({ record, reason }) => !STORED_REASONS.includes(reason) || !acceptedRecords.has(record))
}

function findConflicts(saved: Pick<SavedChunk, 'conflicts'>, events: readonly DecodedEvent[]): RefusedRecord[] {
  return saved.conflicts.flatMap(({ tenantId, eventId, message }) => {
    const source = events.find((event) => event.tenantId === tenantId && event.id === eventId)
    return source ? [{ record: source.record, reason: 'id_conflict' as const, message }] : []
  })
}
