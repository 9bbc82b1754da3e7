/**
 * The rows of a chunk's plan as CTEs, `r` the notifications and `p` their deliveries. What is the same for many of them
 * (the decisions, the texts of a broadcast, how a channel's deliveries are born) comes once and is referred to by its
 * place: Postgres reads a value of JSON or an array's element several times slower than it joins a number. Outer joins, though
 * each finds its row: of inner ones the planner expects few rows and loops over them.
 */
export const PLAN_ROWS = `k AS MATERIALIZED (
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::int[],
    $9::text[], $10::jsonb[], $11::jsonb[], $12::text[], $13::bool[], $14::timestamptz[], $15::text[])
  WITH ORDINALITY k("tenantId", type, category, priority, strategy, lane, "templateCode", "templateVersion", locale,
    ladder, decisions, "stopOn", "inInbox", "expiresAt", experiment, kind)),
t AS MATERIALIZED (
  SELECT * FROM unnest($16::text[], $17::text[], $18::jsonb[]) WITH ORDINALITY t(title, message, content, text)),
r AS MATERIALIZED (
  SELECT * FROM unnest($19::uuid[], $20::int[], $21::int[], $22::text[], $23::text[], $24::text[], $25::jsonb[],
    $26::jsonb[], $27::text[], $28::text[])
  WITH ORDINALITY r(id, kind, text, "recipientId", "eventId", "groupId", metadata, contact, "collapseKey", traceparent,
    place)),
b AS MATERIALIZED (
  SELECT * FROM unnest($29::text[], $30::int[], $31::delivery_status[], $32::timestamptz[], $33::timestamptz[],
    $34::int[], $35::text[], $36::bool[], $37::text[], $38::uuid[])
  WITH ORDINALITY b(channel, step, status, "scheduledFor", "expiresAt", "maxAttempts", "stopOn", "atMostOnce", reason,
    "dispatchId", birth)),
p AS MATERIALIZED (
  SELECT d.id, r.id AS "notificationId", k."tenantId", r."recipientId", k.lane, b.channel, b.step, b.status,
    b."scheduledFor", b."expiresAt", b."maxAttempts", b."stopOn", b."atMostOnce", b.reason, b."dispatchId"
  FROM unnest($39::uuid[], $40::int[], $41::int[]) d(id, place, birth)
  LEFT JOIN r USING (place) LEFT JOIN k USING (kind) LEFT JOIN b USING (birth))`

/** The notifications whole, which are too wide to be kept beside what they are made of. */
export const PLANNED_NOTIFICATIONS = 'r LEFT JOIN k USING (kind) LEFT JOIN t USING (text)'

export const NOTIFICATION_COLUMNS = `id, "tenantId", "recipientId", "eventId", "groupId", type, category, priority, strategy, lane,
    title, message, content, "templateCode", "templateVersion", metadata, contact, locale, ladder, decisions, "stopOn",
    "collapseKey", "inInbox", traceparent, "expiresAt", experiment`

export const DELIVERY_COLUMNS = `id, "notificationId", "tenantId", "recipientId", channel, step, status, lane, "scheduledFor", "dueAt",
    "expiresAt", "maxAttempts", "stopOn", "atMostOnce", reason, "dispatchId", "deliveredAt"`

/** A dispatch for each channel and lane among the rows of the CTE `from`; the two parameters are its first looks. */
export function insertDispatches(from: string, urgentSeconds: string, normalSeconds: string): string {
  return `INSERT INTO "Dispatch"(id, channel, lane, parts, "dueAt")
  SELECT "dispatchId", channel, lane,
    json_build_array(json_build_object('partition', NULL, 'lastOffset', NULL, 'ids', json_agg(id))),
    now() + make_interval(secs => CASE lane WHEN 'urgent' THEN ${urgentSeconds}::float8 ELSE ${normalSeconds}::float8 END)
  FROM ${from} WHERE "dispatchId" IS NOT NULL GROUP BY "dispatchId", channel, lane`
}
