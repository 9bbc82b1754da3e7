import { randomUUID } from 'node:crypto'
import type { NotificationToSave } from '@carillon/routing'
import type { PoolClient } from 'pg'
import { runStatement, toColumns } from '../run-statement.ts'
import { COLLAPSE_OLDER, LOCK_COLLAPSE_KEYS } from '../sql/collapse.ts'
import { STOP_DELIVERIES } from '../sql/stop.ts'

export function findCollapsing(notifications: readonly NotificationToSave[]): readonly NotificationToSave[] {
  return notifications.filter(({ event }) => event.collapseKey)
}

export async function lockCollapseKeys(client: PoolClient, collapsing: readonly NotificationToSave[]): Promise<void> {
  if (collapsing.length === 0) return
  const values = toColumns(collapsing, [
    (one) => one.tenantId,
    (one) => one.recipientId,
    (one) => one.event.collapseKey ?? null,
  ])
  await runStatement(client, LOCK_COLLAPSE_KEYS, values)
}

/** Hides what the new ones replace and ends what waits of it. The clock publishes the outcomes from their outbox row. */
export async function collapseOlder(client: PoolClient, born: readonly NotificationToSave[]): Promise<void> {
  if (born.length === 0) return
  const older = await runStatement<{ id: string }>(client, COLLAPSE_OLDER, [born.map(({ id }) => id)])
  if (older.length === 0) return
  const ids = older.map(({ id }) => id)
  await runStatement(client, STOP_DELIVERIES, [ids, ids.map(() => 'collapsed'), randomUUID()])
}
