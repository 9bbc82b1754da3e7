/** Everything that rows say of one notification, by the ids that its name may mean. */
export const READ_EXPLANATION = {
  name: 'read-explanation',
  text: `WITH n AS MATERIALIZED (
  SELECT n.* FROM unnest($1::uuid[]) WITH ORDINALITY k(id, place) JOIN "Notification" n ON n.id = k.id
  WHERE n."tenantId" = $2 AND ($3::text IS NULL OR n."recipientId" = $3) AND n."plannedAt" IS NOT NULL
  ORDER BY k.place LIMIT 1),
d AS MATERIALIZED (
  SELECT d.* FROM n CROSS JOIN LATERAL (
    SELECT * FROM "NotificationDelivery" d WHERE d."notificationId" = n.id OFFSET 0) d)
SELECT
  (SELECT json_build_object('id', n.id, 'eventId', n."eventId", 'recipientId', n."recipientId",
    'category', n.category, 'priority', n.priority, 'strategy', n.strategy, 'stopOn', n."stopOn", 'ladder', n.ladder,
    'experiment', n.experiment, 'templateCode', n."templateCode", 'templateVersion', n."templateVersion",
    'decisions', n.decisions, 'acceptedAt', (SELECT ${iso('e."acceptedAt"')} FROM "Event" e
      WHERE e."tenantId" = n."tenantId" AND e.id = n."eventId"),
    'createdAt', ${iso('n."createdAt"')}, 'seenAt', ${iso('n."seenAt"')}, 'readAt', ${iso('n."readAt"')},
    'acknowledgedAt', ${iso('n."acknowledgedAt"')}, 'cancelledAt', ${iso('n."cancelledAt"')}) FROM n) AS notification,
  (SELECT coalesce(json_agg(json_build_object('id', d.id, 'channel', d.channel, 'step', d.step, 'replay', d.replay,
    'status', d.status, 'reason', d.reason, 'scheduledFor', ${iso('d."scheduledFor"')},
    'attemptCount', d."attemptCount", 'possiblySent', d."possiblySent", 'deliveredAt', ${iso('d."deliveredAt"')},
    'createdAt', ${iso('d."createdAt"')}) ORDER BY d.step, d.replay, d.channel), '[]') FROM d) AS deliveries,
  (SELECT coalesce(json_agg(json_build_object('deliveryId', t."deliveryId", 'number', t.number,
    'provider', t.provider, 'providerMessageId', t."providerMessageId", 'outcome', t.outcome, 'reason', t.reason,
    'error', t.error, 'startedAt', ${iso('t."startedAt"')}, 'endedAt', ${iso('t."endedAt"')}) ORDER BY t."startedAt", t.number), '[]')
   FROM d JOIN "DeliveryAttempt" t ON t."deliveryId" = d.id) AS attempts,
  (SELECT coalesce(json_agg(json_build_object('deliveryId', r."deliveryId", 'provider', r.provider, 'kind', r.kind,
    'reason', r.reason, 'receivedAt', ${iso('r."receivedAt"')}) ORDER BY r."receivedAt"), '[]')
   FROM d CROSS JOIN LATERAL (
     SELECT * FROM "Receipt" r WHERE r."deliveryId" = d.id ORDER BY r."receivedAt" LIMIT 50) r) AS receipts,
  (SELECT coalesce(json_agg(json_build_object('id', g.id, 'channel', g.channel, 'endsAt', ${iso('g."endsAt"')},
    'closedAt', ${iso('g."closedAt"')}) ORDER BY g."endsAt"), '[]')
   FROM n JOIN "Digest" g ON g."tenantId" = n."tenantId" AND g."recipientId" = n."recipientId" AND g.category = n.category
   JOIN "DigestMember" m ON m."digestId" = g.id AND m."notificationId" = n.id) AS digests`,
}

function iso(column: string): string {
  return `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`
}
