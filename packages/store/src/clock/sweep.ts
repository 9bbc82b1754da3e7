import type { OutboxRow } from '@carillon/contracts'
import type { Pool } from 'pg'
import { type OutboxTuple, toOutboxRow } from '../outbox/outbox.ts'
import { onlyRow, runStatement } from '../run-statement.ts'
import { DELETE_STUBS } from '../sql/clock.ts'
import { DELETE_OUTBOX, TAKE_OUTBOX } from '../sql/outbox.ts'
import { repeatConflicts } from '../transaction.ts'

/** What the clock picks up or clears away that others left lying. */

interface OutboxTableRow {
  readonly id: string
  readonly topic: string
  readonly records: readonly OutboxTuple[]
}

export async function takeOutbox(pool: Pool, olderThanMs: number, limit: number): Promise<readonly OutboxRow[]> {
  const rows = await repeatConflicts('take outbox rows', () =>
    runStatement<OutboxTableRow>(pool, TAKE_OUTBOX, [olderThanMs / 1_000, limit]),
  )
  return rows.map(({ id, topic, records }) => toOutboxRow(id, topic, records))
}

export async function deleteOutbox(pool: Pool, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await repeatConflicts('delete outbox rows', () => runStatement(pool, DELETE_OUTBOX, [ids]))
}

export async function deleteStubs(pool: Pool, olderThanMs: number, limit: number): Promise<number> {
  const rows = await repeatConflicts('delete stubs', () =>
    runStatement<{ deleted: number }>(pool, DELETE_STUBS, [olderThanMs / 1_000, limit]),
  )
  return onlyRow(rows).deleted
}
