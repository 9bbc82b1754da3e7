export const LIST_SUPPRESSIONS = {
  name: 'list-suppressions',
  text: `SELECT s.channel, s."addressHash", s.reason, s."deliveryId", s."createdAt" FROM "Suppression" s
WHERE s."tenantId" = $1 AND ($2::text IS NULL OR s.channel = $2) AND ($3::text IS NULL OR s."addressHash" = $3)
  AND ($4::timestamptz IS NULL OR (s."createdAt", s.channel, s."addressHash") < ($4, $5::text, $6::text))
ORDER BY s."createdAt" DESC, s.channel DESC, s."addressHash" DESC LIMIT $7`,
}

/** Whether it is a wish, and whether it went. */
export const LIFT_SUPPRESSION = {
  name: 'lift-suppression',
  text: `WITH s AS MATERIALIZED (
  SELECT reason FROM "Suppression" WHERE "tenantId" = $1 AND channel = $2 AND "addressHash" = $3 FOR UPDATE),
x AS (
  DELETE FROM "Suppression" o USING s
  WHERE o."tenantId" = $1 AND o.channel = $2 AND o."addressHash" = $3 AND s.reason <> $4)
SELECT reason = $4 AS "isWish" FROM s`,
}
