/**
 * Registering a token moves it: whoever is signed in on a device gets its messages, and nobody before. It also makes the
 * person known, since nobody else can be planned for. Of a person's devices the newest stay.
 */
export const REGISTER_DEVICE = {
  name: 'register-device',
  text: `WITH u AS (
  INSERT INTO "User"("tenantId", id, roles) VALUES ($1, $2, '{}') ON CONFLICT ("tenantId", id) DO NOTHING),
d AS (
  INSERT INTO "Device" AS o ("tenantId", "userId", "tokenHash", token, platform) VALUES ($1, $2, $3, $4, $5)
  ON CONFLICT ("tenantId", "tokenHash") DO UPDATE SET "userId" = excluded."userId", platform = excluded.platform,
    "lastSeenAt" = excluded."lastSeenAt",
    "createdAt" = CASE WHEN o."userId" = excluded."userId" THEN o."createdAt" ELSE excluded."createdAt" END
  RETURNING "tokenHash" AS id, platform, "createdAt", "lastSeenAt"),
x AS (
  DELETE FROM "Device" v WHERE v."tenantId" = $1 AND v."tokenHash" = ANY(ARRAY(
    SELECT w."tokenHash" FROM "Device" w WHERE w."tenantId" = $1 AND w."userId" = $2 AND w."tokenHash" <> $3
    ORDER BY w."lastSeenAt" DESC, w."tokenHash" OFFSET $6 - 1)) AND v."userId" = $2)
SELECT * FROM d`,
}

export const LIST_DEVICES = {
  name: 'list-devices',
  text: `SELECT "tokenHash" AS id, platform, "createdAt", "lastSeenAt" FROM "Device"
WHERE "tenantId" = $1 AND "userId" = $2 ORDER BY "lastSeenAt" DESC, "tokenHash"`,
}

/** $3 is NULL for all of them. */
export const REMOVE_DEVICES = {
  name: 'remove-devices',
  text: `DELETE FROM "Device" WHERE "tenantId" = $1 AND "userId" = $2 AND ($3::text IS NULL OR "tokenHash" = $3)
RETURNING "tokenHash" AS id`,
}
