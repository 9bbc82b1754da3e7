import type { Pool, PoolClient } from 'pg'
import { runStatement } from '../run-statement.ts'
import { cipherOf } from '../sealing/cipher-of.ts'
import type { FieldCipher } from '../sealing/field-cipher.ts'
import { openJson, openJsonText, sealJson } from '../sealing/sealed-json.ts'
import {
  DELETE_ERASED_SCHEDULE,
  FIND_FANOUTS_WITH_EVENTS,
  FIND_HELD_EVENTS,
  FIND_SCHEDULED_EVENTS,
  READ_HELD_EVENT,
  REWRITE_FANOUT,
  REWRITE_HELD,
  REWRITE_SCHEDULE,
} from '../sql/privacy.ts'
import { inTransaction, repeatConflicts } from '../transaction.ts'
import { forNobody, leaveOut, type WaitingEvent } from './leave-out.ts'

/**
 * Events that are stored, because they wait, reach many people or come again: the person is left out of each. What is for
 * nobody else is cancelled, or deleted where it would come again. Each kind by itself, so that no two orders of locks meet.
 */

export interface Person {
  readonly tenantId: string
  readonly userId: string
}

/** What was accepted after `until` is meant for somebody who came back. */
export async function eraseFromWaiting(pool: Pool, person: Person, until: Date | null) {
  return {
    heldEvents: await rewriteHeld(pool, person, until),
    fanouts: await rewriteAll(pool, 'fan-outs', (client) => rewriteFanouts(pool, client, person, until)),
  }
}

/** By themselves: a schedule was accepted by no log, so nothing of it can arrive late. */
export function eraseFromSchedules(pool: Pool, person: Person): Promise<number> {
  return rewriteAll(pool, 'schedules', (client) => rewriteSchedules(pool, client, person))
}

function rewriteAll(pool: Pool, what: string, rewrite: (client: PoolClient) => Promise<number>): Promise<number> {
  return repeatConflicts(`erase a person from ${what}`, () => inTransaction(pool, rewrite))
}

const HELD_AT_ONCE = 1_000
const FIRST_ID = '00000000-0000-0000-0000-000000000000'

async function rewriteHeld(pool: Pool, { tenantId, userId }: Person, until: Date | null): Promise<number> {
  const cipher = cipherOf(pool)
  const isPerson = (id: string) => id === userId
  async function rewrite({ id, stored }: HeldRow): Promise<boolean> {
    const event: WaitingEvent = JSON.parse(openJsonText(cipher, tenantId, stored))
    const left = leaveOut(event, isPerson)
    if (left === event) return false
    const values = [id, sealJson(cipher, tenantId, left), stored]
    const changed = await repeatConflicts('erase a person from a held event', () =>
      runStatement(pool, REWRITE_HELD, values),
    )
    if (changed.length > 0) return true
    const [now] = await runStatement<HeldRow>(pool, READ_HELD_EVENT, [id])
    return now ? rewrite(now) : false
  }

  let count = 0
  for (let after = FIRST_ID; ; ) {
    const values = [tenantId, until?.toISOString() ?? null, after, HELD_AT_ONCE]
    const rows = await runStatement<HeldRow>(pool, FIND_HELD_EVENTS, values)
    for (const row of rows) if (await rewrite(row)) count += 1
    const last = rows.at(-1)
    if (last === undefined || rows.length < HELD_AT_ONCE) return count
    after = last.id
  }
}

type HeldRow = { readonly id: string; readonly stored: string }

async function rewriteSchedules(pool: Pool, client: PoolClient, { tenantId, userId }: Person): Promise<number> {
  const cipher = cipherOf(pool)
  const rows = await runStatement<WaitingRow>(client, FIND_SCHEDULED_EVENTS, [tenantId])
  return countChanged(openAll(rows, cipher, tenantId), userId, (id, left) =>
    left
      ? runStatement(client, REWRITE_SCHEDULE, [tenantId, id, sealJson(cipher, tenantId, left)])
      : runStatement(client, DELETE_ERASED_SCHEDULE, [tenantId, id]),
  )
}

type WaitingRow = { readonly id: string; readonly event: WaitingEvent | string }

function openAll(rows: readonly WaitingRow[], cipher: FieldCipher, tenantId: string) {
  return rows.map(({ id, event }) => ({ id, event: openJson(cipher, tenantId, event) ?? {} }))
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
  const rows = await runStatement<WaitingRow>(client, FIND_FANOUTS_WITH_EVENTS, values)
  return countChanged(openAll(rows, cipher, tenantId), userId, (id, left, event) =>
    runStatement(client, REWRITE_FANOUT, [id, sealJson(cipher, tenantId, left ?? forNobody(event))]),
  )
}

async function countChanged(
  rows: readonly { readonly id: string; readonly event: WaitingEvent }[],
  userId: string,
  rewrite: (id: string, left: WaitingEvent | null, event: WaitingEvent) => Promise<unknown>,
): Promise<number> {
  let count = 0
  for (const { id, event } of rows) {
    const left = leaveOut(event, (one) => one === userId)
    if (left === event) continue
    count += 1
    await rewrite(id, left, event)
  }
  return count
}
