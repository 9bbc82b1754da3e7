import type { PublishedDispatch } from '@carillon/routing'
import type { Pool } from 'pg'
import { runStatement } from '../run-statement.ts'
import { RECORD_PUBLISHED } from '../sql/dispatch.ts'
import { repeatConflicts } from '../transaction.ts'

export async function recordPublished(pool: Pool, dispatches: readonly PublishedDispatch[]): Promise<void> {
  if (dispatches.length === 0) return
  const values = [dispatches.map((one) => one.id), dispatches.map((one) => JSON.stringify(one.parts))]
  await repeatConflicts('record published dispatches', () => runStatement(pool, RECORD_PUBLISHED, values))
}
