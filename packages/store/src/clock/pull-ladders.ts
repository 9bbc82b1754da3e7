import { randomUUID } from 'node:crypto'
import type { Pool, PoolClient } from 'pg'
import { type Announce, announceOutcomes, type OutcomeTuple } from '../outbox/outbox.ts'
import { onlyRow, runStatement } from '../run-statement.ts'
import { FIND_DELIVERED_RUNGS, FIND_ENDED_RUNGS, LOCK_NOTIFICATIONS, PULL_LADDERS } from '../sql/clock.ts'
import { STOP_DELIVERIES } from '../sql/stop.ts'
import { inTransaction, repeatConflicts } from '../transaction.ts'

interface NotificationIdRow {
  readonly notificationId: string
}

interface StoppedRow {
  readonly outcome: OutcomeTuple | null
}

/** Answers how many rungs became due. Notifications that somebody else holds are left for the next round. */
export async function pullLadders(pool: Pool, announce: Announce, limit: number): Promise<number> {
  const outboxId = randomUUID()
  const { pulled, stopped } = await repeatConflicts('pull ladders', () => pullOnce(pool, limit, outboxId))
  announceOutcomes(announce, outboxId, stopped)
  return pulled
}

async function pullOnce(pool: Pool, limit: number, outboxId: string) {
  const ended = await runStatement<NotificationIdRow>(pool, FIND_ENDED_RUNGS, [limit])
  if (ended.length === 0) return NOTHING
  return await inTransaction(pool, async (client) => {
    const ids = ended.map((row) => row.notificationId)
    const locked = (await runStatement<{ id: string }>(client, LOCK_NOTIFICATIONS, [ids])).map((row) => row.id)
    if (locked.length === 0) return NOTHING
    const stopped = await stopDelivered(client, locked, outboxId)
    const { pulled } = onlyRow(await runStatement<{ pulled: number }>(client, PULL_LADDERS, [locked]))
    return { pulled, stopped }
  })
}

const NOTHING: { readonly pulled: number; readonly stopped: readonly StoppedRow[] } = { pulled: 0, stopped: [] }

async function stopDelivered(client: PoolClient, locked: readonly string[], outboxId: string): Promise<StoppedRow[]> {
  const delivered = await runStatement<NotificationIdRow>(client, FIND_DELIVERED_RUNGS, [locked])
  if (delivered.length === 0) return []
  const ids = delivered.map((row) => row.notificationId)
  return await runStatement<StoppedRow>(client, STOP_DELIVERIES, [ids, ids.map(() => 'delivered'), outboxId])
}
