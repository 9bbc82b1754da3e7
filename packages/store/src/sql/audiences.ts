/** Topics and segments: who can be meant by a name. */

/** The count is of before, so what this adds comes on top. */
export const ADD_SUBSCRIBERS = {
  name: 'add-subscribers',
  text: `WITH i AS (
  INSERT INTO "TopicSubscriber"("tenantId", topic, "userId")
  SELECT $1, $2, u.id FROM unnest($3::text[]) u(id) ORDER BY u.id
  ON CONFLICT DO NOTHING RETURNING 1)
SELECT (SELECT count(*)::int FROM i) AS changed,
  ((SELECT count(*) FROM i) + (SELECT count(*) FROM "TopicSubscriber" s WHERE s."tenantId" = $1 AND s.topic = $2))::int
    AS subscribers`,
}

export const REMOVE_SUBSCRIBERS = {
  name: 'remove-subscribers',
  text: `WITH r AS (
  DELETE FROM "TopicSubscriber" s WHERE s."tenantId" = $1 AND s.topic = $2 AND s."userId" = ANY ($3::text[]) RETURNING 1)
SELECT (SELECT count(*)::int FROM r) AS changed,
  ((SELECT count(*) FROM "TopicSubscriber" s WHERE s."tenantId" = $1 AND s.topic = $2) - (SELECT count(*) FROM r))::int
    AS subscribers`,
}

export const LIST_SUBSCRIBERS = {
  name: 'list-subscribers',
  text: `SELECT s."userId" FROM "TopicSubscriber" s
WHERE s."tenantId" = $1 AND s.topic = $2 AND s."userId" > $3 AND ($5::text IS NULL OR s."userId" = $5)
ORDER BY s."userId" LIMIT $4`,
}

const SEGMENT = 'code, name, rule, "updatedAt"'

export const SAVE_SEGMENT = {
  name: 'save-segment',
  text: `INSERT INTO "Segment"("tenantId", code, name, rule) VALUES ($1, $2, $3, $4::jsonb)
ON CONFLICT ("tenantId", code) DO UPDATE SET name = excluded.name, rule = excluded.rule, "updatedAt" = now()
RETURNING ${SEGMENT}`,
}

export const FIND_SEGMENT = {
  name: 'find-segment',
  text: `SELECT ${SEGMENT} FROM "Segment" WHERE "tenantId" = $1 AND code = $2`,
}

export const LIST_SEGMENTS = {
  name: 'list-segments',
  text: `SELECT ${SEGMENT} FROM "Segment" WHERE "tenantId" = $1 ORDER BY code`,
}

export const REMOVE_SEGMENT = {
  name: 'remove-segment',
  text: `DELETE FROM "Segment" WHERE "tenantId" = $1 AND code = $2 RETURNING code`,
}
