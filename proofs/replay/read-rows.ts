import type { FleetStage } from '@carillon/testkit'

/** How many rows there are, and what all of them say. */
export interface Rows {
  readonly counts: Readonly<Record<string, number>>
  readonly digest: string
}

const TABLES = ['Event', 'HeldEvent', 'Notification', 'NotificationDelivery', 'DeliveryAttempt'] as const

export async function readRows({ pool }: FleetStage): Promise<Rows> {
  const counts: Record<string, number> = {}
  const digests: string[] = []
  for (const table of TABLES) {
    const { rows } = await pool.query<{ count: number; digest: string }>(
      `SELECT count(*)::int AS count, md5(coalesce(string_agg(md5(t::text), '' ORDER BY t::text), '')) AS digest
       FROM "${table}" t`,
    )
    counts[table] = rows[0]?.count ?? 0
    digests.push(rows[0]?.digest ?? '')
  }
  return { counts, digest: digests.join('.') }
}

export async function countByStatus({ pool }: FleetStage): Promise<string> {
  const { rows } = await pool.query<{ status: string; count: number }>(
    'SELECT status, count(*)::int AS count FROM "NotificationDelivery" GROUP BY status ORDER BY status',
  )
  return rows.map(({ status, count }) => `${status} ${count}`).join(', ')
}
