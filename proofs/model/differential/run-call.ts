import { deriveNotificationId, type OutboxRow } from '@carillon/contracts'
import { type DeliveryResult, MAX_RESENDS, type StopRequest } from '@carillon/delivery'
import { type EventRecord, type RefusedRecord, type RoutingPolicy, routeEvents } from '@carillon/routing'
import { shippedCatalogue } from '@carillon/templates'
import { buildEvent, PEOPLE } from '../catalogue.ts'
import type { StoredDelivery, Tables } from '../memory-store/rows.ts'
import { type Database, FIRST_LOOK_MS, type ProcessStores, TENANT } from '../stores.ts'
import type { Call, EventToRoute, ResultToRecord, StopToMake } from './calls.ts'
import { createLabels } from './canonical.ts'

export const ROUTING: RoutingPolicy = {
  usefulSecondsDefault: 72 * 3_600,
  perUserHourlyMax: 20,
  maxAttempts: { EMAIL: 4, SMS: 3, PUSH: 3, WHATSAPP: 3, IN_APP: 1 },
  planMaxAgeMs: 24 * 3_600_000,
  eventIdKeys: ['key of the model'],
}

/** One of the two databases, with what its ids are called and what it announced. */
export function createSubject(database: Database) {
  const announced: OutboxRow[] = []
  return { database, announced, labels: createLabels(), stores: database.open((row) => void announced.push(row)) }
}

export type Subject = ReturnType<typeof createSubject>

/** Runs the call; what it is about is picked by number from the tables before it. */
export async function runCall(
  { database, stores, labels }: Subject,
  call: Call,
  tables: Tables,
  nowMs: number,
): Promise<unknown> {
  const rows = sortRows(tables)
  const pickIds = (picks: readonly number[]) =>
    rows.length === 0 ? [] : [...new Set(picks.map((pick) => rows[pick % rows.length]?.id ?? ''))]
  switch (call.call) {
    case 'route':
      return route(stores, call.events, call.isPublished, nowMs)
    case 'stop':
      return stores.stops.stopNotifications(call.requests.map((one) => toStopRequest(one, nowMs)))
    case 'load':
      return stores.delivery.loadDeliveries(pickIds(call.picks))
    case 'claim': {
      const claims = pickIds(call.picks).map((id) => ({ id, addressHash: `hash ${id}`, provider: 'fake' }))
      return stores.delivery.claimDeliveries(claims, call.leaseMs)
    }
    case 'setAside': {
      const { dueInMs } = call
      return stores.delivery.setAside(
        pickIds(call.picks).map((id) =>
          dueInMs === null
            ? { id, status: 'SUPPRESSED', reason: 'no_address' }
            : { id, status: 'SCHEDULED', reason: 'breaker_open', dueInMs },
        ),
      )
    }
    case 'record':
      return stores.delivery.recordResults(uniqueById(call.results.flatMap((one) => toResult(one, rows))))
    case 'fire':
      return stores.clock.fireDue(1_000)
    case 'pull':
      return stores.clock.pullLadders(1_000)
    case 'nextDue':
      return (await stores.clock.readAgenda(5_000)).deliveries
    case 'takeOutbox':
      return (await stores.clock.takeOutbox(5_000, 1_000)).map(({ topic, records }) => ({ topic, records }))
    case 'deleteStubs':
      return stores.clock.deleteStubs(60_000, 1_000)
    case 'resolve': {
      const { resendAfterMs } = call
      return stores.clock.resolveUnknown(1_000, { maxResends: MAX_RESENDS, resendAfterMs })
    }
    case 'inspect': {
      const { unknownAfterMs } = call
      return stores.clock.inspectDispatches(1_000, { firstLookMs: FIRST_LOOK_MS, lookMsMax: 600_000, unknownAfterMs })
    }
    case 'recordPublished':
      return recordSome({ stores, labels }, call, tables)
    case 'deleteOutbox':
      return deleteOne({ stores, labels }, call.pick, tables)
    case 'person': {
      const person = PEOPLE[call.person]
      return person && database.savePerson({ ...person, preferences: call.isMailOff ? { email: false } : {} })
    }
    case 'advance':
      return undefined
  }
}

function sortRows({ deliveries }: Tables): StoredDelivery[] {
  return [...deliveries.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
}

async function route(
  { routing }: ProcessStores,
  events: readonly EventToRoute[],
  isPublished: boolean,
  nowMs: number,
): Promise<unknown> {
  const refused: RefusedRecord[] = []
  const published: unknown[] = []
  const batch = await routeEvents(
    events.map((event, offset) => toRecord(event, offset, nowMs)),
    {
      store: routing,
      publisher: {
        async publishMany(records) {
          if (!isPublished) throw new Error('no broker')
          published.push(...records)
          // By the record alone, because the order in which a store lists its wake-ups is its own affair.
          return records.map(({ value }) => ({ partition: value.length % 2, offset: 7 }))
        },
      },
      deadLetters: { send: async (letters) => void refused.push(...letters) },
      onUnpublished: () => undefined,
      templates: shippedCatalogue,
    },
    ROUTING,
  )
  return {
    batch,
    published,
    refused: refused.map(({ record: { offset }, reason, message }) => [offset, reason, message]),
  }
}

function toRecord({ kind, number, people, acceptedMsAgo }: EventToRoute, offset: number, nowMs: number): EventRecord {
  // The content must not depend on when it is sent, or every repetition would be a conflict.
  const event = buildEvent(kind, `event-${number}`, people, Math.ceil(nowMs / 60_000) * 60_000)
  return {
    topic: 'notification.events',
    partition: 0,
    offset,
    timestampMs: nowMs - acceptedMsAgo,
    value: new TextEncoder().encode(JSON.stringify(event)),
    tenantId: TENANT,
    acceptedAt: undefined,
    traceparent: undefined,
  }
}

function toStopRequest({ kind, event, person, name, isKafka, hasUser, atMs }: StopToMake, nowMs: number): StopRequest {
  const names = {
    event: `event-${event}`,
    id: deriveNotificationId(TENANT, `event-${event}`, person),
    producer: 'order-1',
  }
  return {
    kind,
    tenantId: TENANT,
    notificationId: names[name],
    source: isKafka ? 'kafka' : 'api',
    ...((hasUser || name !== 'id') && { userId: person }),
    ...(atMs !== null && { at: new Date(nowMs + atMs) }),
  }
}

function toResult(one: ResultToRecord, rows: readonly StoredDelivery[]): DeliveryResult[] {
  const row = rows[one.pick % Math.max(1, rows.length)]
  if (!row || row.fence - one.fencesBack < 1) return []
  const isAccepted = one.status === 'SENT'
  return [
    {
      id: row.id,
      tenantId: TENANT,
      channel: row.channel,
      fence: row.fence - one.fencesBack,
      status: one.status,
      dueInMs: one.dueInMs,
      attemptCount: row.attemptCount - (one.isUsed ? 0 : 1),
      outcome: isAccepted ? 'accepted' : 'unavailable',
      reason: isAccepted ? null : 'down',
      error: isAccepted ? null : 'no luck',
      provider: 'fake',
      providerMessageId: isAccepted ? `message ${row.id}` : null,
      suppressAddressHash: one.suppresses ? `hash ${row.recipientId}` : null,
      deadTokens: [],
    },
  ]
}

/** A worker has one answer to one hand-over. */
function uniqueById(results: readonly DeliveryResult[]): DeliveryResult[] {
  return [...new Map(results.map((result) => [result.id, result])).values()]
}

type Labelled = Pick<Subject, 'stores' | 'labels'>

/** What the clock says after it published some of a dispatch's wake-ups again. */
async function recordSome(
  { stores, labels }: Labelled,
  { pick, some }: { readonly pick: number; readonly some: number },
  { dispatches }: Tables,
): Promise<void> {
  const sorted = [...dispatches.values()].sort((a, b) => (labels.labelOf(a.id) < labels.labelOf(b.id) ? -1 : 1))
  const dispatch = sorted[pick % Math.max(1, sorted.length)]
  if (!dispatch) return
  const ids = dispatch.parts
    .flatMap((part) => part.ids)
    .sort()
    .slice(0, some + 1)
  await stores.clock.recordPublished([{ id: dispatch.id, parts: [{ partition: 1, lastOffset: 9, ids }] }])
}

async function deleteOne({ stores, labels }: Labelled, pick: number, { outbox }: Tables): Promise<void> {
  const content = ({ id: _id, ...row }: { readonly id: string }) => JSON.stringify(labels.toCanonical(row))
  const sorted = [...outbox.values()].sort((a, b) => (content(a) < content(b) ? -1 : 1))
  const row = sorted[pick % Math.max(1, sorted.length)]
  await stores.clock.deleteOutbox(row ? [row.id] : [])
}
