import { deliveriesOf } from './deliveries-of.ts'
import { insertOutcomes, OUTCOME } from './outcome.ts'

/**
 * The clock takes rows that nobody else holds (SKIP LOCKED), so that two clocks never fire one twice and never wait for
 * each other. What must not go on is ended by the same statement (D1).
 */

/**
 * What a channel's own process can ask its provider about is left to it until its lease, the time for asking, is over.
 * A receipt for the attempt shows that the provider has the message. Otherwise nobody can know any more: the message is
 * possibly sent from here on, and is sent again only while that is allowed. A rung that ends leaves its dueAt for the
 * ladder (D6). The receipt is asked for as a value: an EXISTS would let the planner hash every attempt there is.
 */
export const RESOLVE_UNKNOWN = {
  name: 'resolve-unknown',
  text: `WITH p AS (SELECT * FROM unnest($2::text[], $3::int[]) p(channel, "maxResends")),
l AS MATERIALIZED (
  SELECT d.id, d.fence, d.channel, d.resends, d."atMostOnce", d."stopRequestedAt", d."expiresAt"
  FROM "NotificationDelivery" d
  WHERE d."dueAt" <= now() AND CASE WHEN d.status = 'UNKNOWN' AND (d.channel <> ALL($6::text[])
    OR d."leaseUntil" <= now() OR (SELECT a."receiptRank" > 0 FROM "DeliveryAttempt" a
      WHERE a."deliveryId" = d.id AND a.number = d.fence)) THEN true ELSE false END
  ORDER BY d."dueAt" LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED),
t AS MATERIALIZED (
  SELECT l.id, now() + make_interval(secs => $4) AS "dueAt",
    CASE WHEN a."receiptRank" > 0 THEN 'SENT'
         WHEN l."stopRequestedAt" IS NOT NULL THEN 'CANCELLED'
         WHEN l."expiresAt" <= now() THEN 'EXPIRED'
         WHEN l."atMostOnce" OR l.resends >= coalesce(p."maxResends", 0) THEN 'FAILED'
         WHEN l."expiresAt" <= now() + make_interval(secs => $4) THEN 'EXPIRED'
         ELSE 'SCHEDULED' END::delivery_status s
  FROM l LEFT JOIN p ON p.channel = l.channel
  LEFT JOIN "DeliveryAttempt" a ON a."deliveryId" = l.id AND a.number = l.fence),
c AS (
  UPDATE "NotificationDelivery" d SET status = t.s, "possiblySent" = d."possiblySent" OR t.s <> 'SENT',
    "sentAt" = CASE WHEN t.s = 'SENT' THEN now() ELSE d."sentAt" END,
    resends = d.resends + (t.s = 'SCHEDULED')::int, "leaseUntil" = NULL,
    "dueAt" = CASE WHEN t.s = 'SCHEDULED' THEN t."dueAt"
                   WHEN t.s IN ('FAILED', 'EXPIRED') AND d."stopOn" IS NOT NULL THEN now() END,
    "scheduledFor" = CASE WHEN t.s = 'SCHEDULED' THEN t."dueAt" ELSE d."scheduledFor" END,
    reason = CASE t.s WHEN 'SENT' THEN NULL WHEN 'CANCELLED' THEN 'stopped' WHEN 'EXPIRED' THEN 'expired'
                      ELSE 'outcome_unknown' END
  FROM t WHERE d.id = t.id AND CASE WHEN d.status = 'UNKNOWN' THEN true ELSE false END
  RETURNING d.id, d.fence, d.status, ${OUTCOME}),
a AS (
  UPDATE "DeliveryAttempt" t
  SET outcome = coalesce(t.outcome, CASE WHEN c.status = 'SENT' THEN 'accepted' ELSE 'unknown' END),
    "endedAt" = coalesce(t."endedAt", now())
  FROM c WHERE t."deliveryId" = c.id AND t.number = c.fence),
o AS (${insertOutcomes('c', '$5')})
SELECT outcome FROM c`,
}

/** Ended rungs whose ladders must move; the statement after it locks their notifications first (D6). */
export const FIND_ENDED_RUNGS = {
  name: 'find-ended-rungs',
  text: `SELECT DISTINCT "notificationId" FROM (
  SELECT d."notificationId" FROM "NotificationDelivery" d
  WHERE d."dueAt" <= now()
    AND CASE WHEN d.status NOT IN ('SCHEDULED', 'PENDING', 'SENDING', 'UNKNOWN') THEN true ELSE false END
  ORDER BY d."dueAt" LIMIT $1) e`,
}

export const LOCK_NOTIFICATIONS = {
  name: 'lock-notifications',
  text: `SELECT n.id FROM unnest($1::uuid[]) u(id) JOIN "Notification" n ON n.id = u.id
ORDER BY n.id FOR NO KEY UPDATE OF n SKIP LOCKED`,
}

/** A receipt said that a rung arrived, and its ladder stops on that. */
export const FIND_DELIVERED_RUNGS = {
  name: 'find-delivered-rungs',
  text: `SELECT DISTINCT d."notificationId" FROM "NotificationDelivery" d
WHERE d.id = ${deliveriesOf('unnest($1::uuid[])')}
  AND CASE WHEN d."dueAt" <= now() AND d.status = 'DELIVERED' AND d."stopOn" = 'DELIVERED' THEN true ELSE false END`,
}

/**
 * With its notification locked: a rung that ended without success makes the next one due, if that one still waits for
 * its first time and not for quiet hours. What ended otherwise needs no further look. A rung that began, or succeeded,
 * keeps the later ones at their times; IN_APP is no rung that could.
 */
export const PULL_LADDERS = {
  name: 'pull-ladders',
  text: `WITH e AS (
  SELECT d.id, d."notificationId", d.step, d.status, d."stopOn" FROM "NotificationDelivery" d
  WHERE d.id = ${deliveriesOf('unnest($1::uuid[])')}
    AND CASE WHEN d."dueAt" <= now() AND d.status NOT IN ('SCHEDULED', 'PENDING', 'SENDING', 'UNKNOWN')
        THEN true ELSE false END),
f AS (
  SELECT e."notificationId", max(e.step) AS step
  FROM e JOIN "Notification" n ON n.id = e."notificationId"
  WHERE e.status IN ('FAILED', 'SUPPRESSED', 'EXPIRED') AND n."cancelledAt" IS NULL AND CASE e."stopOn"
    WHEN 'READ' THEN n."readAt" IS NULL AND n."acknowledgedAt" IS NULL
    WHEN 'ACKNOWLEDGED' THEN n."acknowledgedAt" IS NULL ELSE true END
  GROUP BY e."notificationId"),
x AS (
  SELECT x.id FROM f CROSS JOIN LATERAL (
    SELECT d.id, d.status, d.reason, d."dispatchId" FROM "NotificationDelivery" d
    WHERE d."notificationId" = f."notificationId" AND d.step > f.step
      AND CASE WHEN d.channel <> 'IN_APP' AND d.status NOT IN ('FAILED', 'SUPPRESSED', 'EXPIRED', 'CANCELLED')
          THEN true ELSE false END
    ORDER BY d.step LIMIT 1) x
  WHERE x.status = 'SCHEDULED' AND x."dispatchId" IS NULL AND x.reason IS DISTINCT FROM 'quiet_hours'),
l AS MATERIALIZED (
  SELECT d.id, d.status FROM "NotificationDelivery" d
  WHERE d.id = ANY (ARRAY(SELECT id FROM e UNION ALL SELECT id FROM x)) ORDER BY d.id FOR NO KEY UPDATE),
c AS (
  UPDATE "NotificationDelivery" d SET
    "dueAt" = CASE WHEN d.status = 'SCHEDULED' THEN least(d."dueAt", now()) END,
    "scheduledFor" = CASE WHEN d.status = 'SCHEDULED' THEN least(d."scheduledFor", now()) ELSE d."scheduledFor" END
  FROM l WHERE d.id = l.id AND CASE WHEN d."dueAt" IS NOT NULL
    AND d.status NOT IN ('PENDING', 'SENDING', 'UNKNOWN') THEN true ELSE false END
  RETURNING d.status)
SELECT count(*) FILTER (WHERE status = 'SCHEDULED')::int AS pulled FROM c`,
}

export const DELETE_STUBS = {
  name: 'delete-stubs',
  text: `WITH l AS MATERIALIZED (
  SELECT id FROM "Notification" WHERE "plannedAt" IS NULL AND "createdAt" <= now() - make_interval(secs => $1)
  ORDER BY "createdAt" LIMIT $2 FOR UPDATE SKIP LOCKED),
x AS (DELETE FROM "Notification" n USING l WHERE n.id = l.id AND n."plannedAt" IS NULL RETURNING n.id)
SELECT count(*)::int AS deleted FROM x`,
}
