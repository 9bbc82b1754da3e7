/**
 * One tenant's figures of a span, from at most $4 of its newest rows (found by age, a BRIN index). Deliveries and
 * notifications belong to the span in which they were born.
 */
export const READ_ANALYTICS = {
  name: 'read-analytics',
  text: `WITH d AS MATERIALIZED (
  SELECT id, channel, status, reason, "stopOn", "sentAt" FROM "NotificationDelivery"
  WHERE "tenantId" = $1 AND "createdAt" >= $2::timestamptz AND "createdAt" < $3::timestamptz
  ORDER BY "createdAt" DESC LIMIT $4),
n AS MATERIALIZED (
  SELECT strategy, "inInbox", extract(epoch FROM "readAt" - "createdAt")::float8 AS seconds FROM "Notification"
  WHERE "tenantId" = $1 AND "createdAt" >= $2::timestamptz AND "createdAt" < $3::timestamptz
    AND CASE WHEN "plannedAt" IS NOT NULL THEN true ELSE false END
  ORDER BY "createdAt" DESC LIMIT $4),
h AS (
  SELECT date_trunc('hour', "sentAt" AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' AS hour, channel, count(*)::int AS count
  FROM d WHERE "sentAt" IS NOT NULL GROUP BY 1, 2),
c AS (SELECT channel, status, count(*)::int AS count FROM d GROUP BY channel, status),
a AS (
  SELECT d.channel, count(*)::int AS count FROM d CROSS JOIN LATERAL (
    SELECT t.outcome FROM "DeliveryAttempt" t WHERE t."deliveryId" = d.id OFFSET 0) t
  WHERE t.outcome = 'accepted' GROUP BY d.channel)
SELECT
  (SELECT count(*) >= $4 FROM d) OR (SELECT count(*) >= $4 FROM n) AS "isCut",
  (SELECT coalesce(json_agg(json_build_array(to_char(hour AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.000"Z"'), channel,
    count) ORDER BY hour), '[]') FROM h) AS hours,
  (SELECT coalesce(json_agg(json_build_array(channel, status, count)), '[]') FROM c) AS statuses,
  (SELECT coalesce(json_object_agg(channel, count), '{}') FROM a) AS accepted,
  (SELECT json_build_object('notifications', count(*), 'read', count(seconds),
    'medianSecondsToRead', percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds),
    'p90SecondsToRead', percentile_cont(0.9) WITHIN GROUP (ORDER BY seconds)) FROM n WHERE "inInbox") AS reading,
  json_build_object(
    'notifications', (SELECT count(*) FROM n WHERE strategy = 'ESCALATION'),
    'stepsCancelled', (SELECT count(*) FROM d WHERE "stopOn" IS NOT NULL AND status = 'CANCELLED'
      AND reason IN ('read', 'acknowledged', 'delivered', 'stopped')),
    'stepsSent', (SELECT count(*) FROM d WHERE "stopOn" IS NOT NULL AND "sentAt" IS NOT NULL)) AS escalations`,
}
