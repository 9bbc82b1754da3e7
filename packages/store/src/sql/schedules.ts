const COLUMNS = `s.id, s.cron, s."timeZone", s.event, s."onMissed", s."isPaused", s."nextRunAt", s."lastRunAt",
  s."lastEventId", s."missedRuns", s."lastMissedAt"`

export const SAVE_SCHEDULE = {
  name: 'save-schedule',
  text: `WITH s AS (
  INSERT INTO "Schedule" AS s ("tenantId", id, cron, "timeZone", event, "onMissed", "isPaused", "nextRunAt")
  VALUES ($1, $2, $3, $4, $5::json, $6, $7, $8)
  ON CONFLICT ("tenantId", id) DO UPDATE SET cron = excluded.cron, "timeZone" = excluded."timeZone",
    event = excluded.event, "onMissed" = excluded."onMissed", "isPaused" = excluded."isPaused",
    "nextRunAt" = excluded."nextRunAt", "updatedAt" = now()
  RETURNING *)
SELECT ${COLUMNS} FROM s`,
}

export const LIST_SCHEDULES = {
  name: 'list-schedules',
  text: `SELECT ${COLUMNS} FROM "Schedule" s WHERE s."tenantId" = $1 AND ($2::text IS NULL OR s.id = $2) ORDER BY s.id LIMIT 1000`,
}

export const DELETE_SCHEDULE = {
  name: 'delete-schedule',
  text: `DELETE FROM "Schedule" s WHERE s."tenantId" = $1 AND s.id = $2 RETURNING s.id`,
}

export const TAKE_SCHEDULES = {
  name: 'take-schedules',
  text: `SELECT s."tenantId", s.id, s.cron, s."timeZone", s.event, s."onMissed", s."nextRunAt", now() AS now
FROM "Schedule" s WHERE s."nextRunAt" <= now() AND NOT s."isPaused"
ORDER BY s."nextRunAt" LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED`,
}

export const MOVE_SCHEDULES = {
  name: 'move-schedules',
  text: `UPDATE "Schedule" s SET "nextRunAt" = m."nextRunAt", "lastRunAt" = coalesce(m."runAt", s."lastRunAt"),
  "lastEventId" = coalesce(m."eventId", s."lastEventId"), "missedRuns" = s."missedRuns" + m.missed,
  "lastMissedAt" = CASE WHEN m.missed > 0 THEN now() ELSE s."lastMissedAt" END
FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::text[], $6::int[])
  m("tenantId", id, "nextRunAt", "runAt", "eventId", missed)
WHERE s."tenantId" = m."tenantId" AND s.id = m.id`,
}
