import { randomUUID } from 'node:crypto'
import type { PlannedChunk } from '@carillon/routing'
import type { Pool } from 'pg'
import { onlyRow, runStatement } from '../run-statement.ts'
import { cipherOf } from '../sealing/cipher-of.ts'
import { INSERT_NEW_PLANS } from '../sql/plan.ts'
import { sqlStateOf } from '../transaction.ts'
import { describeOutcomes, listDeliveries, listWakeUps } from './deliveries-to-save.ts'
import { planColumns } from './plan-columns.ts'
import type { FirstLookMs } from './routing-store.ts'
import type { SavedPlans } from './save-plans.ts'
import { countByEvent, eventColumns } from './take-events.ts'

const UNIQUE_VIOLATION = '23505'

interface InsertedRow {
  readonly deliveries: number
  readonly atMs: number
}

/** Undefined, and nothing is written, where any of it is there already, or has to wait for a lock of its own. */
export async function saveNewPlans(
  pool: Pool,
  chunk: PlannedChunk,
  firstLookMs: FirstLookMs,
): Promise<SavedPlans | undefined> {
  if (needsLocks(chunk)) return undefined
  const { events, notifications } = chunk
  const deliveries = listDeliveries(notifications)
  const outboxId = randomUUID()
  const inserted = await insertNew(pool, [
    ...planColumns(notifications, deliveries, cipherOf(pool)),
    ...[outboxId, firstLookMs.urgent / 1_000, firstLookMs.normal / 1_000],
    ...eventColumns(events, countByEvent(notifications)),
  ])
  if (inserted === undefined) return undefined
  return {
    wakeUps: listWakeUps(deliveries, []),
    repeated: [],
    conflicts: [],
    insertedNotifications: notifications.length,
    insertedDeliveries: inserted.deliveries,
    outbox: describeOutcomes(outboxId, deliveries, { stopped: null, atMs: inserted.atMs }),
    mustRepeat: false,
  }
}

/** Of a digest that it joins, or of the older one that it replaces. */
function needsLocks({ notifications }: PlannedChunk): boolean {
  return notifications.some(({ event, plan }) => event.collapseKey || plan.deliveries.some(({ digest }) => digest))
}

/** On a connection taken out by hand: the pool would throw it away for an error that is expected here. */
async function insertNew(pool: Pool, values: readonly unknown[]): Promise<InsertedRow | undefined> {
  const client = await pool.connect()
  try {
    const row = onlyRow(await runStatement<InsertedRow & Record<string, unknown>>(client, INSERT_NEW_PLANS, values))
    client.release()
    return row
  } catch (error) {
    const isThere = sqlStateOf(error) === UNIQUE_VIOLATION
    client.release(!isThere)
    if (isThere) return undefined
    throw error
  }
}
