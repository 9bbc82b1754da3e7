import type { Pool } from 'pg'

/** Rows as the router leaves them, made by Postgres itself because a million by the router would take an hour. */

const INSERT_STEPS = `WITH n AS (
  INSERT INTO "Notification"(id, "tenantId", "recipientId", category, priority, lane, "plannedAt")
  SELECT gen_random_uuid(), 'default', 'u' || i, 'general', 'MEDIUM', 'normal', now() FROM generate_series(1, $1) i
  RETURNING id, "recipientId")
INSERT INTO "NotificationDelivery"(id, "notificationId", "tenantId", "recipientId", channel, step, status, lane,
  "scheduledFor", "dueAt", "expiresAt", "stopOn")
SELECT gen_random_uuid(), n.id, 'default', n."recipientId", 'EMAIL', 1, 'SCHEDULED', 'normal', at, at,
  at + interval '72 h', 'READ'
FROM n CROSS JOIN LATERAL (SELECT now() + make_interval(secs => $2 + random() * $3 + 0 * length(n."recipientId")) AS at) t
RETURNING id, "dueAt"`

const ROWS_AT_ONCE = 50_000

export interface DueTime {
  readonly id: string
  readonly dueAtMs: number
}

/** Steps whose times lie between `inSeconds` and `inSeconds + overSeconds` from now. */
export async function insertSteps(
  pool: Pool,
  count: number,
  inSeconds: number,
  overSeconds: number,
): Promise<DueTime[]> {
  const found: DueTime[] = []
  for (let left = count; left > 0; left -= ROWS_AT_ONCE) {
    const values = [Math.min(left, ROWS_AT_ONCE), inSeconds, overSeconds]
    const { rows } = await pool.query<{ id: string; dueAt: Date }>(INSERT_STEPS, values)
    for (const { id, dueAt } of rows) found.push({ id, dueAtMs: dueAt.getTime() })
  }
  return found
}

/** Timers that tell, one a key. */
export async function insertTimers(pool: Pool, count: number, inSeconds: number, overSeconds: number): Promise<void> {
  await pool.query(
    `INSERT INTO "HeldEvent"(id, kind, "tenantId", "eventId", "cancelKey", state, "onDue", event, "acceptedAt",
       "releaseAt", "dueAt")
     SELECT gen_random_uuid(), 'TIMER', 'default', 'tmr_' || i, 'slot-' || i, 'WAITING', 'emit', '{"data":null}', now(),
       at, at
     FROM generate_series(1, $1) i
     CROSS JOIN LATERAL (SELECT now() + make_interval(secs => $2 + random() * $3 + 0 * i) AS at) t`,
    [count, inSeconds, overSeconds],
  )
}
