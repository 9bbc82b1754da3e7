/** What is asked of providers about rows whose outcome is unknown. */

/** UNKNOWN rows alone, with the attempt whose answer was lost. */
export const LOAD_UNKNOWN = {
  name: 'load-unknown',
  text: `SELECT d.id, d."notificationId", d."tenantId", d.channel, d.fence, d."attemptCount", d."maxAttempts",
  n.category, n.locale, n.contact, n.title, n.message, n.content->d.channel AS content,
  n.metadata,
  u.email, u.phone, a.provider, a."addressHash", a."startedAt"
FROM unnest($1::uuid[]) k(id)
JOIN "NotificationDelivery" d ON d.id = k.id
JOIN "Notification" n ON n.id = d."notificationId"
JOIN "DeliveryAttempt" a ON a."deliveryId" = d.id AND a.number = d.fence
LEFT JOIN "User" u ON u."tenantId" = d."tenantId" AND u.id = d."recipientId"
WHERE CASE WHEN d.status = 'UNKNOWN' THEN true ELSE false END`,
}

/** LATERAL with OFFSET 0, because without statistics the planner would rather read the whole index. */
export const FIND_TAKEN_MESSAGES = {
  name: 'find-taken-messages',
  text: `SELECT DISTINCT m."messageId" FROM unnest($1::uuid[], $2::int[], $3::text[]) m("deliveryId", number, "messageId")
CROSS JOIN LATERAL (
  SELECT a."deliveryId", a.number FROM "DeliveryAttempt" a WHERE a."providerMessageId" = m."messageId" OFFSET 0) a
WHERE (a."deliveryId", a.number) <> (m."deliveryId", m.number)`,
}

/** The time for asking is over now, and the row is due: the clock decides. */
export const GIVE_UP_ASKING = {
  name: 'give-up-asking',
  text: `WITH l AS MATERIALIZED (
  SELECT d.id FROM unnest($1::uuid[], $2::int[]) u(id, fence) JOIN "NotificationDelivery" d ON d.id = u.id
  WHERE CASE WHEN d.status = 'UNKNOWN' AND d.fence = u.fence THEN true ELSE false END
  ORDER BY d.id FOR NO KEY UPDATE OF d)
UPDATE "NotificationDelivery" d SET "leaseUntil" = now(), "dueAt" = now() FROM l
WHERE d.id = l.id AND CASE WHEN d.status = 'UNKNOWN' THEN true ELSE false END`,
}

/**
 * UNKNOWN rows that are due and whose provider can still be asked; their lease is the time for asking. A wake-up that is
 * lost, or a provider that does not answer, costs one turn: the row is due again.
 */
export const ASK_UNKNOWN = {
  name: 'ask-unknown',
  text: `WITH l AS MATERIALIZED (
  SELECT d.id, coalesce(d."leaseUntil", now() + make_interval(secs => $4)) AS "leaseUntil"
  FROM "NotificationDelivery" d
  WHERE d."dueAt" <= now() AND CASE WHEN d.status = 'UNKNOWN' AND d.channel = ANY($2::text[])
    AND (d."leaseUntil" IS NULL OR d."leaseUntil" > now()) THEN true ELSE false END
  ORDER BY d."dueAt" LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED)
UPDATE "NotificationDelivery" d
SET "leaseUntil" = l."leaseUntil", "dueAt" = least(l."leaseUntil", now() + make_interval(secs => $3)) FROM l
WHERE d.id = l.id AND CASE WHEN d.status = 'UNKNOWN' THEN true ELSE false END
RETURNING d.id AS "deliveryId", d."notificationId", d."tenantId", d."recipientId", d.channel, d.lane`,
}
