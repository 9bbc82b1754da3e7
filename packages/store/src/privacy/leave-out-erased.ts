import { factKey } from '@carillon/routing'
import type { PoolClient } from 'pg'
import { runStatement, toColumns } from '../run-statement.ts'
import { READ_ERASED } from '../sql/privacy.ts'
import { leaveOut, namedIn } from './leave-out.ts'

interface AcceptedEvent<Event extends object> {
  readonly tenantId: string
  readonly acceptedAt: Date
  readonly event: Event
}

interface ErasedRow {
  readonly tenantId: string
  readonly userId: string
  readonly erasedAt: Date
}

/**
 * For events that are about to be stored as they came: each without those who were erased after it was accepted, null where
 * it is for nobody else. What stayed in the log for long must not bring them back; what is read here too early is found by
 * the second look of the erasure.
 */
export async function leaveOutErased<Event extends object>(
  client: PoolClient,
  events: readonly AcceptedEvent<Event>[],
): Promise<(Event | null)[]> {
  const named = events.flatMap(({ tenantId, event }) => namedIn(event).map((userId) => ({ tenantId, userId })))
  if (named.length === 0) return events.map(({ event }) => event)
  const values = toColumns(named, [(one) => one.tenantId, (one) => one.userId])
  const rows = await runStatement<ErasedRow & Record<string, unknown>>(client, READ_ERASED, values)
  const erasedAt = new Map(rows.map((row) => [factKey(row.tenantId, row.userId), row.erasedAt]))
  return events.map(({ tenantId, acceptedAt, event }) =>
    leaveOut(event, (userId) => {
      const at = erasedAt.get(factKey(tenantId, userId))
      return at !== undefined && at >= acceptedAt
    }),
  )
}
