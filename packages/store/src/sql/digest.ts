/**
 * Digests come before notifications in the order of locks (D4). Whoever adds a member and whoever closes lock the same row, so a
 * member is in the digest that it was added to, or finds it closed and goes into the next.
 */

/** Answers with those that are open, under their locks; one that is closed is left alone and does not come back. */
export const LOCK_DIGESTS = {
  name: 'lock-digests',
  text: `INSERT INTO "Digest" AS g ("tenantId", "recipientId", category, channel, "endsAt", id, "listMax", "dueAt")
SELECT k.*, k."endsAt" FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::uuid[], $7::int[])
  k("tenantId", "recipientId", category, channel, "endsAt", id, "listMax")
ORDER BY "tenantId", "recipientId", category, channel, "endsAt"
ON CONFLICT ("tenantId", "recipientId", category, channel, "endsAt") DO UPDATE SET "listMax" = excluded."listMax"
WHERE CASE WHEN g."closedAt" IS NULL THEN true ELSE false END
RETURNING id`,
}

/** Once, however many steps of its ladder name the channel. */
export const INSERT_DIGEST_MEMBERS = {
  name: 'insert-digest-members',
  text: `INSERT INTO "DigestMember"("digestId", "deliveryId", "notificationId")
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) m("digestId", "deliveryId", "notificationId")
ORDER BY "digestId", "notificationId", "deliveryId" ON CONFLICT ("digestId", "notificationId") DO NOTHING`,
}

/** One that a router just adds to is left for the next turn. */
export const TAKE_DUE_DIGESTS = {
  name: 'take-due-digests',
  text: `SELECT g.id, g.channel FROM "Digest" g WHERE g."dueAt" <= now()
ORDER BY g."dueAt" LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED`,
}

/**
 * With the snapshot of a statement of its own, taken under the locks. What was cancelled, erased, stopped by its reader or has
 * expired meanwhile is no part of it any more; a digest that has nothing left does not come back.
 */
export const READ_DIGEST_MEMBERS = {
  name: 'read-digest-members',
  text: `SELECT id, count(*)::int AS count, max("expiresAt") AS "expiresAt", max("maxAttempts")::int AS "maxAttempts",
  bool_or("atMostOnce") AS "atMostOnce", max(locale) AS locale,
  json_agg(json_build_array(title, text) ORDER BY place) FILTER (WHERE place <= "listMax") AS listed
FROM (
  SELECT g.id, g."listMax", d."expiresAt", d."maxAttempts", d."atMostOnce", n.locale,
    coalesce(n.content->g.channel->>'title', n.title, '') AS title,
    coalesce(n.content->g.channel->>'text', n.message, '') AS text,
    row_number() OVER (PARTITION BY g.id ORDER BY n."createdAt", n.id) AS place
  FROM "Digest" g JOIN "DigestMember" m ON m."digestId" = g.id
  JOIN "NotificationDelivery" d ON d.id = m."deliveryId" JOIN "Notification" n ON n.id = m."notificationId"
  WHERE g.id = ANY ($1::uuid[]) AND CASE WHEN n."cancelledAt" IS NULL AND d."expiresAt" > now()
    AND NOT (coalesce(d."stopOn", '') = 'READ' AND n."readAt" IS NOT NULL)
    AND NOT (coalesce(d."stopOn", '') IN ('READ', 'ACKNOWLEDGED') AND n."acknowledgedAt" IS NOT NULL)
    THEN true ELSE false END) listed
GROUP BY id`,
}

/**
 * A read may have left a stub under the id, as under any (D7). The delivery is born due: what every delivery is asked when its time has come, it is asked by the same clock.
 */
export const CLOSE_DIGESTS = {
  name: 'close-digests',
  text: `WITH k AS MATERIALIZED (
  SELECT * FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::int[],
    $9::bool[]) k(id, "deliveryId", title, message, locale, "expiresAt", "maxAttempts", "atMostOnce")),
g AS (
  UPDATE "Digest" g SET "closedAt" = now(), "dueAt" = NULL
  WHERE g.id = ANY ($1::uuid[]) AND CASE WHEN g."closedAt" IS NULL THEN true ELSE false END
  RETURNING g.id, g."tenantId", g."recipientId", g.category, g.channel),
n AS (
  INSERT INTO "Notification" AS o (id, "tenantId", "recipientId", type, category, priority, strategy, lane, title, message,
    locale, "expiresAt", "plannedAt", "createdAt")
  SELECT g.id, g."tenantId", g."recipientId", 'digest', g.category, 'MEDIUM', 'BROADCAST', 'normal', k.title, k.message,
    k.locale, k."expiresAt", now(), now()
  FROM g JOIN k ON k.id = g.id ORDER BY g.id
  ON CONFLICT (id) DO UPDATE SET type = excluded.type, category = excluded.category, priority = excluded.priority,
    strategy = excluded.strategy, lane = excluded.lane, title = excluded.title, message = excluded.message,
    locale = excluded.locale, "expiresAt" = excluded."expiresAt", "plannedAt" = excluded."plannedAt",
    "createdAt" = excluded."createdAt"
  WHERE CASE WHEN o."plannedAt" IS NULL AND o."tenantId" = excluded."tenantId"
             AND o."recipientId" = excluded."recipientId" THEN true ELSE false END
  RETURNING id)
INSERT INTO "NotificationDelivery"(id, "notificationId", "tenantId", "recipientId", channel, status, lane,
  "scheduledFor", "dueAt", "expiresAt", "maxAttempts", "atMostOnce")
SELECT k."deliveryId", n.id, g."tenantId", g."recipientId", g.channel, 'SCHEDULED', 'normal', now(), now(), k."expiresAt",
  k."maxAttempts", k."atMostOnce"
FROM n JOIN k ON k.id = n.id JOIN g ON g.id = n.id ORDER BY k."deliveryId"
RETURNING id`,
}

export const DELETE_CLOSED_DIGESTS = {
  name: 'delete-closed-digests',
  text: `WITH g AS (
  DELETE FROM "Digest" WHERE id IN (
    SELECT id FROM "Digest" WHERE "closedAt" < now() - make_interval(secs => $1) ORDER BY "closedAt" LIMIT $2
    FOR UPDATE SKIP LOCKED) RETURNING id),
m AS (DELETE FROM "DigestMember" m USING g WHERE m."digestId" = g.id)
SELECT count(*)::int AS deleted FROM g`,
}
