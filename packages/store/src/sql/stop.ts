import { deliveriesOf } from './deliveries-of.ts'
import { insertOutcomes, OUTCOME } from './outcome.ts'

/**
 * A stop is two statements under READ COMMITTED (D5): the Notification first, then, with a fresh snapshot, its
 * deliveries. Whoever adds rows to a notification holds its lock, so the second statement sees them all.
 */

export const FIND_NOTIFICATIONS = {
  name: 'find-notifications',
  text: `SELECT c.place, n.id
FROM unnest($1::int[], $2::uuid[], $3::text[], $4::text[]) c(place, id, "tenantId", "recipientId")
JOIN "Notification" n ON n.id = c.id
WHERE n."tenantId" = c."tenantId" AND (c."recipientId" IS NULL OR n."recipientId" = c."recipientId")`,
}

/** Says it of notifications that exist and were planned; the first one that says a thing wins. */
export const STOP_NOTIFICATIONS = {
  name: 'stop-notifications',
  text: `WITH r AS MATERIALIZED (
  SELECT place, id, "tenantId", "recipientId", kind, least(coalesce(at, now()), now())::timestamptz(3) AS at
  FROM unnest($1::int[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::timestamptz[])
    r(place, id, "tenantId", "recipientId", kind, at)),
l AS MATERIALIZED (
  SELECT n.id, n."recipientId", r.place, r.kind, r.at,
    CASE r.kind WHEN 'read' THEN n."readAt" WHEN 'cancel' THEN n."cancelledAt" ELSE n."acknowledgedAt" END AS "saidAt"
  FROM r JOIN "Notification" n ON n.id = r.id
  WHERE n."tenantId" = r."tenantId" AND (r."recipientId" IS NULL OR n."recipientId" = r."recipientId")
    AND CASE WHEN n."plannedAt" IS NOT NULL THEN true ELSE false END
  ORDER BY n.id FOR NO KEY UPDATE OF n),
g AS (
  SELECT id, min(at) FILTER (WHERE kind = 'read') AS "readAt", min(at) FILTER (WHERE kind = 'cancel') AS "cancelledAt",
    min(at) FILTER (WHERE kind = 'acknowledge') AS "acknowledgedAt"
  FROM l WHERE "saidAt" IS NULL GROUP BY id),
u AS (
  UPDATE "Notification" n SET "readAt" = coalesce(n."readAt", g."readAt"),
    "cancelledAt" = coalesce(n."cancelledAt", g."cancelledAt"),
    "acknowledgedAt" = coalesce(n."acknowledgedAt", g."acknowledgedAt")
  FROM g WHERE n.id = g.id)
SELECT place, id, "recipientId", kind, coalesce("saidAt", min(at) OVER (PARTITION BY id, kind)) AS at,
  "saidAt" IS NULL AND row_number() OVER (PARTITION BY id, kind ORDER BY place) = 1 AS "isChanged"
FROM l`,
}

/**
 * A read from Kafka may come before its notification: it leaves a stub, and the primary key orders it against the
 * router's insert (D7). One pass in id order over stubs and rows alike. Answers with what changed.
 */
export const READ_OR_LEAVE_STUBS = {
  name: 'read-or-leave-stubs',
  text: `INSERT INTO "Notification" AS o (id, "tenantId", "recipientId", "readAt", "createdAt")
SELECT r.id, r."tenantId", r."recipientId", least(coalesce(min(r.at), now()), now()), now()
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[]) r(id, "tenantId", "recipientId", at)
GROUP BY r.id, r."tenantId", r."recipientId" ORDER BY r.id
ON CONFLICT (id) DO UPDATE SET "readAt" = excluded."readAt"
WHERE CASE WHEN o."readAt" IS NULL AND o."tenantId" = excluded."tenantId"
           AND o."recipientId" = excluded."recipientId" THEN true ELSE false END
RETURNING id`,
}

export const READ_READ_AT = {
  name: 'read-read-at',
  text: `SELECT n.id, n."tenantId", n."recipientId", n."readAt" AS at
FROM unnest($1::uuid[]) u(id) JOIN "Notification" n ON n.id = u.id WHERE n."readAt" IS NOT NULL`,
}

/**
 * Ends what waits and marks what is in flight. Rows come back as they stood under the lock: that decides the answer.
 * Acknowledging implies having read. Of two stops of one row, the first gives the reason.
 */
export const STOP_DELIVERIES = {
  name: 'stop-deliveries',
  text: `WITH s AS MATERIALIZED (
  SELECT * FROM unnest($1::uuid[], $2::text[]) WITH ORDINALITY s("notificationId", kind, place)),
l AS MATERIALIZED (
  SELECT d.id, d."notificationId", d.channel, d.status AS "from", s.kind, s.place
  FROM "NotificationDelivery" d JOIN s ON s."notificationId" = d."notificationId"
  WHERE d.id = ${deliveriesOf('(SELECT "notificationId" AS id FROM s)')}
    AND CASE WHEN d.channel <> 'IN_APP' AND (s.kind IN ('cancel', 'collapsed')
    OR s.kind IN ('read', 'acknowledge') AND d."stopOn" = 'READ'
    OR s.kind = 'acknowledge' AND d."stopOn" = 'ACKNOWLEDGED'
    OR s.kind = 'delivered' AND d."stopOn" = 'DELIVERED') THEN true ELSE false END
  ORDER BY d.id FOR NO KEY UPDATE OF d),
c AS (
  UPDATE "NotificationDelivery" d SET
    status = CASE WHEN d.status IN ('SCHEDULED', 'PENDING') THEN 'CANCELLED' ELSE d.status END,
    "dueAt" = CASE WHEN d.status IN ('SCHEDULED', 'PENDING') THEN NULL ELSE d."dueAt" END,
    reason = CASE WHEN d.status NOT IN ('SCHEDULED', 'PENDING') THEN d.reason
                  ELSE CASE l.kind WHEN 'cancel' THEN 'cancelled' WHEN 'acknowledge' THEN 'acknowledged'
                       ELSE l.kind END END,
    "stopRequestedAt" = CASE WHEN d.status IN ('SENDING', 'UNKNOWN') THEN coalesce(d."stopRequestedAt", now())
                             ELSE d."stopRequestedAt" END
  FROM (SELECT DISTINCT ON (id) id, kind FROM l ORDER BY id, place) l WHERE d.id = l.id
    AND CASE WHEN d.status IN ('SCHEDULED', 'PENDING', 'SENDING', 'UNKNOWN') THEN true ELSE false END
  RETURNING d.id, ${OUTCOME}),
o AS (${insertOutcomes('c', '$3')})
SELECT l.id, l."notificationId", l.channel, l."from", l.kind, c.outcome FROM l LEFT JOIN c ON c.id = l.id
ORDER BY l.id`,
}
