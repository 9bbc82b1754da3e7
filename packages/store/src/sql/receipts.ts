import { insertOutcomes, OUTCOME } from './outcome.ts'

/**
 * What receipts do, in the order of locks (D4): the receipts themselves, the notifications of rows that may get one more
 * try, the deliveries, their attempts. What to do is decided between the statements from rows that are locked; every
 * statement names all the same what it may leave (D2).
 */

/** In the order of the key, so that two consumers that were told the same never wait for each other. */
export const INSERT_RECEIPTS = {
  name: 'insert-receipts',
  text: `INSERT INTO "Receipt"(id, provider, "providerEventId", "providerMessageId", "deliveryId", attempt, kind, rank,
  reason, payload, "receivedAt")
SELECT *, now() FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::uuid[], $6::int[], $7::text[],
  $8::smallint[], $9::text[], $10::jsonb[]) r(id, provider, "providerEventId")
ORDER BY provider, "providerEventId"
ON CONFLICT (provider, "providerEventId") DO NOTHING
RETURNING id`,
}

export const TAKE_DUE_RECEIPTS = {
  name: 'take-due-receipts',
  text: `SELECT id, payload FROM "Receipt" WHERE "dueAt" <= now()
ORDER BY "dueAt" LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED`,
}

/**
 * By our own id and attempt where the provider handed them back, else by the provider's id. A provider that hands back
 * only our id means the attempt with its own id, or one whose answer did not come yet.
 */
export const MATCH_ATTEMPTS = {
  name: 'match-attempts',
  text: `SELECT r.id, m."deliveryId", m.number
FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::text[]) r(id, "deliveryId", attempt, "providerMessageId")
CROSS JOIN LATERAL (
  (SELECT t."deliveryId", t.number FROM "DeliveryAttempt" t
   WHERE t."deliveryId" = r."deliveryId" AND CASE WHEN r.attempt IS NOT NULL THEN t.number = r.attempt
     ELSE coalesce(t."providerMessageId" = r."providerMessageId", true) END
   ORDER BY (t."providerMessageId" = r."providerMessageId") DESC NULLS LAST, t.number DESC LIMIT 1)
  UNION ALL
  (SELECT t."deliveryId", t.number FROM "DeliveryAttempt" t
   WHERE t."providerMessageId" = r."providerMessageId" AND CASE WHEN r."deliveryId" IS NULL THEN true ELSE false END
   ORDER BY t."startedAt" DESC LIMIT 1)) m`,
}

/** Before their deliveries: a row may be added to them (D6). */
export const LOCK_NOTIFICATIONS_OF = {
  name: 'lock-notifications-of',
  text: `WITH k AS MATERIALIZED (
  SELECT DISTINCT d."notificationId" FROM unnest($1::uuid[]) u(id) JOIN "NotificationDelivery" d ON d.id = u.id)
SELECT n.id FROM k JOIN "Notification" n ON n.id = k."notificationId" ORDER BY n.id FOR NO KEY UPDATE OF n`,
}

export const LOCK_RECEIVED = {
  name: 'lock-received',
  text: `SELECT d.id, d."notificationId", d."tenantId", d.channel, d.status, d.fence, d.step, d.replay, d."atMostOnce",
  d."expiresAt" > now() + make_interval(secs => $2) AS "isUseful"
FROM unnest($1::uuid[]) u(id) JOIN "NotificationDelivery" d ON d.id = u.id
ORDER BY d.id FOR NO KEY UPDATE OF d`,
}

/** With a fresh snapshot: whoever changes an attempt's rank holds its delivery. */
export const READ_ATTEMPTS = {
  name: 'read-attempts',
  text: `SELECT t."deliveryId", t.number, t."receiptRank", t."addressHash"
FROM unnest($1::uuid[], $2::int[]) u("deliveryId", number)
JOIN "DeliveryAttempt" t ON t."deliveryId" = u."deliveryId" AND t.number = u.number`,
}

/**
 * To DELIVERED or FAILED. A rung that arrived, and whose ladder stops on that, leaves its dueAt for the clock, as one
 * that failed does unless one more try stands for it (D6).
 */
export const MOVE_RECEIVED = {
  name: 'move-received',
  text: `WITH m AS MATERIALIZED (
  SELECT * FROM unnest($1::uuid[], $2::int[], $3::delivery_status[], $4::delivery_status[], $5::text[], $6::text[],
    $7::text[], $8::bool[]) m(id, fence, "from", s, provider, reason, error, "hasRetry")),
c AS (
  UPDATE "NotificationDelivery" d SET status = m.s, "leaseUntil" = NULL,
    "dueAt" = CASE WHEN m.s = 'DELIVERED' AND d."stopOn" = 'DELIVERED' THEN now()
                   WHEN m.s = 'FAILED' AND d."stopOn" IS NOT NULL AND NOT m."hasRetry" THEN now() END,
    "sentAt" = coalesce(d."sentAt", now()), "deliveredAt" = CASE WHEN m.s = 'DELIVERED' THEN now() END,
    provider = coalesce(d.provider, m.provider), reason = m.reason, error = m.error
  FROM m WHERE d.id = m.id AND CASE WHEN d.fence = m.fence AND d.status = m."from" AND (
    m.s = 'DELIVERED' AND d.status IN ('SENDING', 'UNKNOWN', 'SCHEDULED', 'PENDING', 'SENT')
    OR m.s = 'FAILED' AND d.status = 'SENT') THEN true ELSE false END
  RETURNING d.id, ${OUTCOME}),
o AS (${insertOutcomes('c', '$9')})
SELECT id, outcome FROM c`,
}

/** Ranks never go backwards. That the provider speaks of a message proves that it took it. */
export const NOTE_RECEIVED = {
  name: 'note-received',
  text: `UPDATE "DeliveryAttempt" t SET "receiptRank" = greatest(t."receiptRank", u.rank),
  "providerMessageId" = coalesce(t."providerMessageId", u."providerMessageId"),
  outcome = CASE WHEN t.outcome = 'unknown' THEN 'accepted' ELSE t.outcome END,
  reason = coalesce(u.reason, t.reason), error = coalesce(u.error, t.error)
FROM unnest($1::uuid[], $2::int[], $3::smallint[], $4::text[], $5::text[], $6::text[])
  u("deliveryId", number, rank, "providerMessageId", reason, error)
WHERE t."deliveryId" = u."deliveryId" AND t.number = u.number`,
}

/** One more try is a new row, with its notification locked; of one that was stopped it is born CANCELLED (D6). */
export const INSERT_RETRIES = {
  name: 'insert-retries',
  text: `WITH b AS (
  SELECT u.id AS "newId", now() + make_interval(secs => $3) AS "retryAt", d.*,
    CASE WHEN n."cancelledAt" IS NOT NULL THEN 'cancelled'
         WHEN d."stopOn" = 'READ' AND n."readAt" IS NOT NULL THEN 'read'
         WHEN d."stopOn" IN ('READ', 'ACKNOWLEDGED') AND n."acknowledgedAt" IS NOT NULL THEN 'acknowledged'
    END AS stopped
  FROM unnest($1::uuid[], $2::uuid[]) u(id, "after") JOIN "NotificationDelivery" d ON d.id = u."after"
  JOIN "Notification" n ON n.id = d."notificationId"),
x AS (
  INSERT INTO "NotificationDelivery" AS d (id, "notificationId", "tenantId", "recipientId", channel, step, replay,
    status, lane, "scheduledFor", "dueAt", "expiresAt", "maxAttempts", "stopOn", "atMostOnce", reason)
  SELECT "newId", "notificationId", "tenantId", "recipientId", channel, step, replay + 1,
    CASE WHEN stopped IS NULL THEN 'SCHEDULED' ELSE 'CANCELLED' END::delivery_status, lane, "retryAt",
    CASE WHEN stopped IS NULL THEN "retryAt" END, "expiresAt", "maxAttempts", "stopOn", "atMostOnce",
    coalesce(stopped, 'retried_after_receipt')
  FROM b ORDER BY "newId"
  ON CONFLICT (id) DO NOTHING
  RETURNING d.id, ${OUTCOME}),
o AS (${insertOutcomes('x', '$4')})
SELECT id, outcome FROM x`,
}

/** What a person asked for stands before what a provider found out: only the person lifts it again. */
export const SUPPRESS_ADDRESSES = {
  name: 'suppress-addresses',
  text: `INSERT INTO "Suppression" AS o ("tenantId", channel, "addressHash", reason, "deliveryId")
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::uuid[])
  s("tenantId", channel, "addressHash")
ORDER BY "tenantId", channel, "addressHash"
ON CONFLICT ("tenantId", channel, "addressHash") DO UPDATE SET reason = excluded.reason
WHERE CASE WHEN excluded.reason = $6 AND o.reason <> $6 THEN true ELSE false END`,
}

export const LIFT_SUPPRESSIONS = {
  name: 'lift-suppressions',
  text: `WITH l AS MATERIALIZED (
  SELECT o."tenantId", o.channel, o."addressHash"
  FROM unnest($1::text[], $2::text[], $3::text[]) s("tenantId", channel, "addressHash")
  JOIN "Suppression" o ON o."tenantId" = s."tenantId" AND o.channel = s.channel AND o."addressHash" = s."addressHash"
  WHERE o.reason = $4
  ORDER BY 1, 2, 3 FOR UPDATE OF o)
DELETE FROM "Suppression" o USING l
WHERE o."tenantId" = l."tenantId" AND o.channel = l.channel AND o."addressHash" = l."addressHash"`,
}

/** What still waits is looked at again; $5 are the waits in seconds, the last one standing for all later ones. */
export const SETTLE_RECEIPTS = {
  name: 'settle-receipts',
  text: `WITH u AS MATERIALIZED (
  SELECT u.*, r."receivedAt" + make_interval(secs => $6) AS "giveUpAt"
  FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::text[]) u(id, "deliveryId", attempt, said)
  JOIN "Receipt" r ON r.id = u.id)
UPDATE "Receipt" r SET looks = r.looks + 1, "deliveryId" = coalesce(u."deliveryId", r."deliveryId"),
  attempt = coalesce(u.attempt, r.attempt),
  result = CASE WHEN u.said = 'waiting' AND u."giveUpAt" <= now() THEN 'given_up' ELSE u.said END,
  "appliedAt" = CASE WHEN u.said <> 'waiting' THEN now() END,
  "dueAt" = CASE WHEN u.said = 'waiting' AND u."giveUpAt" > now() THEN least(u."giveUpAt",
    now() + make_interval(secs => ($5::float8[])[least(r.looks + 1, cardinality($5::float8[]))])) END
FROM u WHERE r.id = u.id
RETURNING r.id, r.result`,
}

/** From one tenant to the next by the index, so that the length of the table does not matter. */
export const LIST_TENANT_IDS = {
  name: 'list-tenant-ids',
  text: `WITH RECURSIVE t(id) AS (
  (SELECT "tenantId" FROM "Notification" ORDER BY "tenantId" LIMIT 1)
  UNION ALL
  SELECT (SELECT n."tenantId" FROM "Notification" n WHERE n."tenantId" > t.id ORDER BY n."tenantId" LIMIT 1)
  FROM t WHERE t.id IS NOT NULL)
SELECT id FROM t WHERE id IS NOT NULL UNION SELECT id FROM "Tenant" ORDER BY id`,
}
