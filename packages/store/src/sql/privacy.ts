import { deliveriesOf } from './deliveries-of.ts'

/**
 * Erasure goes over rows, never over the log: a tombstone of ids stays of each notification, because planning it again
 * from the topic must find its place taken.
 */

/** The first pass; what a router is just writing is found by the second. */
export const MARK_ERASED = {
  name: 'mark-erased',
  text: `INSERT INTO "Erasure"("tenantId", "userId", "erasedAt", "sweepAt")
VALUES ($1, $2, now(), now() + make_interval(secs => $3))
ON CONFLICT ("tenantId", "userId") DO UPDATE SET "erasedAt" = excluded."erasedAt", "sweepAt" = excluded."sweepAt"`,
}

export const DELETE_PERSON = {
  name: 'delete-person',
  text: `WITH t AS (DELETE FROM "TopicSubscriber" WHERE "tenantId" = $1 AND "userId" = $2),
v AS (DELETE FROM "Device" WHERE "tenantId" = $1 AND "userId" = $2 RETURNING 1),
u AS (DELETE FROM "User" WHERE "tenantId" = $1 AND id = $2)
SELECT count(*)::int AS devices FROM v`,
}

/** A batch of what still says something, locked in id order; the deliveries follow in statements of their own (D5). */
export const SCRUB_NOTIFICATIONS = {
  name: 'scrub-notifications',
  text: `WITH l AS MATERIALIZED (
  SELECT n.id FROM "Notification" n WHERE n."tenantId" = $1 AND n."recipientId" = $2
    AND CASE WHEN n.title IS NOT NULL OR n.message IS NOT NULL OR n.content IS NOT NULL OR n.metadata IS NOT NULL
      OR n.contact IS NOT NULL OR n."inInbox" OR n."plannedAt" IS NOT NULL AND n."cancelledAt" IS NULL
      THEN true ELSE false END
  ORDER BY n.id LIMIT $3 FOR NO KEY UPDATE OF n)
UPDATE "Notification" n SET title = NULL, message = NULL, content = NULL, metadata = NULL, contact = NULL,
  "inInbox" = false, "cancelledAt" = coalesce(n."cancelledAt", now())
FROM l WHERE n.id = l.id RETURNING n.id`,
}

/** What a provider said may quote the person; the reason code stays. */
export const SCRUB_DELIVERIES = {
  name: 'scrub-deliveries',
  text: `WITH d AS (
  UPDATE "NotificationDelivery" d SET error = NULL
  WHERE d.id = ${deliveriesOf('(SELECT id FROM unnest($1::uuid[]) k(id))')} AND d.error IS NOT NULL)
UPDATE "DeliveryAttempt" t SET error = NULL
WHERE t.error IS NOT NULL AND t."deliveryId" = ${deliveriesOf('(SELECT id FROM unnest($1::uuid[]) k(id))')}`,
}

/** Of the people who are asked for; a handful at any time. */
export const READ_ERASED = {
  name: 'read-erased',
  text: `SELECT e."tenantId", e."userId", e."erasedAt"
FROM (SELECT DISTINCT * FROM unnest($1::text[], $2::text[]) u("tenantId", "userId")) u
JOIN "Erasure" e ON e."tenantId" = u."tenantId" AND e."userId" = u."userId"`,
}

/**
 * What waits rests sealed, so that no statement can look into it: all of a tenant's is read, from one id to the next, without a
 * lock that a release would wait for. What a timer only tells names nobody.
 */
export const FIND_HELD_EVENTS = {
  name: 'find-held-events',
  text: `SELECT id, event::text AS stored FROM "HeldEvent" WHERE id > $3::uuid AND "tenantId" = $1 AND event IS NOT NULL
  AND ($2::timestamptz IS NULL OR "acceptedAt" <= $2) AND "onDue" IS DISTINCT FROM 'emit' ORDER BY id LIMIT $4`,
}

export const READ_HELD_EVENT = {
  name: 'read-held-event',
  text: `SELECT id, event::text AS stored FROM "HeldEvent" WHERE id = $1 AND event IS NOT NULL`,
}

export const FIND_SCHEDULED_EVENTS = {
  name: 'find-scheduled-events',
  text: `SELECT id, event FROM "Schedule" WHERE "tenantId" = $1 ORDER BY id FOR NO KEY UPDATE`,
}

export const REWRITE_SCHEDULE = {
  name: 'rewrite-schedule',
  text: `UPDATE "Schedule" SET event = $3::json, "updatedAt" = now() WHERE "tenantId" = $1 AND id = $2`,
}

export const DELETE_ERASED_SCHEDULE = {
  name: 'delete-erased-schedule',
  text: `DELETE FROM "Schedule" WHERE "tenantId" = $1 AND id = $2`,
}

/** Sealed, so that no statement can look into them; few have not ended. */
export const FIND_FANOUTS_WITH_EVENTS = {
  name: 'find-fanouts-with-events',
  text: `SELECT id, event FROM "Fanout" WHERE "tenantId" = $1 AND event IS NOT NULL
  AND ($2::timestamptz IS NULL OR "acceptedAt" <= $2) ORDER BY id FOR NO KEY UPDATE`,
}

/** Whoever works on it goes on with what it read; of the person nothing is planned all the same. */
export const REWRITE_FANOUT = { name: 'rewrite-fanout', text: `UPDATE "Fanout" SET event = $2::jsonb WHERE id = $1` }

/** Only where nobody else was left out of it meanwhile. */
export const REWRITE_HELD = {
  name: 'rewrite-held',
  text: `UPDATE "HeldEvent" SET event = $2::json,
  state = CASE WHEN $2::json IS NULL AND state IN ('WAITING', 'RELEASING') THEN 'CANCELLED' ELSE state END,
  "dueAt" = CASE WHEN $2::json IS NULL THEN NULL ELSE "dueAt" END,
  reason = CASE WHEN $2::json IS NULL THEN 'erased' ELSE reason END
WHERE id = $1 AND event::text = $3 RETURNING id`,
}

export const TAKE_DUE_ERASURES = {
  name: 'take-due-erasures',
  text: `UPDATE "Erasure" e SET "sweepAt" = now() + interval '1 minute'
FROM (SELECT "tenantId", "userId" FROM "Erasure" WHERE "sweepAt" <= now() ORDER BY "sweepAt" LIMIT $1
  FOR UPDATE SKIP LOCKED) d
WHERE e."tenantId" = d."tenantId" AND e."userId" = d."userId"
RETURNING e."tenantId", e."userId", e."erasedAt"`,
}

export const END_ERASURE = {
  name: 'end-erasure',
  text: `UPDATE "Erasure" SET "sweepAt" = NULL WHERE "tenantId" = $1 AND "userId" = $2`,
}

export const EXPORT_NOTIFICATIONS = {
  name: 'export-notifications',
  text: `SELECT n.id, n."createdAt", n.type, n.category, n.title, n.message, n.metadata, n.contact, n."readAt",
  coalesce((SELECT json_agg(json_build_object('channel', d.channel, 'status', d.status, 'reason', d.reason,
    'sentAt', d."sentAt") ORDER BY d.step, d.replay, d.id)
    FROM "NotificationDelivery" d WHERE d."notificationId" = n.id), '[]') AS deliveries
FROM "Notification" n WHERE n."tenantId" = $1 AND n."recipientId" = $2 AND n."plannedAt" IS NOT NULL
ORDER BY n."createdAt" DESC, n.id DESC LIMIT $3`,
}

export const EXPORT_DEVICES = {
  name: 'export-devices',
  text: `SELECT token, platform, "createdAt" FROM "Device" WHERE "tenantId" = $1 AND "userId" = $2 ORDER BY "createdAt"`,
}

export const EXPORT_TOPICS = {
  name: 'export-topics',
  text: `SELECT topic FROM "TopicSubscriber" WHERE "tenantId" = $1 AND "userId" = $2 ORDER BY topic`,
}
