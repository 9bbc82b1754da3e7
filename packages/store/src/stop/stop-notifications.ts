import type { StopRequest } from '@carillon/delivery'
import type { PoolClient } from 'pg'
import { listNotificationIds, listStubIds, type ReadEventTime } from '../notification-names.ts'
import { runStatement, toColumns } from '../run-statement.ts'
import { FIND_NOTIFICATIONS, READ_OR_LEAVE_STUBS, READ_READ_AT, STOP_NOTIFICATIONS } from '../sql/stop.ts'

/** The first of a stop's two statements: what was said of a notification, and whether it was new. */
export interface SaidOfNotification {
  readonly notificationId: string
  /** More than one where a read waits in stubs, because its name may mean either. */
  readonly ids: readonly string[]
  readonly recipientId: string
  readonly kind: StopRequest['kind']
  readonly at: Date
  readonly isChanged: boolean
}

interface Named {
  readonly place: number
  readonly request: StopRequest
}

export async function sayOfNotifications(
  client: PoolClient,
  requests: readonly StopRequest[],
  readEventTime: ReadEventTime,
): Promise<ReadonlyMap<number, SaidOfNotification>> {
  const named = requests.map((request, place) => ({ place, request }))
  const early = named.filter(({ request }) => mayLeaveStub(request))
  const others = named.filter(({ request }) => !mayLeaveStub(request))
  const said = await readOrLeaveStubs(client, early, readEventTime)
  for (const [place, one] of await stopKnown(client, others, readEventTime)) said.set(place, one)
  return said
}

function mayLeaveStub({ source, kind, userId }: StopRequest): boolean {
  return source === 'kafka' && kind === 'read' && userId !== undefined
}

interface SaidRow {
  readonly place: number
  readonly id: string
  readonly recipientId: string
  readonly kind: StopRequest['kind']
  readonly at: Date
  readonly isChanged: boolean
}

async function stopKnown(
  client: PoolClient,
  named: readonly Named[],
  readEventTime: ReadEventTime,
): Promise<Map<number, SaidOfNotification>> {
  const candidates = named.flatMap(({ place, request }) =>
    listNotificationIds(request, readEventTime).map((id) => ({ place, request, id })),
  )
  if (candidates.length === 0) return new Map()
  const values = toColumns(candidates, [
    (one) => one.place,
    (one) => one.id,
    (one) => one.request.tenantId,
    (one) => one.request.userId ?? null,
    (one) => one.request.kind,
    (one) => one.request.at?.toISOString() ?? null,
  ])
  const rows = await runStatement<SaidRow>(client, STOP_NOTIFICATIONS, values)
  return new Map(
    rows.map(({ place, id, recipientId, kind, at, isChanged }) => [
      place,
      { notificationId: id, ids: [id], recipientId, kind, at, isChanged },
    ]),
  )
}

async function readOrLeaveStubs(
  client: PoolClient,
  named: readonly Named[],
  readEventTime: ReadEventTime,
): Promise<Map<number, SaidOfNotification>> {
  if (named.length === 0) return new Map()
  const found = await findNotifications(client, named, readEventTime)
  const targets = named.flatMap(({ place, request }) => {
    const known = found.get(place)
    const ids = known === undefined ? listStubIds(request, readEventTime) : [known]
    return ids.map((id) => ({ place, request, id }))
  })
  const changed = new Set<string>()
  for (const round of splitByOwner(targets)) for (const id of await leaveReads(client, round)) changed.add(id)
  const rows = await runStatement<ReadAtRow>(client, READ_READ_AT, [targets.map((one) => one.id)])
  return describeReads(targets, rows, changed)
}

/** One statement may touch a row once, and a wrong record may name somebody else's notification beside its owner's. */
function splitByOwner(targets: readonly ReadTarget[]): ReadTarget[][] {
  const rounds: { owners: Map<string, string>; targets: ReadTarget[] }[] = []
  for (const target of targets) {
    const owner = JSON.stringify([target.request.tenantId, target.request.userId])
    const free = rounds.find(({ owners }) => (owners.get(target.id) ?? owner) === owner)
    const round = free ?? { owners: new Map<string, string>(), targets: [] }
    if (!free) rounds.push(round)
    round.owners.set(target.id, owner)
    round.targets.push(target)
  }
  return rounds.map((round) => round.targets)
}

async function leaveReads(client: PoolClient, targets: readonly ReadTarget[]): Promise<string[]> {
  const values = toColumns(targets, [
    (one) => one.id,
    (one) => one.request.tenantId,
    (one) => one.request.userId,
    (one) => one.request.at?.toISOString() ?? null,
  ])
  return (await runStatement<{ id: string }>(client, READ_OR_LEAVE_STUBS, values)).map((row) => row.id)
}

interface ReadTarget extends Named {
  readonly id: string
}

interface ReadAtRow {
  readonly id: string
  readonly tenantId: string
  readonly recipientId: string
  readonly at: Date
}

async function findNotifications(
  client: PoolClient,
  named: readonly Named[],
  readEventTime: ReadEventTime,
): Promise<ReadonlyMap<number, string>> {
  const candidates = named.flatMap(({ place, request }) =>
    listNotificationIds(request, readEventTime).map((id) => ({ place, request, id })),
  )
  const values = toColumns(candidates, [
    (one) => one.place,
    (one) => one.id,
    (one) => one.request.tenantId,
    (one) => one.request.userId ?? null,
  ])
  const rows = await runStatement<{ place: number; id: string }>(client, FIND_NOTIFICATIONS, values)
  return new Map(rows.map(({ place, id }) => [place, id]))
}

function describeReads(
  targets: readonly ReadTarget[],
  rows: readonly ReadAtRow[],
  changed: ReadonlySet<string>,
): Map<number, SaidOfNotification> {
  const stored = new Map(rows.map((row) => [row.id, row]))
  const said = new Map<number, SaidOfNotification>()
  for (const { place, request, id } of targets) {
    const row = stored.get(id)
    // Somebody else's: nothing was said of it.
    if (row?.tenantId !== request.tenantId || row.recipientId !== request.userId) continue
    const { notificationId = id, ids = [] } = said.get(place) ?? {}
    const { at, recipientId } = row
    said.set(place, { notificationId, ids: [...ids, id], recipientId, kind: 'read', at, isChanged: changed.has(id) })
  }
  return said
}
