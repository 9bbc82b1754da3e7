import { AT_MS, insertOutcomes, OUTCOME } from './outcome.ts'
import {
  DELIVERY_COLUMNS,
  insertDispatches,
  NOTIFICATION_COLUMNS,
  PLAN_ROWS,
  PLANNED_NOTIFICATIONS,
} from './plan-rows.ts'

/**
 * A chunk's plan, in the order of its locks: Event, Notification, NotificationDelivery, Dispatch, Outbox; each in id
 * order. Events that were there before are locked too, before any notification is touched.
 */

/** Answers with the exceptions only, those that were there before: reading a thousand rows costs as much as planning them. */
export const INSERT_EVENTS = {
  name: 'insert-events',
  text: `WITH e AS MATERIALIZED (
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::int[], $8::int[],
    $9::timestamptz[], $10::text[])
  e("tenantId", id, type, category, fingerprint, "cancelKey", "recipientCount", "notificationCount", "acceptedAt",
    traceparent)),
i AS (
  INSERT INTO "Event"("tenantId", id, type, category, fingerprint, state, "cancelKey", "recipientCount",
    "notificationCount", "acceptedAt", "plannedAt", traceparent)
  SELECT "tenantId", id, type, category, fingerprint, 'PLANNED', "cancelKey", "recipientCount", "notificationCount",
    "acceptedAt", now(), traceparent
  FROM e ORDER BY "tenantId", id
  ON CONFLICT ("tenantId", id) DO NOTHING
  RETURNING "tenantId", id)
SELECT CASE WHEN (SELECT count(*) FROM i) < (SELECT count(*) FROM e) THEN
  (SELECT json_agg(json_build_array(e."tenantId", e.id)) FROM e
   WHERE NOT EXISTS (SELECT FROM i WHERE i."tenantId" = e."tenantId" AND i.id = e.id)) END AS known`,
}

/**
 * Events that were there before: the same content goes on, other content is a conflict and comes back without a row.
 * Nothing was planned from a refused one, so it may come again, corrected. Of a cancelled one nothing is planned any
 * more: its lock orders the cancel against this. One that was cancelled before it came has no content to differ from.
 */
export const TAKE_KNOWN_EVENTS = {
  name: 'take-known-events',
  text: `WITH l AS MATERIALIZED (
  SELECT o."tenantId", o.id, e.fingerprint, e.type, e.category, e."recipientCount", e."acceptedAt", o.state
  FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::int[], $7::timestamptz[])
    e("tenantId", id, type, category, fingerprint, "recipientCount", "acceptedAt")
  JOIN "Event" o ON o."tenantId" = e."tenantId" AND o.id = e.id
  WHERE CASE WHEN o.fingerprint IN (e.fingerprint, '') OR o.state = 'REFUSED' THEN true ELSE false END
  ORDER BY o."tenantId", o.id FOR NO KEY UPDATE OF o),
u AS (
  UPDATE "Event" o SET state = 'PLANNED', reason = NULL, fingerprint = l.fingerprint, type = l.type,
    category = l.category, "recipientCount" = l."recipientCount", "acceptedAt" = l."acceptedAt", "plannedAt" = now()
  FROM l WHERE o."tenantId" = l."tenantId" AND o.id = l.id AND CASE WHEN o.state NOT IN ('PLANNED', 'PLANNING', 'CANCELLED') THEN true ELSE false END)
SELECT "tenantId", id, state FROM l`,
}

/** Only where fewer rows were new than the event's own row promised, or a later chunk of a large event added some. */
export const ADJUST_EVENT_COUNTS = {
  name: 'adjust-event-counts',
  text: `UPDATE "Event" o SET "notificationCount" = o."notificationCount" + a.added
FROM unnest($1::text[], $2::text[], $3::int[]) a("tenantId", id, added)
WHERE o."tenantId" = a."tenantId" AND o.id = a.id`,
}

/**
 * Inserts notifications, or fills the stubs that a read left (D7), and the deliveries of exactly those. What a stop
 * ended before it was planned is born CANCELLED. Answers with the exceptions only: which notifications were there
 * before, and which deliveries were born otherwise than planned.
 */
export const INSERT_PLANS = {
  name: 'insert-plans',
  text: `WITH ${PLAN_ROWS},
n AS (
  INSERT INTO "Notification" AS o (${NOTIFICATION_COLUMNS}, "plannedAt", "createdAt")
  SELECT ${NOTIFICATION_COLUMNS}, now(), now() FROM ${PLANNED_NOTIFICATIONS} ORDER BY id
  ON CONFLICT (id) DO UPDATE SET "eventId" = excluded."eventId", "groupId" = excluded."groupId",
    type = excluded.type, category = excluded.category, priority = excluded.priority, strategy = excluded.strategy,
    lane = excluded.lane, title = excluded.title, message = excluded.message, content = excluded.content,
    "templateCode" = excluded."templateCode", "templateVersion" = excluded."templateVersion",
    metadata = excluded.metadata, contact = excluded.contact, locale = excluded.locale, ladder = excluded.ladder,
    decisions = excluded.decisions, "stopOn" = excluded."stopOn", "collapseKey" = excluded."collapseKey",
    "inInbox" = excluded."inInbox", traceparent = excluded.traceparent, "expiresAt" = excluded."expiresAt",
    experiment = excluded.experiment, "plannedAt" = excluded."plannedAt", "createdAt" = excluded."createdAt"
  WHERE CASE WHEN o."plannedAt" IS NULL AND o."tenantId" = excluded."tenantId"
             AND o."recipientId" = excluded."recipientId" THEN true ELSE false END
  RETURNING id, "readAt", "acknowledgedAt", "cancelledAt"),
s AS (
  SELECT p.*,
    CASE WHEN p.status NOT IN ('PENDING', 'SCHEDULED') THEN NULL
         WHEN n."cancelledAt" IS NOT NULL THEN 'cancelled'
         WHEN p."stopOn" = 'READ' AND n."readAt" IS NOT NULL THEN 'read'
         WHEN p."stopOn" IN ('READ', 'ACKNOWLEDGED') AND n."acknowledgedAt" IS NOT NULL THEN 'acknowledged'
    END AS stopped
  FROM p JOIN n ON n.id = p."notificationId"),
x AS (
  INSERT INTO "NotificationDelivery" AS d (${DELIVERY_COLUMNS})
  SELECT id, "notificationId", "tenantId", "recipientId", channel, step,
    CASE WHEN stopped IS NULL THEN status ELSE 'CANCELLED' END, lane, "scheduledFor",
    CASE WHEN status = 'SCHEDULED' AND stopped IS NULL THEN "scheduledFor" END, "expiresAt", "maxAttempts", "stopOn",
    "atMostOnce", coalesce(stopped, reason), CASE WHEN status = 'PENDING' AND stopped IS NULL THEN "dispatchId" END,
    CASE WHEN status = 'DELIVERED' THEN now() END
  FROM s ORDER BY id
  RETURNING d.id, d.channel, d.lane, d.status, d."dispatchId", ${OUTCOME}),
w AS (${insertDispatches('x', '$43', '$44')}),
o AS (${insertOutcomes('x', '$42')})
SELECT (SELECT count(*) FROM n)::int AS notifications, (SELECT count(*) FROM x)::int AS deliveries,
  (SELECT json_agg(r.id) FROM r WHERE NOT EXISTS (SELECT FROM n WHERE n.id = r.id)) AS missing,
  (SELECT json_agg(x.outcome) FROM x WHERE x.status = 'CANCELLED') AS stopped,
  (${AT_MS})::float8 AS "atMs"`,
}

/**
 * For a chunk of which nothing is there yet, as nearly all are: all of it in one statement that is a transaction of its own,
 * and without looking for each row first. Where an event or a notification is there after all, it fails as a whole (23505), and
 * the statements above say what is to become of the chunk. Each part waits for the one before it, so that the order of
 * locks is theirs; nobody can know of the deliveries yet, which need none.
 */
export const INSERT_NEW_PLANS = {
  name: 'insert-new-plans',
  text: `WITH ${PLAN_ROWS},
e AS (
  INSERT INTO "Event"("tenantId", id, type, category, fingerprint, state, "cancelKey", "recipientCount",
    "notificationCount", "acceptedAt", "plannedAt", traceparent)
  SELECT "tenantId", id, type, category, fingerprint, 'PLANNED', "cancelKey", "recipientCount", "notificationCount",
    "acceptedAt", now(), traceparent
  FROM unnest($45::text[], $46::text[], $47::text[], $48::text[], $49::text[], $50::text[], $51::int[], $52::int[],
    $53::timestamptz[], $54::text[])
  e("tenantId", id, type, category, fingerprint, "cancelKey", "recipientCount", "notificationCount", "acceptedAt",
    traceparent)
  ORDER BY "tenantId", id
  RETURNING 1),
n AS (
  INSERT INTO "Notification"(${NOTIFICATION_COLUMNS}, "plannedAt", "createdAt")
  SELECT ${NOTIFICATION_COLUMNS}, now(), now() FROM ${PLANNED_NOTIFICATIONS} WHERE (SELECT count(*) FROM e) >= 0 ORDER BY id
  RETURNING 1),
x AS (
  INSERT INTO "NotificationDelivery"(${DELIVERY_COLUMNS})
  SELECT id, "notificationId", "tenantId", "recipientId", channel, step, status, lane, "scheduledFor",
    CASE WHEN status = 'SCHEDULED' THEN "scheduledFor" END, "expiresAt", "maxAttempts", "stopOn", "atMostOnce", reason,
    "dispatchId", CASE WHEN status = 'DELIVERED' THEN now() END
  FROM p WHERE (SELECT count(*) FROM n) >= 0
  RETURNING 1),
w AS (${insertDispatches('p', '$43', '$44')}),
f AS (SELECT ${OUTCOME} FROM p d),
o AS (${insertOutcomes('f', '$42')})
SELECT (SELECT count(*) FROM x)::int AS deliveries, (${AT_MS})::float8 AS "atMs"`,
}

/** Who stands where a notification could not be inserted. */
export const READ_OCCUPANTS = {
  name: 'read-occupants',
  text: `SELECT n.id, n."tenantId", n."recipientId", n."eventId", n."plannedAt" IS NULL AS "isStub", e.fingerprint
FROM unnest($1::uuid[]) u(id) JOIN "Notification" n ON n.id = u.id
LEFT JOIN "Event" e ON e."tenantId" = n."tenantId" AND e.id = n."eventId"`,
}

/**
 * What a router that died between commit and publish may have left unpublished. LATERAL with OFFSET 0 keeps the planner
 * from guessing how many deliveries a notification has: without statistics it expects a thousand, and reads them all.
 */
export const READ_PENDING = {
  name: 'read-pending',
  text: `SELECT d.id AS "deliveryId", d."notificationId", d."tenantId", d."recipientId", d.channel, d.lane, d."dispatchId"
FROM unnest($1::uuid[]) k(id) CROSS JOIN LATERAL (
  SELECT * FROM "NotificationDelivery" d WHERE d."notificationId" = k.id
    AND CASE WHEN d.status = 'PENDING' AND d."dispatchId" IS NOT NULL THEN true ELSE false END
  OFFSET 0) d
ORDER BY d.id`,
}

/** Refused ones may be refused again; what was accepted before stays, and is told of. */
export const INSERT_REFUSALS = {
  name: 'insert-refusals',
  text: `WITH e AS MATERIALIZED (
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[])
  e("tenantId", id, type, category, fingerprint, reason, "acceptedAt")),
i AS (
  INSERT INTO "Event"("tenantId", id, type, category, fingerprint, state, reason, "acceptedAt")
  SELECT "tenantId", id, type, category, fingerprint, 'REFUSED', reason, "acceptedAt" FROM e
  ORDER BY "tenantId", id
  ON CONFLICT ("tenantId", id) DO NOTHING)
SELECT o."tenantId", o.id FROM e JOIN "Event" o ON o."tenantId" = e."tenantId" AND o.id = e.id
WHERE o.state <> 'REFUSED' AND o.fingerprint = e.fingerprint`,
}
