/**
 * Clean-up takes what ended and is old, a batch at a time, and passes over rows that somebody holds: nobody waits for it.
 * A notification outlives its deliveries, because it is what keeps a replayed event from being planned again.
 */

/** Days by category, where one says its own; `keep` becomes the time of the oldest one that is kept. */
export const READ_RETENTION = {
  name: 'read-retention',
  text: `SELECT c."tenantId", c.code, (c.retention->>'doneDays')::int AS "doneDays",
  (c.retention->>'failedDays')::int AS "failedDays", k."keptSince"
FROM "Category" c LEFT JOIN LATERAL (
  SELECT n."createdAt" AS "keptSince" FROM "Notification" n
  WHERE n."tenantId" = c."tenantId" AND n.category = c.code
  ORDER BY n."createdAt" DESC OFFSET greatest((c.retention->>'keep')::int - 1, 0) LIMIT 1) k ON c.retention ? 'keep'
WHERE c.retention IS NOT NULL`,
}

const DELETE_THEM = `a AS (DELETE FROM "DeliveryAttempt" a USING l WHERE a."deliveryId" = l.id),
x AS (DELETE FROM "NotificationDelivery" d USING l WHERE d.id = l.id RETURNING d.id)
SELECT count(*)::int AS deleted FROM x`

/** FAILED stays longer than what went well, or was not to be sent. */
export const DELETE_DELIVERIES = {
  name: 'delete-deliveries',
  text: `WITH r AS MATERIALIZED (
  SELECT * FROM unnest($4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[])
    r("tenantId", code, "doneBefore", "failedBefore")),
l AS MATERIALIZED (
  SELECT d.id FROM "NotificationDelivery" d
  LEFT JOIN "Notification" n ON n.id = d."notificationId"
  LEFT JOIN r ON r."tenantId" = d."tenantId" AND r.code = n.category
  WHERE d."createdAt" < $8::timestamptz
    AND CASE d.status WHEN 'FAILED' THEN d."createdAt" < coalesce(r."failedBefore", $3::timestamptz)
        WHEN 'SENT' THEN d."createdAt" < coalesce(r."doneBefore", $2::timestamptz)
        WHEN 'DELIVERED' THEN d."createdAt" < coalesce(r."doneBefore", $2::timestamptz)
        WHEN 'CANCELLED' THEN d."createdAt" < coalesce(r."doneBefore", $2::timestamptz)
        WHEN 'SUPPRESSED' THEN d."createdAt" < coalesce(r."doneBefore", $2::timestamptz)
        WHEN 'EXPIRED' THEN d."createdAt" < coalesce(r."doneBefore", $2::timestamptz) ELSE false END
  LIMIT $1 FOR UPDATE OF d SKIP LOCKED),
${DELETE_THEM}`,
}

/** One channel of one tenant, at an operator's wish. */
export const CLEAN_CHANNEL = {
  name: 'clean-channel',
  text: `WITH l AS MATERIALIZED (
  SELECT d.id FROM "NotificationDelivery" d
  WHERE d."createdAt" < $4::timestamptz AND d."tenantId" = $2 AND d.channel = $3
    AND CASE WHEN d.status::text = any($5::text[]) THEN true ELSE false END
  LIMIT $1 FOR UPDATE OF d SKIP LOCKED),
${DELETE_THEM}`,
}

/** The inbox forgets too, much later; only what has no delivery left. */
export const DELETE_NOTIFICATIONS = {
  name: 'delete-notifications',
  text: `WITH l AS MATERIALIZED (
  SELECT n.id FROM "Notification" n
  WHERE n."createdAt" < $2::timestamptz AND n."plannedAt" IS NOT NULL
    AND NOT EXISTS (SELECT FROM "NotificationDelivery" d WHERE d."notificationId" = n.id)
  LIMIT $1 FOR UPDATE OF n SKIP LOCKED),
x AS (DELETE FROM "Notification" n USING l WHERE n.id = l.id RETURNING n."tenantId", n."recipientId")
SELECT count(*)::int AS deleted,
  json_agg(DISTINCT jsonb_build_object('tenantId', x."tenantId", 'userId', x."recipientId")) AS owners FROM x`,
}

export const DELETE_RECEIPTS = {
  name: 'delete-receipts',
  text: `WITH l AS MATERIALIZED (
  SELECT id FROM "Receipt" WHERE "receivedAt" < $2::timestamptz AND "dueAt" IS NULL LIMIT $1 FOR UPDATE SKIP LOCKED),
x AS (DELETE FROM "Receipt" r USING l WHERE r.id = l.id RETURNING r.id)
SELECT count(*)::int AS deleted FROM x`,
}

/** Calls that nobody tries again by itself; as long as a failed delivery. */
export const DELETE_DEAD_CALLS = {
  name: 'delete-dead-calls',
  text: `WITH l AS MATERIALIZED (
  SELECT id FROM "OutcomeCall" WHERE "dueAt" IS NULL AND "createdAt" < $2::timestamptz LIMIT $1 FOR UPDATE SKIP LOCKED),
x AS (DELETE FROM "OutcomeCall" c USING l WHERE c.id = l.id RETURNING c.id)
SELECT count(*)::int AS deleted FROM x`,
}

export const DELETE_ERASURES = {
  name: 'delete-erasures',
  text: `WITH l AS MATERIALIZED (
  SELECT "tenantId", "userId" FROM "Erasure" WHERE "erasedAt" < $2::timestamptz AND "sweepAt" IS NULL
  LIMIT $1 FOR UPDATE SKIP LOCKED),
x AS (DELETE FROM "Erasure" e USING l WHERE e."tenantId" = l."tenantId" AND e."userId" = l."userId" RETURNING 1)
SELECT count(*)::int AS deleted FROM x`,
}

/** Of the oldest ones alone, which their ids tell without an index of times. */
export const DELETE_AUDIT = {
  name: 'delete-audit',
  text: `WITH l AS MATERIALIZED (
  SELECT id FROM "AuditEntry" WHERE id IN (SELECT id FROM "AuditEntry" ORDER BY id LIMIT $1) AND at < $2::timestamptz
  FOR UPDATE SKIP LOCKED),
x AS (DELETE FROM "AuditEntry" a USING l WHERE a.id = l.id RETURNING a.id)
SELECT count(*)::int AS deleted FROM x`,
}
