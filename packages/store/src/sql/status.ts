/** What people ask about an event or a notification. A stub is not there yet. */

export const READ_DELIVERY_STATUS = {
  name: 'read-delivery-status',
  text: `SELECT n.id AS "notificationId", coalesce(n.message, '') AS message, n."readAt" IS NOT NULL AS read, n.strategy, n.priority, n."createdAt",
  d.id, d.channel, d.status, d."attemptCount", d."scheduledFor", d."deliveredAt", d.reason, d.error, d."possiblySent"
FROM (
  SELECT n.* FROM unnest($1::uuid[]) WITH ORDINALITY k(id, place) JOIN "Notification" n ON n.id = k.id
  WHERE n."tenantId" = $2 AND ($3::text IS NULL OR n."recipientId" = $3) AND n."plannedAt" IS NOT NULL
  ORDER BY k.place LIMIT 1) n
LEFT JOIN "NotificationDelivery" d ON d."notificationId" = n.id
ORDER BY d.step, d.replay, d.channel`,
}

export const READ_EVENT_STATUS = {
  name: 'read-event-status',
  text: `SELECT e.id, e.state, e."acceptedAt", e."notificationCount" AS notifications,
  (SELECT coalesce(json_agg(f.id), '[]') FROM (
    SELECT n.id FROM "Notification" n WHERE n."eventId" = e.id AND n."tenantId" = e."tenantId" ORDER BY n.id LIMIT 100
  ) f) AS "notificationIds",
  (SELECT coalesce(json_object_agg(c.status, c.count), '{}') FROM (
    SELECT d.status, count(*)::int FROM "Notification" n CROSS JOIN LATERAL (
      SELECT d.status FROM "NotificationDelivery" d WHERE d."notificationId" = n.id OFFSET 0) d
    WHERE n."eventId" = e.id AND n."tenantId" = e."tenantId" GROUP BY d.status) c) AS deliveries,
  (SELECT json_build_object('status', f.status, 'cursor', nullif(f.cursor, ''), 'resolved', f.resolved,
      'total', f.total, 'reason', f.reason)
    FROM "Fanout" f WHERE f."tenantId" = e."tenantId" AND f."eventId" = e.id) AS fanout
FROM "Event" e WHERE e."tenantId" = $1 AND e.id = $2`,
}
