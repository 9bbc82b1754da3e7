import { insertOutcomes, OUTCOME } from './outcome.ts'

/**
 * What a channel worker does to rows. A row that may not go on is moved to its end by the very statement that finds it
 * so (D1), or it would be rescued for ever. Guards stand inside CASE: the planner would otherwise trust stale statistics
 * of `status`, expect one row, and scan.
 */

/**
 * Content only where it may still be sent: most of what is loaded in vain is a repeated wake-up. Times are seconds,
 * because the driver takes longer to read a date than for all that is left of the row.
 */
export const LOAD_DELIVERIES = {
  name: 'load-deliveries',
  text: `SELECT d.id, d."notificationId", d."tenantId", d."recipientId", d.channel, d.status = 'PENDING' AS "isPending",
  n.category, n.locale, n.contact, n.traceparent, d."maxAttempts", d.resends,
  date_part('epoch', d."expiresAt") AS "expiresAtSeconds",
  date_part('epoch', coalesce(e."acceptedAt", n."createdAt")) AS "acceptedAtSeconds",
  CASE WHEN d.status = 'PENDING' THEN n.title END AS title,
  CASE WHEN d.status = 'PENDING' THEN n.message END AS message,
  CASE WHEN d.status = 'PENDING' THEN n.content->d.channel END AS content,
  CASE WHEN d.status = 'PENDING' THEN n.metadata END AS metadata,
  u.id IS NOT NULL AS "isKnown", u.email, u.phone, u.preferences,
  coalesce(d.channel = ANY(c."mandatoryChannels"), false) AS "isMandatory", c.preferences AS "categoryPreferences",
  t.settings->'preferences' AS "tenantPreferences",
  CASE WHEN d.channel = 'EMAIL' THEN ((t.settings->'mail') - 'categories'::text)
    || coalesce(t.settings->'mail'->'categories'->coalesce(n.category, 'general'), '{}') END AS "mailIdentity",
  CASE WHEN d.channel = 'PUSH' AND d.status = 'PENDING' THEN (
    SELECT json_agg(json_build_object('token', v.token, 'platform', v.platform) ORDER BY v."lastSeenAt" DESC)
    FROM "Device" v WHERE v."tenantId" = d."tenantId" AND v."userId" = d."recipientId") END AS devices
FROM unnest($1::uuid[]) k(id)
JOIN "NotificationDelivery" d ON d.id = k.id
JOIN "Notification" n ON n.id = d."notificationId"
LEFT JOIN "Event" e ON e."tenantId" = n."tenantId" AND e.id = n."eventId"
LEFT JOIN "User" u ON u."tenantId" = d."tenantId" AND u.id = d."recipientId"
LEFT JOIN "Category" c ON c."tenantId" = d."tenantId" AND c.code = n.category
LEFT JOIN "Tenant" t ON t.id = d."tenantId"`,
}

export const FIND_SUPPRESSED = {
  name: 'find-suppressed',
  text: `SELECT s."tenantId", s.channel, s."addressHash"
FROM unnest($1::text[], $2::text[], $3::text[]) a("tenantId", channel, "addressHash")
JOIN "Suppression" s ON s."tenantId" = a."tenantId" AND s.channel = a.channel AND s."addressHash" = a."addressHash"`,
}

/**
 * PENDING → SENDING with the next fence and its attempt, CANCELLED or EXPIRED. This commit orders stop against send. It
 * answers with one row: the driver reads a thousand small ones three times as slowly as one text of the same length.
 */
export const CLAIM_DELIVERIES = {
  name: 'claim-deliveries',
  text: `WITH l AS MATERIALIZED (
  SELECT d.id, u."addressHash", u.provider,
    CASE WHEN d."stopRequestedAt" IS NOT NULL THEN 'CANCELLED'
         WHEN d."expiresAt" <= now() THEN 'EXPIRED' ELSE 'SENDING' END::delivery_status s
  FROM unnest($1::uuid[], $2::text[], $3::text[]) u(id, "addressHash", provider)
  JOIN "NotificationDelivery" d ON d.id = u.id
  WHERE CASE WHEN d.status = 'PENDING' THEN true ELSE false END
  ORDER BY d.id FOR NO KEY UPDATE OF d),
c AS (
  UPDATE "NotificationDelivery" d SET status = l.s, fence = d.fence + (l.s = 'SENDING')::int,
    "attemptCount" = d."attemptCount" + (l.s = 'SENDING')::int,
    "leaseUntil" = CASE WHEN l.s = 'SENDING' THEN now() + make_interval(secs => $4) END,
    reason = CASE l.s WHEN 'SENDING' THEN d.reason WHEN 'EXPIRED' THEN 'expired' ELSE 'stopped' END
  FROM l WHERE d.id = l.id AND CASE WHEN d.status = 'PENDING' THEN true ELSE false END
  RETURNING d.id, d.status, d.fence, d."attemptCount", l."addressHash", l.provider, ${OUTCOME}),
a AS (
  INSERT INTO "DeliveryAttempt"("deliveryId", number, fence, provider, "addressHash", "startedAt")
  SELECT id, fence, fence, provider, "addressHash", now() FROM c WHERE status = 'SENDING' ORDER BY id),
o AS (${insertOutcomes('c', '$5')})
SELECT string_agg(concat_ws(' ', id, status, fence, "attemptCount"), ',') AS claimed,
  json_agg(outcome) FILTER (WHERE outcome IS NOT NULL) AS outcomes FROM c`,
}

/**
 * PENDING → SUPPRESSED or SCHEDULED without an attempt. A hold that would outlive the message ends it now. A rung that is
 * suppressed leaves its dueAt for the clock, which moves the ladder (D6).
 */
export const SET_ASIDE = {
  name: 'set-aside',
  text: `WITH l AS MATERIALIZED (
  SELECT d.id, u.reason, now() + make_interval(secs => u."dueInMs" / 1000.0) AS "dueAt",
    CASE WHEN d."stopRequestedAt" IS NOT NULL THEN 'CANCELLED'
         WHEN u.status = 'SCHEDULED' AND now() + make_interval(secs => u."dueInMs" / 1000.0) >= d."expiresAt"
           THEN 'EXPIRED'
         ELSE u.status END::delivery_status s
  FROM unnest($1::uuid[], $2::text[], $3::text[], $4::float8[]) u(id, status, reason, "dueInMs")
  JOIN "NotificationDelivery" d ON d.id = u.id
  WHERE CASE WHEN d.status = 'PENDING' AND u.status IN ('SUPPRESSED', 'SCHEDULED') THEN true ELSE false END
  ORDER BY d.id FOR NO KEY UPDATE OF d),
c AS (
  UPDATE "NotificationDelivery" d SET status = l.s,
    "dueAt" = CASE WHEN l.s = 'SCHEDULED' THEN l."dueAt"
                   WHEN l.s = 'SUPPRESSED' AND d."stopOn" IS NOT NULL THEN now() END,
    "scheduledFor" = CASE WHEN l.s = 'SCHEDULED' THEN l."dueAt" ELSE d."scheduledFor" END,
    reason = CASE l.s WHEN 'CANCELLED' THEN 'stopped' WHEN 'EXPIRED' THEN 'expired' ELSE l.reason END
  FROM l WHERE d.id = l.id AND CASE WHEN d.status = 'PENDING' THEN true ELSE false END
  RETURNING d.id, ${OUTCOME}),
o AS (${insertOutcomes('c', '$5')})
SELECT outcome FROM c`,
}

/**
 * The worker's answer, also a late one: with its fence still on the row it is the truth, from SENDING as from what the
 * clock made of it meanwhile. Only "unknown" tells the clock nothing new. The attempt is completed in any case. Rows
 * come back as they stand, so that a repetition after a lost COMMIT answers the same: in one row, as those of a claim,
 * what ended by its outcome and the others by their status.
 */
export const RECORD_RESULTS = { name: 'record-results', text: recordResults('') }

/**
 * The same with the devices that were found dead, which most results have none of. One that was registered again, or by
 * somebody else, after the hand-over had begun is not the one that was found dead.
 */
export const RECORD_RESULTS_AND_DEVICES = {
  name: 'record-results-and-devices',
  text: recordResults(`x AS (
  DELETE FROM "Device" v USING unnest($15::uuid[], $16::int[], $17::text[]) g(id, fence, "tokenHash")
  JOIN "NotificationDelivery" d ON d.id = g.id
  JOIN "DeliveryAttempt" t ON t."deliveryId" = g.id AND t.number = g.fence
  WHERE v."tenantId" = d."tenantId" AND v."tokenHash" = g."tokenHash" AND v."userId" = d."recipientId"
    AND v."lastSeenAt" <= t."startedAt"),
`),
}

function recordResults(more: string): string {
  return `WITH r AS MATERIALIZED (
  SELECT *, now() + make_interval(secs => coalesce("dueInMs", 0) / 1000.0) AS "dueAt"
  FROM unnest($1::uuid[], $2::int[], $3::text[], $4::float8[], $5::int[], $6::text[], $7::text[], $8::text[],
    $9::text[], $10::text[], $11::text[], $12::text[], $13::text[])
  r(id, fence, status, "dueInMs", "attemptCount", outcome, reason, error, provider, "providerMessageId", "tenantId",
    channel, "suppressHash")),
l AS MATERIALIZED (
  SELECT d.id, d.fence, d.status AS "from", r."dueAt", r."attemptCount", r.reason, r.error, r.provider,
    CASE WHEN r.status <> 'SCHEDULED' THEN r.status
         WHEN d."stopRequestedAt" IS NOT NULL THEN 'CANCELLED'
         WHEN r."dueAt" >= d."expiresAt" THEN 'EXPIRED' ELSE 'SCHEDULED' END::delivery_status s
  FROM r JOIN "NotificationDelivery" d ON d.id = r.id
  WHERE CASE WHEN d.fence = r.fence THEN true ELSE false END
  ORDER BY d.id FOR NO KEY UPDATE OF d),
m AS (
  UPDATE "NotificationDelivery" d SET status = l.s, "attemptCount" = l."attemptCount", "leaseUntil" = NULL,
    "dueAt" = CASE WHEN l.s IN ('SCHEDULED', 'UNKNOWN') THEN l."dueAt"
                   WHEN l.s IN ('FAILED', 'EXPIRED') AND d."stopOn" IS NOT NULL THEN now() END,
    "scheduledFor" = CASE WHEN l.s = 'SCHEDULED' THEN l."dueAt" ELSE d."scheduledFor" END,
    "sentAt" = CASE WHEN l.s = 'SENT' THEN now() ELSE d."sentAt" END, provider = l.provider,
    reason = CASE l.s WHEN 'CANCELLED' THEN 'stopped' WHEN 'EXPIRED' THEN 'expired' ELSE l.reason END,
    error = l.error
  FROM l WHERE d.id = l.id AND CASE WHEN d.fence = l.fence AND (d.status = 'SENDING'
    OR d.status IN ('UNKNOWN', 'SCHEDULED', 'PENDING') AND l.s <> 'UNKNOWN') THEN true ELSE false END
  RETURNING d.id, d.status, ${OUTCOME}),
a AS (
  UPDATE "DeliveryAttempt" t SET outcome = r.outcome, reason = r.reason, error = r.error, provider = r.provider,
    "providerMessageId" = coalesce(r."providerMessageId", t."providerMessageId"),
    "endedAt" = coalesce(t."endedAt", now())
  FROM r WHERE t."deliveryId" = r.id AND t.number = r.fence),
s AS (
  INSERT INTO "Suppression"("tenantId", channel, "addressHash", reason, "deliveryId")
  SELECT "tenantId", channel, "suppressHash", coalesce(reason, 'rejected'), id FROM r WHERE "suppressHash" IS NOT NULL
  ORDER BY "tenantId", channel, "suppressHash"
  ON CONFLICT ("tenantId", channel, "addressHash") DO NOTHING),
${more}o AS (${insertOutcomes('m', '$14')})
SELECT string_agg(concat_ws(' ', l.id, coalesce(m.status, l."from")), ',') FILTER (WHERE m.outcome IS NULL) AS others,
  json_agg(m.outcome) FILTER (WHERE m.outcome IS NOT NULL) AS outcomes
FROM l LEFT JOIN m ON m.id = l.id`
}

/** For the one row whose move the trigger refuses: what the provider said is kept all the same. */
export const COMPLETE_ATTEMPT = {
  name: 'complete-attempt',
  text: `UPDATE "DeliveryAttempt" t SET outcome = $3, reason = $4, error = $5, provider = $6,
  "providerMessageId" = coalesce($7, t."providerMessageId"), "endedAt" = coalesce(t."endedAt", now())
WHERE t."deliveryId" = $1::uuid AND t.number = $2`,
}
