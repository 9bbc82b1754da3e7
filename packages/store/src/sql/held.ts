/**
 * Events that wait and events that have a key. Order of locks: the keys, then HeldEvent, then Event (D4). A key's lock is
 * an advisory one, because what must not be passed is often a row that is not there yet.
 */

export const LOCK_KEYS = {
  name: 'lock-cancel-keys',
  text: `SELECT pg_advisory_xact_lock(k.key) FROM (
  SELECT DISTINCT hashtextextended("tenantId" || chr(10) || "cancelKey", 0) AS key
  FROM unnest($1::text[], $2::text[]) x("tenantId", "cancelKey") ORDER BY key) k`,
}

/** Rows of these very events, and those that hold one of the keys. */
export const READ_HOLDS = {
  name: 'read-holds',
  text: `SELECT h."tenantId", h."eventId", h.state, h."cancelKey", coalesce(h."onSameKey", 'replace') AS "onSameKey",
  coalesce(h.fingerprint, '') AS fingerprint, h."acceptedAt", h."releasedAt", h.reason
FROM "HeldEvent" h WHERE h.id = ANY (ARRAY(
  SELECT o.id FROM unnest($1::text[], $2::text[]) e("tenantId", "eventId")
  JOIN "HeldEvent" o ON o."tenantId" = e."tenantId" AND o."eventId" = e."eventId"
  UNION SELECT o.id FROM unnest($3::text[], $4::text[]) k("tenantId", "cancelKey")
  JOIN "HeldEvent" o ON o."tenantId" = k."tenantId" AND o."cancelKey" = k."cancelKey"
  WHERE o.kind = 'EVENT' AND o.state IN ('WAITING', 'RELEASING', 'RELEASED')))
ORDER BY h.id FOR NO KEY UPDATE OF h`,
}

export const READ_CANCELLED_KEYS = {
  name: 'read-cancelled-keys',
  text: `SELECT now() AS now, (
  SELECT json_agg(json_build_array(c."tenantId", c."cancelKey", c."cancelledAt"))
  FROM unnest($1::text[], $2::text[]) k("tenantId", "cancelKey")
  JOIN "CancelledKey" c ON c."tenantId" = k."tenantId" AND c."cancelKey" = k."cancelKey") AS keys`,
}

/** One that was let go already may have been planned: the clock ends what waits of it. */
export const CHANGE_HOLDS = {
  name: 'change-holds',
  text: `WITH h AS (
  UPDATE "HeldEvent" h SET "cancelKey" = c."cancelKey", state = c.state, reason = c.reason,
    "decidedAt" = CASE WHEN c.state = 'CANCELLED' THEN now() ELSE h."decidedAt" END,
    "dueAt" = CASE WHEN c.state = 'CANCELLED' THEN CASE WHEN h.state <> 'WAITING' THEN now() END ELSE h."dueAt" END
  FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
    c("tenantId", "eventId", "cancelKey", state, reason)
  WHERE h."tenantId" = c."tenantId" AND h."eventId" = c."eventId"
  RETURNING h."tenantId", h."eventId", h.state, h.reason)
UPDATE "Event" e SET state = 'CANCELLED', reason = h.reason FROM h
WHERE e."tenantId" = h."tenantId" AND e.id = h."eventId" AND h.state = 'CANCELLED'`,
}

export const INSERT_HOLDS = {
  name: 'insert-holds',
  text: `WITH i AS MATERIALIZED (
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::json[], $6::text[], $7::text[], $8::bool[],
    $9::text[], $10::timestamptz[], $11::timestamptz[], $12::text[], $13::text[], $14::text[])
  i("tenantId", "eventId", state, "cancelKey", event, fingerprint, "onSameKey", "needsApproval", traceparent,
    "acceptedAt", "releaseAt", reason, type, category)),
h AS (
  INSERT INTO "HeldEvent"(id, kind, "tenantId", "eventId", state, "cancelKey", event, fingerprint, "onSameKey",
    "needsApproval", traceparent, "acceptedAt", "releaseAt", reason, "dueAt", "releasedAt", "decidedAt")
  SELECT gen_random_uuid(), 'EVENT', "tenantId", "eventId", state, "cancelKey", event, fingerprint, "onSameKey",
    "needsApproval", traceparent, "acceptedAt", "releaseAt", reason,
    CASE WHEN state = 'WAITING' AND NOT "needsApproval" THEN "releaseAt" END,
    CASE WHEN state = 'RELEASED' THEN now() END, CASE WHEN state = 'CANCELLED' THEN now() END
  FROM i ORDER BY "tenantId", "eventId"
  ON CONFLICT ("tenantId", "eventId") DO NOTHING
  RETURNING "tenantId", "eventId")
INSERT INTO "Event" AS e ("tenantId", id, type, category, fingerprint, state, reason, "cancelKey", "acceptedAt",
  traceparent)
SELECT "tenantId", "eventId", type, category, fingerprint,
  CASE state WHEN 'WAITING' THEN 'HELD' WHEN 'CANCELLED' THEN 'CANCELLED' ELSE 'QUEUED' END, reason, "cancelKey",
  "acceptedAt", traceparent
FROM i JOIN h USING ("tenantId", "eventId") ORDER BY "tenantId", "eventId"
ON CONFLICT ("tenantId", id) DO UPDATE SET state = excluded.state, reason = excluded.reason,
  fingerprint = excluded.fingerprint, type = excluded.type, category = excluded.category,
  "acceptedAt" = excluded."acceptedAt"
WHERE CASE WHEN e.state = 'REFUSED' THEN true ELSE false END`,
}

/** WAITING → RELEASING, and RELEASING again whose publish nobody confirmed: the router plans what comes twice once. */
export const TAKE_RELEASES = {
  name: 'take-releases',
  text: `WITH l AS MATERIALIZED (
  SELECT h.id FROM "HeldEvent" h
  WHERE h."dueAt" <= now() AND CASE WHEN h.state IN ('WAITING', 'RELEASING')
    AND h."onDue" IS DISTINCT FROM 'emit' THEN true ELSE false END
  ORDER BY h."dueAt" LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED)
UPDATE "HeldEvent" h SET state = 'RELEASING', "dueAt" = now() + interval '5 s',
  "releasedAt" = coalesce(h."releasedAt", now())
FROM l WHERE h.id = l.id
RETURNING h.id, h.kind, h."tenantId", h."eventId", h."cancelKey", h.event::text AS event,
  h."acceptedAt", h."releasedAt", h.traceparent`,
}

/** One that was cancelled meanwhile stays so. */
export const CONFIRM_RELEASED = {
  name: 'confirm-released',
  text: `WITH l AS MATERIALIZED (
  SELECT h.id FROM unnest($1::uuid[]) u(id) JOIN "HeldEvent" h ON h.id = u.id
  WHERE CASE WHEN h.state = 'RELEASING' THEN true ELSE false END ORDER BY h.id FOR NO KEY UPDATE OF h)
UPDATE "HeldEvent" h SET state = 'RELEASED', "dueAt" = NULL FROM l WHERE h.id = l.id`,
}

/** Timers that tell rather than notify: their outcome is in the outbox of the statement that lets them go off. */
export const EXPIRE_TIMERS = {
  name: 'expire-timers',
  text: `WITH l AS MATERIALIZED (
  SELECT h.id, h."releaseAt" FROM "HeldEvent" h
  WHERE h."dueAt" <= now() AND CASE WHEN h.state = 'WAITING' AND h."onDue" = 'emit' THEN true ELSE false END
  ORDER BY h."dueAt" LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED),
c AS (
  UPDATE "HeldEvent" h SET state = 'RELEASED', "dueAt" = NULL, "releasedAt" = now()
  FROM l WHERE h.id = l.id
  RETURNING json_build_array(h."eventId", h."tenantId", h."cancelKey",
    (extract(epoch FROM h."releaseAt") * 1000)::bigint, (extract(epoch FROM now()) * 1000)::bigint, h.event->'data')
    AS outcome),
o AS (
  INSERT INTO "Outbox"(id, topic, records) SELECT $2::uuid, 'notification.outcomes', json_agg(outcome) FROM c
  HAVING count(*) > 0)
SELECT outcome FROM c`,
}

export const TAKE_CANCELLED = {
  name: 'take-cancelled',
  text: `WITH l AS MATERIALIZED (
  SELECT h.id FROM "HeldEvent" h
  WHERE h."dueAt" <= now() AND CASE WHEN h.state = 'CANCELLED' THEN true ELSE false END
  ORDER BY h."dueAt" LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED)
UPDATE "HeldEvent" h SET "dueAt" = now() + interval '5 s' FROM l WHERE h.id = l.id
RETURNING h.id, h."tenantId", h."eventId"`,
}

export const END_CANCELLED = {
  name: 'end-cancelled',
  text: `UPDATE "HeldEvent" h SET "dueAt" = NULL WHERE h.id = ANY($1::uuid[])
  AND CASE WHEN h.state = 'CANCELLED' THEN true ELSE false END`,
}

/** Rows of events whose records are gone from the topic, and of keys that nothing old can still arrive under. */
export const DELETE_ENDED_HOLDS = {
  name: 'delete-ended-holds',
  text: `WITH k AS (DELETE FROM "CancelledKey" WHERE "cancelledAt" <= now() - make_interval(secs => $1)),
l AS MATERIALIZED (
  SELECT h.id FROM "HeldEvent" h
  WHERE h."createdAt" <= now() - make_interval(secs => $1) AND CASE WHEN h."dueAt" IS NULL
    AND h.state IN ('RELEASED', 'CANCELLED', 'REJECTED')
    AND coalesce(h."decidedAt", h."releasedAt") <= now() - make_interval(secs => $1) THEN true ELSE false END
  LIMIT $2 FOR UPDATE SKIP LOCKED),
x AS (DELETE FROM "HeldEvent" h USING l WHERE h.id = l.id RETURNING h.id)
SELECT count(*)::int AS deleted FROM x`,
}

/** What people decide. The row as it stands afterwards, and whether this changed it. */
export const APPROVE_HELD = {
  name: 'approve-held',
  text: `UPDATE "HeldEvent" h SET "needsApproval" = false, "decidedBy" = $3, "decidedAt" = now(),
  "dueAt" = coalesce(greatest(h."releaseAt", now()), now())
WHERE h."tenantId" = $1 AND h."eventId" = $2 AND h.kind = 'EVENT'
  AND CASE WHEN h.state = 'WAITING' AND h."needsApproval" THEN true ELSE false END`,
}

export const REJECT_HELD = {
  name: 'reject-held',
  text: `WITH h AS (
  UPDATE "HeldEvent" h SET state = 'REJECTED', "decidedBy" = $3, "decidedAt" = now(), "dueAt" = NULL, reason = 'rejected'
  WHERE h."tenantId" = $1 AND h."eventId" = $2 AND h.kind = 'EVENT'
    AND CASE WHEN h.state = 'WAITING' AND h."needsApproval" THEN true ELSE false END
  RETURNING h."tenantId", h."eventId")
UPDATE "Event" e SET state = 'CANCELLED', reason = 'rejected' FROM h WHERE e."tenantId" = h."tenantId" AND e.id = h."eventId"`,
}

/** One that was let go stays due until what waits of it is ended, in case nobody ends it now. */
export const CANCEL_HELD = {
  name: 'cancel-held',
  text: `UPDATE "HeldEvent" h SET state = 'CANCELLED', reason = 'cancelled', "decidedAt" = now(),
  "dueAt" = CASE WHEN h.state <> 'WAITING' THEN now() + interval '30 s' END
WHERE h."tenantId" = $1 AND h."eventId" = $2 AND h.kind = 'EVENT'
  AND CASE WHEN h.state IN ('WAITING', 'RELEASING', 'RELEASED') THEN true ELSE false END`,
}

export const READ_HELD = {
  name: 'read-held',
  text: `SELECT h."eventId", h.state, h."needsApproval", h."releaseAt", h."decidedAt", h."decidedBy", h.reason
FROM "HeldEvent" h WHERE h."tenantId" = $1 AND h."eventId" = $2 AND h.kind = 'EVENT'`,
}

/** The key's lock is held. What was accepted under it until now is cancelled, also what has not arrived yet. */
export const CANCEL_KEY = {
  name: 'cancel-key',
  text: `WITH k AS (
  INSERT INTO "CancelledKey"("tenantId", "cancelKey", "cancelledAt") VALUES ($1, $2, now())
  ON CONFLICT ("tenantId", "cancelKey") DO UPDATE SET "cancelledAt" = excluded."cancelledAt")
SELECT h."eventId" FROM "HeldEvent" h WHERE h."tenantId" = $1 AND h."cancelKey" = $2 AND h.kind = 'EVENT'
  AND h.state IN ('WAITING', 'RELEASING', 'RELEASED')`,
}
