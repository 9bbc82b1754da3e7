import { insertOutcomes, OUTCOME } from './outcome.ts'
import { IS_NOT_WAITED_FOR, WITHOUT_WAITING } from './without-waiting.ts'

/**
 * The watch over wake-ups. A dispatch is leased for its look by moving its own dueAt; no lock of it is held while its
 * deliveries are judged, because deliveries come first in the order of locks (D4). A clock that dies meanwhile loses no
 * look, only the lease's few seconds.
 */

/**
 * What a publish was acknowledged with, without waiting for the disk: what a crash of the server forgets of it is published
 * again, which wakes nobody twice. Usually it is the whole dispatch and replaces its parts; when only some ids were
 * published again, the others stay in their parts: a row that no part names is minded by nobody.
 */
export const RECORD_PUBLISHED = {
  name: 'record-published',
  text: `WITH ${WITHOUT_WAITING},
u AS MATERIALIZED (
  SELECT w.id, u.parts AS published, w.parts AS known
  FROM unnest($1::uuid[], $2::json[]) u(id, parts) JOIN "Dispatch" w ON w.id = u.id
  WHERE ${IS_NOT_WAITED_FOR}
  ORDER BY w.id FOR NO KEY UPDATE OF w),
c AS (
  SELECT u.*, (SELECT sum(json_array_length(p->'ids')) FROM json_array_elements(published) p) AS "publishedCount",
    (SELECT sum(json_array_length(p->'ids')) FROM json_array_elements(known) p) AS "knownCount"
  FROM u),
m AS (
  SELECT c.id, CASE WHEN "publishedCount" >= "knownCount" THEN published ELSE (
    SELECT json_agg(part) FROM (
      SELECT json_build_object('partition', k->'partition', 'lastOffset', k->'lastOffset', 'ids', kept.ids)
      FROM json_array_elements(known) k, LATERAL (
        SELECT json_agg(id) AS ids FROM (
          SELECT json_array_elements_text(k->'ids')
          EXCEPT SELECT json_array_elements_text(p->'ids') FROM json_array_elements(published) p) e(id)) kept
      WHERE kept.ids IS NOT NULL
      UNION ALL SELECT json_array_elements(published)) parts(part)) END AS parts
  FROM c)
UPDATE "Dispatch" w SET parts = m.parts FROM m WHERE w.id = m.id`,
}

export const TAKE_DISPATCHES = {
  name: 'take-dispatches',
  text: `WITH l AS MATERIALIZED (
  SELECT id FROM "Dispatch" WHERE "dueAt" <= now() ORDER BY "dueAt" LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED)
UPDATE "Dispatch" w SET "dueAt" = now() + interval '5 s' FROM l WHERE w.id = l.id RETURNING w.id`,
}

/**
 * The rows that dispatches name. As an array, because the planner expects ten thousand rows of JSON functions, and
 * would rather read all deliveries.
 */
const NAMED_ROWS = `ANY (ARRAY(
    SELECT i.id::uuid FROM "Dispatch" w, json_array_elements(w.parts) part, json_array_elements_text(part->'ids') i(id)
    WHERE w.id = ANY($1::uuid[])))`

export const FIND_PENDING = {
  name: 'find-pending',
  text: `SELECT d.id FROM unnest($1::uuid[], $2::uuid[]) w(id, "dispatchId")
JOIN "NotificationDelivery" d ON d.id = w.id AND d."dispatchId" = w."dispatchId"
WHERE CASE WHEN d.status = 'PENDING' THEN true ELSE false END`,
}

/** Rows past their time end; rows whose worker fell silent become UNKNOWN, never straight a retry. */
export const JUDGE_DISPATCHED = {
  name: 'judge-dispatched',
  text: `WITH l AS MATERIALIZED (
  SELECT d.id, CASE WHEN d.status = 'SENDING' THEN 'UNKNOWN' WHEN d."stopRequestedAt" IS NOT NULL THEN 'CANCELLED'
                    ELSE 'EXPIRED' END::delivery_status s
  FROM "NotificationDelivery" d
  WHERE d.id = ${NAMED_ROWS} AND CASE WHEN d."dispatchId" = ANY($1::uuid[])
    AND (d.status = 'PENDING' AND (d."expiresAt" <= now() OR d."stopRequestedAt" IS NOT NULL)
      OR d.status = 'SENDING' AND d."leaseUntil" <= now()) THEN true ELSE false END
  ORDER BY d.id FOR NO KEY UPDATE OF d),
c AS (
  UPDATE "NotificationDelivery" d SET status = l.s, "leaseUntil" = NULL,
    "dueAt" = CASE WHEN l.s = 'UNKNOWN' THEN now() + make_interval(secs => $2) END,
    reason = CASE l.s WHEN 'UNKNOWN' THEN 'lease_passed' WHEN 'EXPIRED' THEN 'expired' ELSE 'stopped' END
  FROM l WHERE d.id = l.id AND CASE WHEN d.status IN ('PENDING', 'SENDING') THEN true ELSE false END
  RETURNING d.id, ${OUTCOME}),
o AS (${insertOutcomes('c', '$3')})
SELECT outcome FROM c`,
}

/**
 * With a fresh snapshot: a dispatch without a row to mind goes; the others are looked at again after twice as long, and
 * not later than their earliest lease. Comes back with what is still PENDING.
 */
export const SETTLE_DISPATCHES = {
  name: 'settle-dispatches',
  text: `WITH s AS MATERIALIZED (
  SELECT "dispatchId", min("leaseUntil") FILTER (WHERE status = 'SENDING') AS "leaseUntil",
    json_agg(json_build_object('deliveryId', id, 'notificationId', "notificationId", 'tenantId', "tenantId",
      'recipientId', "recipientId", 'channel', channel, 'lane', lane, 'dispatchId', "dispatchId") ORDER BY id)
      FILTER (WHERE status = 'PENDING') AS pending
  FROM "NotificationDelivery" d
  WHERE d.id = ${NAMED_ROWS}
    AND CASE WHEN d."dispatchId" = ANY($1::uuid[]) AND d.status IN ('PENDING', 'SENDING') THEN true ELSE false END
  GROUP BY "dispatchId"),
l AS MATERIALIZED (
  SELECT w.id, s."dispatchId" IS NOT NULL AS "isMinded", s."leaseUntil", s.pending
  FROM "Dispatch" w LEFT JOIN s ON s."dispatchId" = w.id WHERE w.id = ANY($1::uuid[])
  ORDER BY w.id FOR UPDATE OF w),
x AS (DELETE FROM "Dispatch" w USING l WHERE w.id = l.id AND NOT l."isMinded"),
u AS (
  UPDATE "Dispatch" w SET looks = w.looks + 1, "dueAt" = least(l."leaseUntil", now() + make_interval(secs =>
    least($2::float8, CASE w.lane WHEN 'urgent' THEN $3::float8 ELSE $4::float8 END * 2 ^ least(w.looks + 1, 30))))
  FROM l WHERE w.id = l.id AND l."isMinded"
  RETURNING w.id, w.channel, w.lane, w.parts, l.pending)
SELECT id, channel, lane, parts, pending FROM u WHERE pending IS NOT NULL ORDER BY id`,
}
