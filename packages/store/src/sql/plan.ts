import { AT_MS, insertOutcomes, OUTCOME } from './outcome.ts'

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
  text: `WITH i AS MATERIALIZED (
  SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
    $9::text[], $10::text[], $11::text[], $12::text[], $13::jsonb[], $14::text[], $15::int[], $16::jsonb[],
    $17::jsonb[], $18::text[], $19::jsonb[], $20::jsonb[], $21::text[], $22::text[], $23::bool[], $24::text[],
    $25::timestamptz[], $41::text[])
  i(id, "tenantId", "recipientId", "eventId", "groupId", type, category, priority, strategy, lane, title, message,
    content, "templateCode", "templateVersion", metadata, contact, locale, ladder, decisions, "stopOn", "collapseKey",
    "inInbox", traceparent, "expiresAt", experiment)),
n AS (
  INSERT INTO "Notification" AS o (id, "tenantId", "recipientId", "eventId", "groupId", type, category, priority,
    strategy, lane, title, message, content, "templateCode", "templateVersion", metadata, contact, locale, ladder,
    decisions, "stopOn", "collapseKey", "inInbox", traceparent, "expiresAt", experiment, "plannedAt",
    "createdAt")
  SELECT i.*, now(), now() FROM i ORDER BY id
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
  RETURNING id, "tenantId", "recipientId", lane, "readAt", "acknowledgedAt", "cancelledAt"),
p AS (
  SELECT * FROM unnest($26::uuid[], $27::uuid[], $28::text[], $29::int[], $30::delivery_status[], $31::timestamptz[],
    $32::timestamptz[], $33::int[], $34::text[], $35::bool[], $36::text[], $37::uuid[])
  p(id, "notificationId", channel, step, status, "scheduledFor", "expiresAt", "maxAttempts", "stopOn", "atMostOnce",
    reason, "dispatchId")),
b AS (
  SELECT p.*, n."tenantId", n."recipientId", n.lane,
    CASE WHEN p.status NOT IN ('PENDING', 'SCHEDULED') THEN NULL
         WHEN n."cancelledAt" IS NOT NULL THEN 'cancelled'
         WHEN p."stopOn" = 'READ' AND n."readAt" IS NOT NULL THEN 'read'
         WHEN p."stopOn" IN ('READ', 'ACKNOWLEDGED') AND n."acknowledgedAt" IS NOT NULL THEN 'acknowledged'
    END AS stopped
  FROM p JOIN n ON n.id = p."notificationId"),
x AS (
  INSERT INTO "NotificationDelivery" AS d (id, "notificationId", "tenantId", "recipientId", channel, step, status, lane,
    "scheduledFor", "dueAt", "expiresAt", "maxAttempts", "stopOn", "atMostOnce", reason, "dispatchId", "deliveredAt")
  SELECT id, "notificationId", "tenantId", "recipientId", channel, step,
    CASE WHEN stopped IS NULL THEN status ELSE 'CANCELLED' END, lane, "scheduledFor",
    CASE WHEN status = 'SCHEDULED' AND stopped IS NULL THEN "scheduledFor" END, "expiresAt", "maxAttempts", "stopOn",
    "atMostOnce", coalesce(stopped, reason), CASE WHEN status = 'PENDING' AND stopped IS NULL THEN "dispatchId" END,
    CASE WHEN status = 'DELIVERED' THEN now() END
  FROM b ORDER BY id
  RETURNING d.id, d.channel, d.lane, d.status, d."dispatchId", ${OUTCOME}),
w AS (
  INSERT INTO "Dispatch"(id, channel, lane, parts, "dueAt")
  SELECT "dispatchId", channel, lane,
    json_build_array(json_build_object('partition', NULL, 'lastOffset', NULL, 'ids', json_agg(id))),
    now() + make_interval(secs => CASE lane WHEN 'urgent' THEN $39::float8 ELSE $40::float8 END)
  FROM x WHERE "dispatchId" IS NOT NULL GROUP BY "dispatchId", channel, lane),
o AS (${insertOutcomes('x', '$38')})
SELECT (SELECT count(*) FROM n)::int AS notifications, (SELECT count(*) FROM x)::int AS deliveries,
  (SELECT json_agg(i.id) FROM i WHERE NOT EXISTS (SELECT FROM n WHERE n.id = i.id)) AS missing,
  (SELECT json_agg(x.outcome) FROM x WHERE x.status = 'CANCELLED') AS stopped,
  (${AT_MS})::float8 AS "atMs"`,
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
