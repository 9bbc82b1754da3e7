/**
 * A fan-out moves by one row. Whoever holds it says so with `owner`; a pause, a cancel and a take-over change the row, and
 * every statement of the former holder then finds none. Its lock comes before all others (D4).
 */

/** After the events were taken: a cancelled one is not started. */
export const START_FANOUTS = {
  name: 'start-fanouts',
  text: `WITH i AS (
  INSERT INTO "Fanout"(id, "tenantId", "eventId", status, event, segment, rule, fingerprint, traceparent, "acceptedAt", "dueAt")
  SELECT gen_random_uuid(), f."tenantId", f.id, 'PROCESSING', f.event, f.segment,
    (SELECT s.rule FROM "Segment" s WHERE s."tenantId" = f."tenantId" AND s.code = f.segment),
    f.fingerprint, f.traceparent, f."acceptedAt", now() + interval '5 s'
  FROM unnest($1::text[], $2::text[], $3::jsonb[], $4::text[], $5::text[], $6::timestamptz[], $7::text[])
    f("tenantId", id, event, fingerprint, traceparent, "acceptedAt", segment)
  JOIN "Event" e ON e."tenantId" = f."tenantId" AND e.id = f.id
  WHERE e.state <> 'CANCELLED'
  ORDER BY f."tenantId", f.id
  ON CONFLICT ("tenantId", "eventId") DO NOTHING
  RETURNING id, "tenantId", "eventId")
UPDATE "Event" e SET state = 'PLANNING', "plannedAt" = NULL
FROM i WHERE e."tenantId" = i."tenantId" AND e.id = i."eventId"`,
}

export const FIND_WAITING_FANOUTS = {
  name: 'find-waiting-fanouts',
  text: `SELECT f.id AS "fanoutId", f."tenantId"
FROM unnest($1::text[], $2::text[]) k("tenantId", id)
JOIN "Fanout" f ON f."tenantId" = k."tenantId" AND f."eventId" = k.id
WHERE CASE WHEN f.status = 'PROCESSING' AND (f.owner IS NULL OR f."leaseUntil" <= now()) THEN true ELSE false END`,
}

export const TAKE_FANOUT = {
  name: 'take-fanout',
  text: `UPDATE "Fanout" f SET owner = $2::uuid, "leaseUntil" = now() + make_interval(secs => $3),
  "dueAt" = now() + make_interval(secs => $3)
WHERE f.id = $1::uuid
  AND CASE WHEN f.status = 'PROCESSING' AND (f.owner IS NULL OR f."leaseUntil" <= now()) THEN true ELSE false END
RETURNING f.id AS "fanoutId", f."tenantId", f."eventId", f.event, f.rule, f.fingerprint, f.traceparent, f."acceptedAt",
  f.cursor, f.total, f.failures`,
}

/** How a chunk begins: no row, no chunk. The last one ends it. */
export const MOVE_CURSOR = {
  name: 'move-cursor',
  text: `UPDATE "Fanout" f SET cursor = $4, resolved = resolved + $5, failures = 0,
  status = CASE WHEN $6::bool THEN 'COMPLETED' ELSE status END,
  total = CASE WHEN $6::bool THEN resolved + $5 ELSE greatest($7, resolved + $5) END,
  owner = CASE WHEN $6::bool THEN NULL ELSE owner END,
  "leaseUntil" = CASE WHEN $6::bool THEN NULL ELSE now() + make_interval(secs => $8) END,
  "dueAt" = CASE WHEN $6::bool THEN NULL ELSE now() + make_interval(secs => $8) END,
  event = CASE WHEN $6::bool THEN NULL ELSE event END,
  "endedAt" = CASE WHEN $6::bool THEN now() END
WHERE f.id = $1::uuid AND CASE WHEN f.cursor = $3 AND f.owner = $2::uuid AND f.status = 'PROCESSING' THEN true ELSE false END
RETURNING f."tenantId", f."eventId", f.resolved`,
}

export const COMPLETE_EVENT = {
  name: 'complete-event',
  text: `UPDATE "Event" SET state = 'PLANNED', "plannedAt" = now(), "recipientCount" = $3
WHERE "tenantId" = $1 AND id = $2 AND CASE WHEN state = 'PLANNING' THEN true ELSE false END`,
}

/** Renews the lease and asks by id; a delivery that waits for the end of quiet hours is not minded. */
export const KEEP_FANOUT = {
  name: 'keep-fanout',
  text: `WITH k AS (
  UPDATE "Fanout" f SET "leaseUntil" = now() + make_interval(secs => $3), "dueAt" = now() + make_interval(secs => $3)
  WHERE f.id = $1::uuid AND CASE WHEN f.owner = $2::uuid AND f.status = 'PROCESSING' THEN true ELSE false END
  RETURNING f.id)
SELECT (SELECT coalesce(json_agg(d.id), '[]') FROM unnest($4::uuid[]) u(id) JOIN "NotificationDelivery" d ON d.id = u.id
  WHERE CASE WHEN d.status IN ('PENDING', 'SENDING', 'UNKNOWN')
             OR d.status = 'SCHEDULED' AND d.reason IS DISTINCT FROM 'quiet_hours' THEN true ELSE false END) AS unfinished
FROM k`,
}

/** After a take-over: what was handed over at once carries a dispatch or was tried before. */
export const LIST_UNFINISHED = {
  name: 'list-unfinished',
  text: `SELECT d.id FROM "Notification" n CROSS JOIN LATERAL (
  SELECT d.id FROM "NotificationDelivery" d WHERE d."notificationId" = n.id
    AND CASE WHEN d.status IN ('PENDING', 'SENDING', 'UNKNOWN')
             OR d.status = 'SCHEDULED' AND d.fence > 0 AND d.reason IS DISTINCT FROM 'quiet_hours' THEN true ELSE false END
  OFFSET 0) d
WHERE n."eventId" = $2 AND n."tenantId" = $1 LIMIT $3`,
}

export const GIVE_BACK_FANOUT = {
  name: 'give-back-fanout',
  text: `UPDATE "Fanout" f SET owner = NULL, "leaseUntil" = NULL, "dueAt" = now() + make_interval(secs => $3),
  failures = failures + ($4::text IS NOT NULL)::int, detail = coalesce($4, detail)
WHERE f.id = $1::uuid AND CASE WHEN f.owner = $2::uuid AND f.status = 'PROCESSING' THEN true ELSE false END`,
}

export const FAIL_FANOUT = {
  name: 'fail-fanout',
  text: `UPDATE "Fanout" f SET status = 'FAILED', reason = $3, detail = $4, owner = NULL, "leaseUntil" = NULL, "dueAt" = NULL
WHERE f.id = $1::uuid AND CASE WHEN f.owner = $2::uuid AND f.status = 'PROCESSING' THEN true ELSE false END`,
}

export const TAKE_DUE_FANOUTS = {
  name: 'take-due-fanouts',
  text: `WITH l AS MATERIALIZED (
  SELECT id FROM "Fanout" WHERE "dueAt" <= now() ORDER BY "dueAt" LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED)
UPDATE "Fanout" f SET "dueAt" = now() + interval '5 s' FROM l WHERE f.id = l.id
RETURNING f.id AS "fanoutId", f."tenantId"`,
}
