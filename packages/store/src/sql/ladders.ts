/** What operators set by REST and the router loads with its facts. Each is one statement. */

const CATEGORY = `code, "mandatoryChannels", "defaultChannels", ladder, "ladderName", preferences, "usefulSeconds",
  "atMostOnce", digest`

export const LIST_CATEGORIES = {
  name: 'list-categories',
  text: `SELECT ${CATEGORY} FROM "Category" WHERE "tenantId" = $1 ORDER BY code LIMIT $2`,
}

export const FIND_CATEGORY = {
  name: 'find-category',
  text: `SELECT ${CATEGORY} FROM "Category" WHERE "tenantId" = $1 AND code = $2`,
}

export const PUT_CATEGORY = {
  name: 'put-category',
  text: `INSERT INTO "Category"("tenantId", code, "mandatoryChannels", "defaultChannels", ladder, "ladderName",
  preferences, "usefulSeconds", "atMostOnce", digest)
SELECT $1, $2, coalesce($3::text[], '{}'), coalesce($4::text[], '{}'), $5::jsonb, $6, $7::jsonb, $8::int, $9::bool,
  $10::jsonb
WHERE (SELECT count(*) FROM "Category" WHERE "tenantId" = $1 AND code <> $2) < $11::int
ON CONFLICT ("tenantId", code) DO UPDATE SET "mandatoryChannels" = excluded."mandatoryChannels",
  "defaultChannels" = excluded."defaultChannels", ladder = excluded.ladder, "ladderName" = excluded."ladderName",
  preferences = excluded.preferences, "usefulSeconds" = excluded."usefulSeconds",
  "atMostOnce" = excluded."atMostOnce", digest = excluded.digest
RETURNING ${CATEGORY}`,
}

export const DELETE_CATEGORY = {
  name: 'delete-category',
  text: `DELETE FROM "Category" WHERE "tenantId" = $1 AND code = $2 RETURNING code`,
}

const LADDER = 'name, description, steps, experiment'

export const LIST_LADDERS = {
  name: 'list-ladders',
  text: `SELECT ${LADDER} FROM "Ladder" WHERE "tenantId" = $1 ORDER BY name LIMIT $2`,
}

export const FIND_LADDER = {
  name: 'find-ladder',
  text: `SELECT ${LADDER} FROM "Ladder" WHERE "tenantId" = $1 AND name = $2`,
}

export const PUT_LADDER = {
  name: 'put-ladder',
  text: `INSERT INTO "Ladder"("tenantId", name, description, steps, experiment)
SELECT $1, $2, $3, $4::jsonb, $5::jsonb
WHERE (SELECT count(*) FROM "Ladder" WHERE "tenantId" = $1 AND name <> $2) < $6::int
ON CONFLICT ("tenantId", name) DO UPDATE SET description = excluded.description, steps = excluded.steps,
  experiment = excluded.experiment, "updatedAt" = now()
RETURNING ${LADDER}`,
}

/** Who still names it; an empty answer to DELETE_LADDER means that somebody does, or that there is none. */
export const FIND_LADDER_USERS = {
  name: 'find-ladder-users',
  text: `SELECT 'category ' || code AS "usedBy" FROM "Category" WHERE "tenantId" = $1 AND "ladderName" = $2
UNION ALL SELECT 'the tenant' FROM "Tenant" WHERE id = $1 AND settings->>'ladderName' = $2
UNION ALL SELECT 'ladder ' || name FROM "Ladder" WHERE "tenantId" = $1 AND experiment->>'ladder' = $2
LIMIT 20`,
}

export const DELETE_LADDER = {
  name: 'delete-ladder',
  text: `DELETE FROM "Ladder" l WHERE l."tenantId" = $1 AND l.name = $2
  AND NOT EXISTS (SELECT FROM "Category" c WHERE c."tenantId" = $1 AND c."ladderName" = $2)
  AND NOT EXISTS (SELECT FROM "Tenant" t WHERE t.id = $1 AND t.settings->>'ladderName' = $2)
  AND NOT EXISTS (SELECT FROM "Ladder" o WHERE o."tenantId" = $1 AND o.experiment->>'ladder' = $2)
RETURNING l.name`,
}

const TENANT = `id, name, "timeZone", locale, settings->'ladder' AS ladder, settings->>'ladderName' AS "ladderName",
  settings->'preferences' AS preferences`

export const FIND_TENANT = {
  name: 'find-tenant',
  text: `SELECT ${TENANT} FROM "Tenant" WHERE id = $1`,
}

/** $2 is what was given, as JSON without what is absent; naming a ladder in one way ends the other. */
export const PUT_TENANT = {
  name: 'put-tenant',
  text: `INSERT INTO "Tenant" AS o (id, name, "timeZone", locale, settings)
SELECT $1, coalesce(g->>'name', $1), g->>'timeZone', g->>'locale',
  jsonb_strip_nulls(g - '{name,timeZone,locale}'::text[])
FROM (SELECT $2::jsonb AS g) given
ON CONFLICT (id) DO UPDATE SET
  name = CASE WHEN $2::jsonb ? 'name' THEN excluded.name ELSE o.name END,
  "timeZone" = CASE WHEN $2::jsonb ? 'timeZone' THEN excluded."timeZone" ELSE o."timeZone" END,
  locale = CASE WHEN $2::jsonb ? 'locale' THEN excluded.locale ELSE o.locale END,
  settings = (o.settings - CASE WHEN $2::jsonb ?| '{ladder,ladderName}' THEN '{ladder,ladderName}'::text[] ELSE '{}' END
    - CASE WHEN $2::jsonb ? 'preferences' THEN '{preferences}'::text[] ELSE '{}' END) || excluded.settings
RETURNING ${TENANT}`,
}

/** The two sides of an experiment since $3, from the rows that it froze. */
export const READ_EXPERIMENT = {
  name: 'read-experiment',
  text: `WITH n AS MATERIALIZED (
  SELECT id, right(experiment, 1) AS arm, "readAt", "acknowledgedAt", "createdAt" FROM "Notification"
  WHERE "tenantId" = $1 AND experiment IN ($2 || ':a', $2 || ':b') AND "createdAt" >= $3
  ORDER BY "createdAt" DESC LIMIT $4),
d AS (
  SELECT n.arm, d.channel, d.status, count(*)::int AS count
  FROM n CROSS JOIN LATERAL (
    SELECT x.channel, x.status FROM "NotificationDelivery" x WHERE x."notificationId" = n.id OFFSET 0) d
  GROUP BY n.arm, d.channel, d.status),
c AS (SELECT arm, channel, json_object_agg(status, count) AS statuses FROM d GROUP BY arm, channel)
SELECT n.arm, count(*)::int AS notifications, count(n."readAt")::int AS read,
  count(n."acknowledgedAt")::int AS acknowledged,
  (percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM n."readAt" - n."createdAt")::float8)
    FILTER (WHERE n."readAt" IS NOT NULL)) AS "medianSecondsToRead",
  (SELECT coalesce(json_object_agg(c.channel, c.statuses), '{}') FROM c WHERE c.arm = n.arm) AS deliveries
FROM n GROUP BY n.arm`,
}
