/**
 * A newer notification with the same key takes the place of the older unread one. The person's key is locked before any
 * row, because two routers would each not see what the other is just committing.
 */

export const LOCK_COLLAPSE_KEYS = {
  name: 'lock-collapse-keys',
  text: `SELECT pg_advisory_xact_lock(k.key) FROM (
  SELECT DISTINCT hashtextextended('collapse' || chr(10) || "tenantId" || chr(10) || "recipientId" || chr(10) || "collapseKey", 0) AS key
  FROM unnest($1::text[], $2::text[], $3::text[]) x("tenantId", "recipientId", "collapseKey") ORDER BY key) k`,
}

/** The Notification first, its deliveries by the statement after this (D5). */
export const COLLAPSE_OLDER = {
  name: 'collapse-older',
  text: `WITH l AS MATERIALIZED (
  SELECT o.id FROM "Notification" o WHERE o.id = ANY (ARRAY(
    SELECT p.id FROM unnest($1::uuid[]) k(id) JOIN "Notification" n ON n.id = k.id
    JOIN "Notification" p ON p."tenantId" = n."tenantId" AND p."recipientId" = n."recipientId"
      AND p."collapseKey" = n."collapseKey" AND (p."createdAt", p.id) < (n."createdAt", n.id)))
    AND CASE WHEN o."readAt" IS NULL AND o."cancelledAt" IS NULL THEN true ELSE false END
  ORDER BY o.id FOR NO KEY UPDATE OF o)
UPDATE "Notification" o SET "cancelledAt" = now(), "inInbox" = false FROM l WHERE o.id = l.id RETURNING o.id`,
}
