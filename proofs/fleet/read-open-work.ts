import { type ConsumedTopic, FLEET_GROUPS, type FleetStage } from '@carillon/testkit'

export interface OpenWork {
  readonly deliveries: number
  readonly held: number
  readonly outbox: number
  readonly lag: number
}

/** What a fleet that has come to rest has none of; a step that is due in an hour is no work yet. */
export async function readOpenWork(
  { pool, topics }: FleetStage,
  groups: readonly ConsumedTopic[] = FLEET_GROUPS,
): Promise<OpenWork> {
  const [rows, lags] = await Promise.all([
    pool.query<Omit<OpenWork, 'lag'>>(`SELECT
      (SELECT count(*)::int FROM "NotificationDelivery"
        WHERE status IN ('PENDING', 'SENDING', 'UNKNOWN') OR "dueAt" < now() + interval '10 minutes') AS deliveries,
      (SELECT count(*)::int FROM "HeldEvent" WHERE "dueAt" < now() + interval '10 minutes') AS held,
      (SELECT count(*)::int FROM "Outbox") AS outbox`),
    topics.readLag(groups),
  ])
  const [counts] = rows.rows
  if (!counts) throw new Error('count open work: no row')
  return { ...counts, lag: lags.reduce((sum, { lag }) => sum + lag, 0) }
}
