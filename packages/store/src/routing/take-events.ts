import { factKey, type PlannedChunk, type PlannedEvent, type SavedChunk } from '@carillon/routing'
import type { PoolClient } from 'pg'
import { onlyRow, runStatement, toColumns } from '../run-statement.ts'
import { INSERT_EVENTS, TAKE_KNOWN_EVENTS } from '../sql/plan.ts'

export interface TakenEvents {
  /** Those may be planned that are new, and those that came before with the same content. */
  readonly isPlanned: (tenantId: string, id: string) => boolean
  /** Those of them that came before, so that their rows do not count this chunk's notifications yet. */
  readonly known: ReadonlySet<string>
  readonly conflicts: SavedChunk['conflicts']
  /** Every event of the chunk is planned. */
  readonly isWhole: boolean
}

interface EventKeyRow {
  readonly tenantId: string
  readonly id: string
}

type EventTuple = readonly [tenantId: string, id: string]

interface KnownEventRow extends EventKeyRow {
  readonly state: string
}

export async function takeEvents(client: PoolClient, chunk: PlannedChunk): Promise<TakenEvents> {
  const columns = eventColumns(chunk.events, countByEvent(chunk.notifications))
  const before = new Set((await insertEvents(client, columns)).map(([tenantId, id]) => factKey(tenantId, id)))
  if (before.size === 0) return { isPlanned: () => true, known: before, conflicts: [], isWhole: true }
  const others = chunk.events.filter((event) => before.has(keyOf(event)))
  const rows = await takeKnownEvents(client, others)
  const same = new Set(rows.map(keyOf))
  const known = new Set(rows.filter(({ state }) => state !== 'CANCELLED').map(keyOf))
  return {
    isPlanned: (tenantId, id) => !before.has(factKey(tenantId, id)) || known.has(factKey(tenantId, id)),
    known,
    isWhole: known.size === others.length,
    conflicts: others
      .filter((event) => !same.has(keyOf(event)))
      .map(({ tenantId, id }) => ({
        tenantId,
        eventId: id,
        message: `event id ${id} was used before with other content`,
      })),
  }
}

function keyOf({ tenantId, id }: EventKeyRow): string {
  return factKey(tenantId, id)
}

/** How many notifications each event has in a chunk, by its key. */
export function countByEvent(notifications: PlannedChunk['notifications']): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const { tenantId, eventId } of notifications) {
    const key = factKey(tenantId, eventId)
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return counts
}

/** The columns of an event's row, as both statements that insert some take them. */
export function eventColumns(events: readonly PlannedEvent[], counts: ReadonlyMap<string, number>): unknown[][] {
  return toColumns(events, [
    (event) => event.tenantId,
    (event) => event.id,
    (event) => event.type,
    (event) => event.category,
    (event) => event.fingerprint,
    (event) => event.cancelKey,
    (event) => event.recipientCount,
    (event) => counts.get(keyOf(event)) ?? 0,
    (event) => event.acceptedAt.toISOString(),
    (event) => event.traceparent,
  ])
}

async function insertEvents(client: PoolClient, columns: readonly unknown[][]): Promise<readonly EventTuple[]> {
  const { known } = onlyRow(await runStatement<{ known: readonly EventTuple[] | null }>(client, INSERT_EVENTS, columns))
  return known ?? []
}

async function takeKnownEvents(client: PoolClient, events: readonly PlannedEvent[]): Promise<KnownEventRow[]> {
  if (events.length === 0) return []
  const values = toColumns(events, [
    (event) => event.tenantId,
    (event) => event.id,
    (event) => event.type,
    (event) => event.category,
    (event) => event.fingerprint,
    (event) => event.recipientCount,
    (event) => event.acceptedAt.toISOString(),
  ])
  return runStatement<KnownEventRow>(client, TAKE_KNOWN_EVENTS, values)
}
