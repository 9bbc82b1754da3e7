import type { Lane } from '@carillon/contracts'
import type {
  AcceptedEvent,
  PlannedChunk,
  PublishedDispatch,
  RefusedEvent,
  RoutingStore,
  SavedChunk,
} from '@carillon/routing'
import type { Pool } from 'pg'
import { startFanouts } from '../fanout/start-fanouts.ts'
import { holdEvents } from '../held/hold-events.ts'
import { changeInboxes, ownersOf } from '../inbox/inbox-changes.ts'
import type { Announce } from '../outbox/outbox.ts'
import { recordPublished } from '../outbox/record-published.ts'
import { runStatement, toColumns } from '../run-statement.ts'
import { cipherOf } from '../sealing/cipher-of.ts'
import { INSERT_REFUSALS } from '../sql/plan.ts'
import { inTransaction, repeatConflicts } from '../transaction.ts'
import { loadFacts } from './load-facts.ts'
import { saveNewPlans } from './save-new-plans.ts'
import { type SavedPlans, savePlans } from './save-plans.ts'

export interface StorePorts {
  readonly pool: Pool
  readonly announce: Announce
  /** How long after a dispatch is written the clock first looks at it. */
  readonly firstLookMs?: FirstLookMs
}

export type FirstLookMs = Readonly<Record<Lane, number>>

export const FIRST_LOOK_MS: FirstLookMs = { urgent: 3_000, normal: 30_000 }

/** What comes again comes in numbers, after a rebalance or from a log that is read again: to try is in vain for a while. */
const CAREFUL_CHUNKS = 64

export function createRoutingStore({ pool, announce, firstLookMs = FIRST_LOOK_MS }: StorePorts): RoutingStore {
  let careful = 0

  async function saveChunk(chunk: PlannedChunk): Promise<SavedChunk> {
    if (careful > 0) careful -= 1
    else {
      const saved = await saveNewPlans(pool, chunk, firstLookMs)
      if (saved) return finish(announce, saved, [])
      careful = CAREFUL_CHUNKS
    }
    return saveWithoutConflicts(pool, announce, chunk, firstLookMs)
  }

  return {
    holdEvents: (events, acceptedAfterMs) => holdEvents(pool, events, acceptedAfterMs),
    loadFacts: (request) => repeatConflicts('load facts', () => loadFacts(pool, request)),
    savePlans: (chunk) =>
      changeInboxes(pool, ownersOf(chunk.notifications), () => repeatConflicts('save plans', () => saveChunk(chunk))),
    recordPublished: (dispatches: readonly PublishedDispatch[]) => recordPublished(pool, dispatches),
    startFanouts: (fanouts) =>
      repeatConflicts('start fan-outs', () =>
        inTransaction(pool, (client) => startFanouts(client, fanouts, cipherOf(pool))),
      ),
    async saveRefusals(refusals: readonly RefusedEvent[]) {
      const values = toColumns(refusals, [
        (event) => event.tenantId,
        (event) => event.id,
        (event) => event.type,
        (event) => event.category,
        (event) => event.fingerprint,
        (event) => event.reason,
        (event) => event.acceptedAt.toISOString(),
      ])
      return repeatConflicts('save refusals', () => runStatement<AcceptedEvent>(pool, INSERT_REFUSALS, values))
    },
  }
}

/** A repetition leaves out at least one event or finds room where a swept stub was, so it ends. */
async function saveWithoutConflicts(
  pool: Pool,
  announce: Announce,
  chunk: PlannedChunk,
  firstLookMs: FirstLookMs,
): Promise<SavedChunk> {
  const conflicts: SavedChunk['conflicts'][number][] = []
  for (let remaining = chunk; ; ) {
    const left = remaining
    const saved = await inTransaction(
      pool,
      (client) => savePlans(client, left, firstLookMs, cipherOf(pool)),
      (result) => !result.mustRepeat,
    )
    conflicts.push(...saved.conflicts)
    if (!saved.mustRepeat) return finish(announce, saved, conflicts)
    const isLeft = (tenantId: string, eventId: string) =>
      !saved.conflicts.some((one) => one.tenantId === tenantId && one.eventId === eventId)
    remaining = {
      events: remaining.events.filter((event) => isLeft(event.tenantId, event.id)),
      notifications: remaining.notifications.filter((one) => isLeft(one.tenantId, one.eventId)),
    }
  }
}

function finish(announce: Announce, saved: SavedPlans, conflicts: SavedChunk['conflicts']): SavedChunk {
  if (saved.outbox) announce(saved.outbox)
  const { wakeUps, repeated, insertedNotifications, insertedDeliveries } = saved
  return { wakeUps, repeated, conflicts, insertedNotifications, insertedDeliveries }
}
