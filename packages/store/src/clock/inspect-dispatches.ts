import { randomUUID } from 'node:crypto'
import type { OpenDispatch, WatchPolicy } from '@carillon/clock'
import type { WakeUp } from '@carillon/routing'
import type { Pool } from 'pg'
import { type Announce, announceOutcomes, type OutcomeTuple } from '../outbox/outbox.ts'
import { runStatement } from '../run-statement.ts'
import { FIND_PENDING, JUDGE_DISPATCHED, SETTLE_DISPATCHES, TAKE_DISPATCHES } from '../sql/dispatch.ts'
import { repeatConflicts } from '../transaction.ts'

/** lease → judge rows → settle; each is a statement of its own, and the lease makes the whole repeatable. */
export async function inspectDispatches(
  pool: Pool,
  announce: Announce,
  limit: number,
  policy: WatchPolicy,
): Promise<readonly OpenDispatch[]> {
  const taken = await repeatConflicts('take due dispatches', () =>
    runStatement<{ id: string }>(pool, TAKE_DISPATCHES, [limit]),
  )
  if (taken.length === 0) return []
  const ids = taken.map((row) => row.id)
  const outboxId = randomUUID()
  const ended = await repeatConflicts('judge dispatched deliveries', () =>
    runStatement<{ outcome: OutcomeTuple | null }>(pool, JUDGE_DISPATCHED, [
      ids,
      policy.unknownAfterMs / 1_000,
      outboxId,
    ]),
  )
  announceOutcomes(announce, outboxId, ended)
  const { urgent, normal } = policy.firstLookMs
  const values = [ids, policy.lookMsMax / 1_000, urgent / 1_000, normal / 1_000]
  return await repeatConflicts('settle dispatches', () => runStatement<OpenDispatch>(pool, SETTLE_DISPATCHES, values))
}

export async function findPending(pool: Pool, wakeUps: readonly WakeUp[]): Promise<readonly WakeUp[]> {
  const values = [wakeUps.map(({ deliveryId }) => deliveryId), wakeUps.map(({ dispatchId }) => dispatchId)]
  const rows = await repeatConflicts('find pending deliveries', () =>
    runStatement<{ id: string }>(pool, FIND_PENDING, values),
  )
  const pending = new Set(rows.map(({ id }) => id))
  return wakeUps.filter(({ deliveryId }) => pending.has(deliveryId))
}
