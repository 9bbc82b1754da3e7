/** Timers are rows of HeldEvent with keys of their own. Setting, ending and going off compete on one row. */

const COLUMNS = `h."eventId" AS id, h."cancelKey" AS key, h.state, h.reason, h."onDue", h."releaseAt" AS "dueAt",
  coalesce(h."decidedAt", h."releasedAt") AS "endedAt", h."createdAt"`

/** A key that is set again gives its place to the new one. Two statements: the index is asked at once. */
export const REPLACE_TIMER = {
  name: 'replace-timer',
  text: `UPDATE "HeldEvent" h SET state = 'CANCELLED', reason = 'replaced', "decidedAt" = now(), "dueAt" = NULL
WHERE h."tenantId" = $1 AND h.kind = 'TIMER' AND h."cancelKey" = $2 AND h.state = 'WAITING'`,
}

export const INSERT_TIMER = {
  name: 'insert-timer',
  text: `WITH h AS (
  INSERT INTO "HeldEvent"(id, kind, "tenantId", "eventId", "cancelKey", state, "onDue", event, "acceptedAt", "releaseAt",
    "dueAt")
  SELECT gen_random_uuid(), 'TIMER', $1, $3, $2, 'WAITING', $4, $5::json, now(), at, at
  FROM (SELECT coalesce($6::timestamptz, now() + make_interval(secs => $7::float8)) AS at) t
  RETURNING *)
SELECT ${COLUMNS} FROM h`,
}

export const END_TIMER = {
  name: 'end-timer',
  text: `WITH h AS (
  UPDATE "HeldEvent" h SET state = 'CANCELLED', reason = $3, "decidedAt" = now(), "dueAt" = NULL
  WHERE h."tenantId" = $1 AND h.kind = 'TIMER' AND h."cancelKey" = $2 AND h.state = 'WAITING' RETURNING *)
SELECT ${COLUMNS} FROM h`,
}

export const READ_TIMER = {
  name: 'read-timer',
  text: `SELECT ${COLUMNS} FROM "HeldEvent" h
WHERE h."tenantId" = $1 AND h.kind = 'TIMER' AND h."cancelKey" = $2 ORDER BY h."createdAt" DESC, h.id DESC LIMIT 1`,
}

export const LIST_TIMERS = {
  name: 'list-timers',
  text: `SELECT ${COLUMNS} FROM "HeldEvent" h
WHERE h."tenantId" = $1 AND h.kind = 'TIMER' AND ($2::timestamptz IS NULL OR h."createdAt" < $2)
ORDER BY h."createdAt" DESC, h.id DESC LIMIT $3`,
}
