import { insertOutcomes, OUTCOME } from './outcome.ts'

/**
 * Firing is take → judge → fire in one transaction. The rows are taken with SKIP LOCKED, so that two clocks never fire
 * one twice and never wait for each other; no sibling and no notification is touched, so the order of locks holds (D4).
 */

/** Due rows under their locks, with everything that judgeDue asks for; a row that is due never stays so for want of it. */
export const TAKE_DUE = {
  name: 'take-due',
  text: `WITH l AS MATERIALIZED (
  SELECT d.id, d."notificationId", d."tenantId", d."recipientId", d.channel, d.step, d."expiresAt", d."dueAt"
  FROM "NotificationDelivery" d
  WHERE d."dueAt" <= now() AND CASE WHEN d.status = 'SCHEDULED' THEN true ELSE false END
  ORDER BY d."dueAt" LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED)
SELECT l.id, l.channel, l.step, l."expiresAt", now() AS now, coalesce(n.priority, 'MEDIUM') AS priority,
  coalesce(n.category, 'general') AS category, u.id IS NOT NULL AS "isKnown",
  u."timeZone", u.preferences, c."mandatoryChannels", c.preferences AS "categoryPreferences",
  t."timeZone" AS "tenantTimeZone", t.settings->'preferences' AS "tenantPreferences"
FROM l LEFT JOIN "Notification" n ON n.id = l."notificationId"
LEFT JOIN "User" u ON u."tenantId" = l."tenantId" AND u.id = l."recipientId"
LEFT JOIN "Category" c ON c."tenantId" = l."tenantId" AND c.code = n.category
LEFT JOIN "Tenant" t ON t.id = l."tenantId"
ORDER BY l.id`,
}

/**
 * What must not go on is ended by the statement that finds it so (D1), whatever the verdict; a stop comes before it. What
 * was decided at this moment is kept on the row, beside what planning decided on the notification. A rung that is passed
 * over leaves its dueAt for the ladder (D6).
 */
export const FIRE_DUE = {
  name: 'fire-due',
  text: `WITH v AS MATERIALIZED (
  SELECT * FROM unnest($4::uuid[], $5::delivery_status[], $6::timestamptz[], $7::text[], $8::jsonb[])
  v(id, verdict, until, reason, decisions)),
l AS MATERIALIZED (
  SELECT d.id, d.channel, d.lane, v.until, v.decisions,
    CASE WHEN d."stopRequestedAt" IS NOT NULL THEN 'CANCELLED'
         WHEN d."expiresAt" <= now() THEN 'EXPIRED'
         WHEN d.channel = 'IN_APP' THEN 'DELIVERED' ELSE v.verdict END::delivery_status s,
    CASE WHEN d."stopRequestedAt" IS NOT NULL THEN 'stopped'
         WHEN d."expiresAt" <= now() THEN 'expired' ELSE v.reason END AS reason
  FROM v JOIN "NotificationDelivery" d ON d.id = v.id
  WHERE d."dueAt" <= now() AND CASE WHEN d.status = 'SCHEDULED' THEN true ELSE false END
  ORDER BY d.id FOR NO KEY UPDATE OF d),
g AS MATERIALIZED (
  SELECT channel, lane, gen_random_uuid() AS "dispatchId" FROM l WHERE s = 'PENDING' GROUP BY channel, lane),
t AS MATERIALIZED (
  SELECT l.*, g."dispatchId" FROM l LEFT JOIN g ON l.s = 'PENDING' AND g.channel = l.channel AND g.lane = l.lane),
c AS (
  UPDATE "NotificationDelivery" d SET status = t.s,
    "dueAt" = CASE WHEN t.s = 'SCHEDULED' THEN t.until
                   WHEN t.s IN ('SUPPRESSED', 'EXPIRED') AND t.reason <> 'expired' AND d."stopOn" IS NOT NULL
                     THEN now() END,
    "scheduledFor" = CASE WHEN t.s = 'SCHEDULED' THEN t.until ELSE d."scheduledFor" END,
    "dispatchId" = coalesce(t."dispatchId", d."dispatchId"),
    "deliveredAt" = CASE WHEN t.s = 'DELIVERED' THEN now() END,
    reason = t.reason,
    decisions = CASE WHEN t.decisions IS NULL THEN d.decisions
                     ELSE coalesce(d.decisions, '[]') || t.decisions END
  FROM t WHERE d.id = t.id AND CASE WHEN d.status = 'SCHEDULED' THEN true ELSE false END
  RETURNING d.id, d."notificationId", d."tenantId", d."recipientId", d.channel, d.lane, d.status, t."dispatchId",
    ${OUTCOME}),
w AS (
  INSERT INTO "Dispatch"(id, channel, lane, parts, "dueAt")
  SELECT "dispatchId", channel, lane,
    json_build_array(json_build_object('partition', NULL, 'lastOffset', NULL, 'ids', json_agg(id))),
    now() + make_interval(secs => CASE lane WHEN 'urgent' THEN $2::float8 ELSE $3::float8 END)
  FROM c WHERE "dispatchId" IS NOT NULL GROUP BY "dispatchId", channel, lane),
o AS (${insertOutcomes('c', '$1')})
SELECT id AS "deliveryId", "notificationId", "tenantId", "recipientId", channel, lane, status, "dispatchId", outcome
FROM c`,
}
