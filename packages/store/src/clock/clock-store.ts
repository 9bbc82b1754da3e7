import { randomUUID } from 'node:crypto'
import type { Agenda, AskStore, ClockStore, ResendPolicy } from '@carillon/clock'
import type { Question } from '@carillon/routing'
import type { Pool } from 'pg'
import { announceOutcomes, type OutcomeTuple } from '../outbox/outbox.ts'
import { recordPublished } from '../outbox/record-published.ts'
import { FIRST_LOOK_MS, type StorePorts } from '../routing/routing-store.ts'
import { onlyRow, runStatement } from '../run-statement.ts'
import { READ_AGENDA } from '../sql/agenda.ts'
import { RESOLVE_UNKNOWN } from '../sql/clock.ts'
import { ASK_UNKNOWN } from '../sql/look-up.ts'
import { repeatConflicts } from '../transaction.ts'
import { fireDue } from './fire-due.ts'
import { findPending, inspectDispatches } from './inspect-dispatches.ts'
import { pullLadders } from './pull-ladders.ts'
import { deleteOutbox, deleteStubs, takeOutbox } from './sweep.ts'

export function createClockStore({ pool, announce, firstLookMs = FIRST_LOOK_MS }: StorePorts): ClockStore & AskStore {
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
    askUnknown: (limit, { channels, everyMs, forMs }) =>
      repeatConflicts('ask about unknown deliveries', () =>
        runStatement<Question>(pool, ASK_UNKNOWN, [limit, channels, everyMs / 1_000, forMs / 1_000]),
      ),
    pullLadders: (limit) => pullLadders(pool, announce, limit),
    async readAgenda(outboxOlderThanMs) {
      const read = () => runStatement<Agenda & Record<string, unknown>>(pool, READ_AGENDA, [])
      const { outbox, ...agenda } = onlyRow(await repeatConflicts('read what is due next', read))
      return { ...agenda, outbox: outbox === null ? null : outbox + outboxOlderThanMs }
    },
    inspectDispatches: (limit, policy) => inspectDispatches(pool, announce, limit, policy),
    findPending: (wakeUps) => findPending(pool, wakeUps),
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
    policy.asked?.channels ?? [],
  ]
  return runStatement<{ outcome: OutcomeTuple | null }>(pool, RESOLVE_UNKNOWN, values)
}
