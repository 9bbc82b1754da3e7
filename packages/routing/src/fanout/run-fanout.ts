import { CHUNK_PEOPLE_MAX, SENT_CHANNELS } from '@carillon/contracts'
import type { TemplateCatalogue } from '@carillon/templates'
import { describeProblems } from '../decode-event.ts'
import { nameLadders } from '../name-ladders.ts'
import { describeEvent, planPeople } from '../plan-events.ts'
import { type EventContent, nameTemplates, renderContent } from '../render-content.ts'
import type { RoutingPolicy } from '../route-events.ts'
import type { NotificationToSave, PlannedChunk } from '../routing-store.ts'
import { publishWakeUps, type WakeUpPublisher } from '../wake-ups.ts'
import type { FanoutLease, FanoutStore, ResolvedPeople, TakenFanout } from './fanout-store.ts'
import { createRoom, type Room, UNFINISHED_MAX } from './room.ts'

/**
 * room → resolve → load → plan → save → publish, chunk after chunk, until nobody is left. The row decides each time whether
 * there is another chunk: a pause, a cancel or another owner moves it, and then this one simply finds no row.
 */

export interface FanoutPorts {
  readonly store: FanoutStore
  readonly templates: TemplateCatalogue
  readonly publisher: WakeUpPublisher
  readonly onUnpublished: (error: unknown, wakeUps: number) => void
  readonly onChunk: (chunk: ObservedChunk) => void
  readonly rest: (ms: number) => Promise<void>
  /** False once the process is to end: the fan-out is then given back between two chunks. */
  readonly mayGoOn: () => boolean
}

export interface ObservedChunk {
  readonly fanoutId: string
  readonly eventId: string
  readonly people: number
  readonly notifications: number
  readonly deliveries: number
}

export type FanoutPolicy = Omit<RoutingPolicy, 'planMaxAgeMs'>

/** `lost`: paused, cancelled, or somebody else's by now. */
export type FanoutEnd = 'completed' | 'lost' | 'failed' | 'given_back'

const ASK_EVERY_MS = 250
/** Chunks that are smaller are not worth their statement. */
const CHUNK_PEOPLE_MIN = 25
const DELIVERIES_PER_PERSON_MAX = SENT_CHANNELS.length

type Resolved = Extract<ResolvedPeople, { ok: true }>
type Failure = Extract<ResolvedPeople, { ok: false }>

export async function runFanout(
  fanout: TakenFanout,
  lease: FanoutLease,
  ports: FanoutPorts,
  policy: FanoutPolicy,
): Promise<FanoutEnd> {
  const { store } = ports
  const total = fanout.total ?? (await store.countPeople(fanout))
  const room = createRoom(fanout.cursor === '' ? [] : await store.listUnfinished(fanout, UNFINISHED_MAX))
  for (let cursor = fanout.cursor; ; ) {
    if (!(await waitForRoom(room, lease, ports))) return 'lost'
    if (!ports.mayGoOn()) {
      await store.giveBack(lease, 0)
      return 'given_back'
    }
    const limit = Math.min(CHUNK_PEOPLE_MAX, Math.floor(room.free / DELIVERIES_PER_PERSON_MAX))
    const resolved = await store.resolvePeople(fanout, cursor, limit)
    if (!resolved.ok) return fail(lease, ports, resolved)
    const content = await findContent(fanout, ports)
    if (!content.ok) return fail(lease, ports, content)
    const saved = await saveChunk(fanout, lease, { ...resolved, from: cursor, total, content }, ports, policy)
    if (saved === undefined) return 'lost'
    const [conflict] = saved.conflicts
    if (conflict) return fail(lease, ports, { reason: 'id_conflict', detail: conflict.message })
    room.add(saved.wakeUps.map(({ deliveryId }) => deliveryId))
    if (resolved.isLast) return 'completed'
    cursor = resolved.cursor
  }
}

async function waitForRoom(room: Room, lease: FanoutLease, { store, rest, mayGoOn }: FanoutPorts): Promise<boolean> {
  while (room.free < CHUNK_PEOPLE_MIN * DELIVERIES_PER_PERSON_MAX && mayGoOn()) {
    const unfinished = await store.keepFanout(lease, room.list())
    if (unfinished === undefined) return false
    room.keep(unfinished)
    if (room.free < CHUNK_PEOPLE_MIN * DELIVERIES_PER_PERSON_MAX) await rest(ASK_EVERY_MS)
  }
  return true
}

interface ChunkToSave extends Resolved {
  readonly from: string
  readonly total: number
  readonly content: Content
}

type Content = Extract<EventContent, { ok: true }>

async function findContent({ event }: TakenFanout, { templates }: FanoutPorts): Promise<Content | Failure> {
  const content = renderContent(event.tenantId, event.event, await templates.findTemplates(nameTemplates([event])))
  return content.ok ? content : { ok: false, reason: content.reason, detail: describeProblems(content.problems) }
}

async function saveChunk(
  { event }: TakenFanout,
  lease: FanoutLease,
  { people, from, cursor: to, isLast, total, content }: ChunkToSave,
  { store, publisher, onUnpublished, onChunk }: FanoutPorts,
  policy: FanoutPolicy,
) {
  const { tenantId } = event
  const facts = await store.loadFacts({
    eventIds: [event.id],
    people: [...people].flatMap(([recipientId, inline]) =>
      inline && !inline.userId ? [] : [{ tenantId, recipientId }],
    ),
    countedFrom: policy.perUserHourlyMax,
    categories: event.event.category ? [{ tenantId, code: event.event.category }] : [],
    tenantIds: [tenantId],
    ladders: nameLadders([event]),
  })
  const notifications = planPeople(event, people, content, facts, policy).map(takeNormalLane).sort(byId)
  const chunk: PlannedChunk = { events: [describeEvent(event, null)], notifications }
  const saved = await store.saveChunk({ ...lease, from, to, isLast, total, people: people.size, chunk })
  if (saved === undefined || saved.conflicts.length > 0) return saved
  const { insertedNotifications, insertedDeliveries } = saved
  onChunk({
    fanoutId: lease.fanoutId,
    eventId: event.id,
    people: people.size,
    notifications: insertedNotifications,
    deliveries: insertedDeliveries,
  })
  const wakeUps = [...saved.wakeUps, ...saved.repeated]
  try {
    await store.recordPublished(await publishWakeUps(wakeUps, publisher))
  } catch (error) {
    onUnpublished(error, wakeUps.length)
  }
  return saved
}

/** A blast must not stand before a login code: only CRITICAL is that urgent. */
function takeNormalLane(notification: NotificationToSave): NotificationToSave {
  const { plan } = notification
  if (plan.notification.priority === 'CRITICAL') return notification
  return { ...notification, plan: { ...plan, notification: { ...plan.notification, lane: 'normal' } } }
}

function byId(a: NotificationToSave, b: NotificationToSave): number {
  return a.id < b.id ? -1 : 1
}

async function fail(
  lease: FanoutLease,
  { store }: FanoutPorts,
  { reason, detail }: Omit<Failure, 'ok'>,
): Promise<FanoutEnd> {
  await store.failFanout(lease, reason, detail)
  return 'failed'
}
