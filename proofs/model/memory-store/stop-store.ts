import { READ_TOPIC, type StopAnswer } from '@carillon/contracts'
import type { Stopped, StoppedDelivery, StopRequest, StopStore } from '@carillon/delivery'
import { type Announce, changeDelivery, type Memory, runAtomically } from './memory.ts'
import { listNotificationIds, listStubIds, type ReadEventTime } from './names.ts'
import { keep, keepOutcomes, readRecord } from './outbox.ts'
import type { StoredDelivery, StoredNotification } from './rows.ts'
import { byId } from './wake-ups.ts'

export function createMemoryStopStore(memory: Memory, announce: Announce, readEventTime: ReadEventTime): StopStore {
  async function stopNotifications(requests: readonly StopRequest[]): Promise<readonly (Stopped | undefined)[]> {
    const { said, deliveries, outcomes, reads } = runAtomically(memory, () => stopAll(memory, requests, readEventTime))
    if (outcomes) announce(outcomes)
    if (reads) announce(reads)
    return requests.map((_, place) => {
      const one = said.get(place)
      return one && toStopped(one, deliveries)
    })
  }
  return { stopNotifications, stopNotification: async (request) => (await stopNotifications([request]))[0] }
}

interface Said {
  readonly notificationId: string
  readonly ids: readonly string[]
  readonly recipientId: string
  readonly kind: StopRequest['kind']
  readonly at: number
  readonly isChanged: boolean
}

function stopAll(memory: Memory, requests: readonly StopRequest[], readEventTime: ReadEventTime) {
  const named = requests.map((request, place) => ({ place, request }))
  // Reads that may leave stubs go first, as one statement.
  const said = new Map([
    ...leaveReads(
      memory,
      named.filter((one) => mayLeaveStub(one.request)),
      readEventTime,
    ),
    ...sayOfKnown(
      memory,
      named.filter((one) => !mayLeaveStub(one.request)),
      readEventTime,
    ),
  ])
  const { deliveries, changed } = stopDeliveries(memory, listTargets(said))
  const reads = [...said].flatMap(([place, { notificationId, recipientId, kind, at, isChanged }]) => {
    const request = requests[place]
    if (kind !== 'read' || !isChanged || request?.source !== 'api') return []
    const readAt = new Date(at).toISOString()
    return [readRecord(request.tenantId, { notificationId, userId: recipientId, readAt })]
  })
  return { said, deliveries, outcomes: keepOutcomes(memory, changed), reads: keep(memory, READ_TOPIC, reads) }
}

function listTargets(said: ReadonlyMap<number, Said>): StopTarget[] {
  const targets = new Map<string, StopTarget>()
  for (const [, { ids, kind }] of [...said].sort(([a], [b]) => a - b))
    for (const id of ids) targets.set(`${id} ${kind}`, { id, kind })
  return [...targets.values()]
}

interface Named {
  readonly place: number
  readonly request: StopRequest
}

function mayLeaveStub({ source, kind, userId }: StopRequest): boolean {
  return source === 'kafka' && kind === 'read' && userId !== undefined
}

const SAID_AT = { read: 'readAt', cancel: 'cancelledAt', acknowledge: 'acknowledgedAt' } as const

/** Says it of notifications that were planned. What was said before stays; of what is said together, the earliest. */
function sayOfKnown(memory: Memory, named: readonly Named[], readEventTime: ReadEventTime): Map<number, Said> {
  const { tables } = memory
  const found = named.flatMap(({ place, request }) => {
    const known = findNamed(memory, request, readEventTime)
    return known && known.plannedAt !== null ? [{ place, request, known }] : []
  })
  const said = new Map<number, Said>()
  for (const { place, request, known } of found) {
    const { kind } = request
    const same = found.filter((one) => one.known.id === known.id && one.request.kind === kind)
    const saidAt = known[SAID_AT[kind]]
    const at = saidAt ?? Math.min(...same.map((one) => timeOf(memory, one.request)))
    const stored = tables.notifications.get(known.id) ?? known
    tables.notifications.set(known.id, { ...stored, [SAID_AT[kind]]: at })
    const isChanged = saidAt === null && same[0]?.place === place
    const { id: notificationId, recipientId } = known
    said.set(place, { notificationId, ids: [notificationId], recipientId, kind, at, isChanged })
  }
  return said
}

function findNamed({ tables }: Memory, request: StopRequest, readEventTime: ReadEventTime) {
  return listNotificationIds(request, readEventTime)
    .flatMap((id) => tables.notifications.get(id) ?? [])
    .find(
      ({ tenantId, recipientId }) => tenantId === request.tenantId && (request.userId ?? recipientId) === recipientId,
    )
}

function timeOf({ nowMs }: Memory, { at }: StopRequest): number {
  return Math.min(at?.getTime() ?? nowMs(), nowMs())
}

/** A read from Kafka may come before its notification: it leaves a stub (D7). */
function leaveReads(memory: Memory, named: readonly Named[], readEventTime: ReadEventTime): Map<number, Said> {
  const { tables, nowMs, removed } = memory
  const targets = named.flatMap(({ place, request }) => {
    const known = findNamed(memory, request, readEventTime)
    const ids = known ? [known.id] : listStubIds(request, readEventTime)
    return ids.map((id) => ({ place, request, id, before: tables.notifications.get(id) }))
  })
  const said = new Map<number, Said>()
  for (const { place, request, id, before } of targets) {
    const { tenantId, userId: recipientId = '' } = request
    if (!before && removed.has('D7 no stub')) continue
    const stored = tables.notifications.get(id) ?? createStub(id, tenantId, recipientId, nowMs())
    if (stored.tenantId !== tenantId || stored.recipientId !== recipientId) continue
    const same = targets.filter((one) => one.id === id && one.request.userId === recipientId)
    const at = before?.readAt ?? earliest(memory, same)
    tables.notifications.set(id, { ...stored, readAt: at })
    const { notificationId = id, ids = [] } = said.get(place) ?? {}
    const isChanged = (before?.readAt ?? null) === null
    said.set(place, { notificationId, ids: [...ids, id], recipientId, kind: 'read', at, isChanged })
  }
  return said
}

/** Of those that name a time; one that names none counts as now only when it is alone. */
function earliest(memory: Memory, named: readonly Named[]): number {
  const times = named.flatMap(({ request }) => (request.at ? [timeOf(memory, request)] : []))
  return Math.min(memory.nowMs(), ...times)
}

function createStub(id: string, tenantId: string, recipientId: string, createdAt: number): StoredNotification {
  return {
    id,
    tenantId,
    recipientId,
    eventId: null,
    groupId: null,
    category: null,
    priority: null,
    strategy: null,
    lane: null,
    title: null,
    message: null,
    metadata: null,
    contact: null,
    locale: null,
    stopOn: null,
    inInbox: false,
    traceparent: null,
    readAt: null,
    acknowledgedAt: null,
    cancelledAt: null,
    expiresAt: null,
    plannedAt: null,
    createdAt,
  }
}

export type StopKind = StopRequest['kind'] | 'delivered'

interface StopTarget {
  readonly id: string
  readonly kind: StopKind
}

interface StoppedRow {
  /** As it stood under the lock: that decides the answer. */
  readonly before: StoredDelivery
  readonly kind: StopKind
}

/** Ends what waits and marks what is in flight. Of two stops of one row, the first gives the reason. */
export function stopDeliveries(memory: Memory, targets: readonly StopTarget[]) {
  const { tables, nowMs } = memory
  const deliveries = targets.flatMap(({ id, kind }): StoppedRow[] =>
    [...tables.deliveries.values()]
      .filter((row) => row.notificationId === id && isStopped(row, kind))
      .map((before) => ({ before, kind })),
  )
  const firstOf = new Map(deliveries.toReversed().map((one) => [one.before.id, one]))
  const changed = [...firstOf.values()]
    .sort((a, b) => byId(a.before, b.before))
    .flatMap(({ before, kind }) => {
      if (before.status === 'SCHEDULED' || before.status === 'PENDING')
        return [changeDelivery(memory, before, { status: 'CANCELLED', dueAt: null, reason: REASONS[kind] })]
      if (before.status === 'SENDING' || before.status === 'UNKNOWN')
        return [changeDelivery(memory, before, { stopRequestedAt: before.stopRequestedAt ?? nowMs() })]
      return []
    })
  return { deliveries, changed }
}

const REASONS = { read: 'read', cancel: 'cancelled', acknowledge: 'acknowledged', delivered: 'delivered' } as const

function isStopped({ channel, stopOn }: StoredDelivery, kind: StopKind): boolean {
  if (channel === 'IN_APP') return false
  if (kind === 'cancel') return true
  if (kind === 'delivered') return stopOn === 'DELIVERED'
  return stopOn === 'READ' || (kind === 'acknowledge' && stopOn === 'ACKNOWLEDGED')
}

function toStopped({ notificationId, ids, kind, at, isChanged }: Said, rows: readonly StoppedRow[]): Stopped {
  const deliveries = rows
    .filter((row) => row.kind === kind && ids.includes(row.before.notificationId))
    .flatMap(({ before: { id, channel, status } }): StoppedDelivery[] => {
      const answer = ANSWERS[status]
      return answer ? [{ id, channel, answer }] : []
    })
  return { notificationId, at: new Date(at), isChanged, deliveries }
}

const ANSWERS: Partial<Record<StoredDelivery['status'], StopAnswer>> = {
  SCHEDULED: 'cancelled',
  PENDING: 'cancelled',
  SENDING: 'possibly_sent',
  UNKNOWN: 'possibly_sent',
  SENT: 'too_late',
  DELIVERED: 'too_late',
}
