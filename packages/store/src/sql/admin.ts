/** What operators ask. Rows are found by age (a BRIN index): no index on status is worth what it costs there. */

export const COUNT_DELIVERIES = {
  name: 'count-deliveries',
  text: `SELECT d.channel, d.status, count(*)::int AS count, (count(*) FILTER (WHERE d."possiblySent"))::int AS "possiblySent"
FROM "NotificationDelivery" d WHERE d."tenantId" = $1 AND d."createdAt" >= $2::timestamptz
GROUP BY d.channel, d.status ORDER BY d.channel, d.status`,
}

/** A failed one that was replayed is no failure any more: its replay is. */
export const LIST_FAILURES = {
  name: 'list-failures',
  text: `SELECT d.id, d."notificationId", d."recipientId", d.channel, d.step, d.replay, d.reason, d.error, d.provider,
  d."attemptCount", d."possiblySent", d."createdAt"
FROM "NotificationDelivery" d
WHERE d."tenantId" = $1 AND d.status = 'FAILED' AND ($2::text IS NULL OR d.channel = $2)
  AND d."createdAt" >= $3::timestamptz
  AND ($4::timestamptz IS NULL OR d."createdAt" <= $4 AND (d."createdAt", d.id) < ($4::timestamptz, $5::uuid))
  AND NOT EXISTS (SELECT FROM "NotificationDelivery" r WHERE r."notificationId" = d."notificationId"
    AND r.channel = d.channel AND r.step = d.step AND r.replay > d.replay)
ORDER BY d."createdAt" DESC, d.id DESC LIMIT $6`,
}

/** Whoever adds a row to a notification locks it first (D6). */
export const LOCK_NOTIFICATIONS_OF = {
  name: 'lock-notifications-of',
  text: `SELECT n.id FROM "Notification" n
WHERE n."tenantId" = $1 AND n.id IN (
  SELECT d."notificationId" FROM unnest($2::uuid[]) u(id) JOIN "NotificationDelivery" d ON d.id = u.id)
ORDER BY n.id FOR NO KEY UPDATE OF n`,
}

export const READ_REPLAYABLE = {
  name: 'read-replayable',
  text: `SELECT d.id, d."notificationId", d.channel, d.step, d.replay, d.status,
  n."cancelledAt" IS NOT NULL OR d."stopOn" = 'READ' AND (n."readAt" IS NOT NULL OR n."acknowledgedAt" IS NOT NULL)
    OR d."stopOn" = 'ACKNOWLEDGED' AND n."acknowledgedAt" IS NOT NULL AS "isStopped",
  (SELECT max(r.replay) FROM "NotificationDelivery" r WHERE r."notificationId" = d."notificationId"
    AND r.channel = d.channel AND r.step = d.step)::int AS "lastReplay"
FROM unnest($2::uuid[]) u(id) JOIN "NotificationDelivery" d ON d.id = u.id
JOIN "Notification" n ON n.id = d."notificationId" WHERE d."tenantId" = $1 ORDER BY d.id`,
}

/**
 * A final row never moves again: the replay is a new one, due at once, so that the clock asks preferences and quiet
 * hours again before it is woken. It gets as long to live as the first one had.
 */
export const INSERT_REPLAYS = {
  name: 'insert-replays',
  text: `INSERT INTO "NotificationDelivery"(id, "notificationId", "tenantId", "recipientId", channel, step, replay, status,
  lane, "scheduledFor", "dueAt", "expiresAt", "maxAttempts", "atMostOnce", "stopOn")
SELECT r.id, d."notificationId", d."tenantId", d."recipientId", d.channel, d.step, d.replay + 1, 'SCHEDULED',
  d.lane, now(), now(), now() + (d."expiresAt" - d."createdAt"), d."maxAttempts", d."atMostOnce", d."stopOn"
FROM unnest($1::uuid[], $2::uuid[]) r("oldId", id) JOIN "NotificationDelivery" d ON d.id = r."oldId"
ORDER BY r.id ON CONFLICT (id) DO NOTHING`,
}
