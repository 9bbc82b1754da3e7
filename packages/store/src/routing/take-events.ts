import type { PlannedChunk, PlannedEvent, SavedChunk } from '@carillon/routing'
import type { PoolClient } from 'pg'
import { onlyRow, runStatement, toColumns } from '../run-statement.ts'
import { INSERT_EVENTS, TAKE_KNOWN_EVENTS } from '../sql/plan.ts'
import { eventKey } from './event-key.ts'

export interface TakenEvents {
  /** Keys of the events that may be planned: new ones, and those that came before with the same content. */
  readonly planned: ReadonlySet<string>
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
  const counts = new Map<string, number>()
  for (const { tenantId, eventId } of chunk.notifications) {
    const key = eventKey(tenantId, eventId)
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  const before = new Set(
    (await insertEvents(client, chunk.events, counts)).map(([tenantId, id]) => eventKey(tenantId, id)),
  )
  const inserted = new Set(chunk.events.map(keyOf)).difference(before)
  if (before.size === 0) return { planned: inserted, known: new Set(), conflicts: [], isWhole: true }
  const others = chunk.events.filter((event) => before.has(keyOf(event)))
  const rows = await takeKnownEvents(client, others)
  const same = new Set(rows.map(keyOf))
  const known = new Set(rows.filter(({ state }) => state !== 'CANCELLED').map(keyOf))
  return {
    planned: inserted.union(known),
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
  return eventKey(tenantId, id)
}

async function insertEvents(
  client: PoolClient,
  events: readonly PlannedEvent[],
  counts: ReadonlyMap<string, number>,
): Promise<readonly EventTuple[]> {
  const values = toColumns(events, [
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
  const { known } = onlyRow(await runStatement<{ known: readonly EventTuple[] | null }>(client, INSERT_EVENTS, values))
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
