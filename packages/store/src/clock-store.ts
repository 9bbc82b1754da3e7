import { randomUUID } from 'node:crypto'
import type { ClockStore, ResendPolicy } from '@carillon/clock'
import type { Pool } from 'pg'
import { fireDue } from './fire-due.ts'
import { inspectDispatches } from './inspect-dispatches.ts'
import { announceOutcomes, type OutcomeTuple } from './outbox.ts'
import { pullLadders } from './pull-ladders.ts'
import { recordPublished } from './record-published.ts'
import { FIRST_LOOK_MS, type StorePorts } from './routing-store.ts'
import { runStatement } from './run-statement.ts'
import { READ_NEXT_DUE, RESOLVE_UNKNOWN } from './sql/clock.ts'
import { deleteOutbox, deleteStubs, takeOutbox } from './sweep.ts'
import { repeatConflicts } from './transaction.ts'

export function createClockStore({ pool, announce, firstLookMs = FIRST_LOOK_MS }: StorePorts): ClockStore {
  return {
    fireDue: (limit) => fireDue(pool, announce, limit, firstLookMs),
    async resolveUnknown(limit, policy) {
      const outboxId = randomUUID()
      const rows = await repeatConflicts('resolve unknown deliveries', () =>
        resolveUnknown(pool, limit, policy, outboxId),
      )
      announceOutcomes(announce, outboxId, rows)
      return rows.length
    },
    pullLadders: (limit) => pullLadders(pool, announce, limit),
    async readNextDueInMs() {
      const rows = await repeatConflicts('read the next due time', () =>
        runStatement<{ dueInMs: number }>(pool, READ_NEXT_DUE, []),
      )
      return rows[0]?.dueInMs ?? null
    },
    inspectDispatches: (limit, policy) => inspectDispatches(pool, announce, limit, policy),
    recordPublished: (dispatches) => recordPublished(pool, dispatches),
    takeOutbox: (olderThanMs, limit) => takeOutbox(pool, olderThanMs, limit),
    deleteOutbox: (ids) => deleteOutbox(pool, ids),
    deleteStubs: (olderThanMs, limit) => deleteStubs(pool, olderThanMs, limit),
  }
}

function resolveUnknown(pool: Pool, limit: number, policy: ResendPolicy, outboxId: string) {
  const values = [
    limit,
    Object.keys(policy.maxResends),
    Object.values(policy.maxResends),
    policy.resendAfterMs / 1_000,
    outboxId,
  ]
  return runStatement<{ outcome: OutcomeTuple | null }>(pool, RESOLVE_UNKNOWN, values)
}
