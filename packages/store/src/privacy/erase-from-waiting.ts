import type { Pool, PoolClient } from 'pg'
import { runStatement } from '../run-statement.ts'
import { cipherOf } from '../sealing/cipher-of.ts'
import { openJson, sealJson } from '../sealing/sealed-json.ts'
import {
  DELETE_ERASED_SCHEDULE,
  FIND_FANOUTS_WITH_EVENTS,
  FIND_HELD_FOR_PEOPLE,
  FIND_SCHEDULES_FOR_PEOPLE,
  REWRITE_FANOUT,
  REWRITE_HELD,
  REWRITE_SCHEDULE,
} from '../sql/privacy.ts'
import { inTransaction, repeatConflicts } from '../transaction.ts'
import { leaveOut, type WaitingEvent } from './leave-out.ts'

/**
 * Events that are stored as they came, because they wait, reach many people or come again: the person is left out of each. What
 * is for nobody else is cancelled, or deleted where it would come again. Each kind by itself, so that no two orders of locks meet.
 */

export interface Person {
  readonly tenantId: string
  readonly userId: string
}

/** What was accepted after `until` is meant for somebody who came back. */
export async function eraseFromWaiting(pool: Pool, person: Person, until: Date | null) {
  return {
    heldEvents: await rewriteAll(pool, 'held events', (client) => rewriteHeld(client, person, until)),
    fanouts: await rewriteAll(pool, 'fan-outs', (client) => rewriteFanouts(pool, client, person, until)),
  }
}

/** By themselves: a schedule was accepted by no log, so nothing of it can arrive late. */
export function eraseFromSchedules(pool: Pool, person: Person): Promise<number> {
  return rewriteAll(pool, 'schedules', (client) => rewriteSchedules(client, person))
}

function rewriteAll(pool: Pool, what: string, rewrite: (client: PoolClient) => Promise<number>): Promise<number> {
  return repeatConflicts(`erase a person from ${what}`, () => inTransaction(pool, rewrite))
}

async function rewriteHeld(client: PoolClient, { tenantId, userId }: Person, until: Date | null): Promise<number> {
  const values = [tenantId, userId, until?.toISOString() ?? null]
  const rows = await runStatement<{ id: string; event: WaitingEvent }>(client, FIND_HELD_FOR_PEOPLE, values)
  return countChanged(rows, userId, (id, left) =>
    runStatement(client, REWRITE_HELD, [id, left && JSON.stringify(left)]),
  )
}

async function rewriteSchedules(client: PoolClient, { tenantId, userId }: Person): Promise<number> {
  const values = [tenantId, userId]
  const rows = await runStatement<{ id: string; event: WaitingEvent }>(client, FIND_SCHEDULES_FOR_PEOPLE, values)
  return countChanged(rows, userId, (id, left) =>
    left
      ? runStatement(client, REWRITE_SCHEDULE, [tenantId, id, JSON.stringify(left)])
      : runStatement(client, DELETE_ERASED_SCHEDULE, [tenantId, id]),
  )
}

interface FanoutRow {
  readonly id: string
  readonly event: WaitingEvent | string
}

/** One that was for this person alone goes on for nobody, and comes to its end by itself. */
async function rewriteFanouts(
  pool: Pool,
  client: PoolClient,
  { tenantId, userId }: Person,
  until: Date | null,
): Promise<number> {
  const cipher = cipherOf(pool)
  const values = [tenantId, until?.toISOString() ?? null]
  const sealed = await runStatement<FanoutRow & Record<string, unknown>>(client, FIND_FANOUTS_WITH_EVENTS, values)
  const rows = sealed.map(({ id, event }) => ({ id, event: openJson(cipher, tenantId, event) ?? {} }))
  const forNobody = { recipientIds: [], recipients: [] }
  return countChanged(rows, userId, (id, left, event) =>
    runStatement(client, REWRITE_FANOUT, [id, sealJson(cipher, tenantId, left ?? { ...event, ...forNobody })]),
  )
}

async function countChanged(
  rows: readonly { readonly id: string; readonly event: WaitingEvent }[],
  userId: string,
  rewrite: (id: string, left: WaitingEvent | null, event: WaitingEvent) => Promise<unknown>,
): Promise<number> {
  let count = 0
  for (const { id, event } of rows) {
    const left = leaveOut(event, userId)
    if (left === event) continue
    count += 1
    await rewrite(id, left, event)
  }
  return count
}
