const COLUMNS = 'id, "tenantId", name, "secretHash", scopes, "expiresAt", "revokedAt", "lastUsedAt", "createdAt"'

export const FIND_API_KEY = {
  name: 'find-api-key',
  text: `SELECT ${COLUMNS} FROM "ApiKey" WHERE id = $1`,
}

export const LIST_API_KEYS = {
  name: 'list-api-keys',
  text: `SELECT ${COLUMNS} FROM "ApiKey" WHERE "tenantId" = $1 ORDER BY "createdAt", id`,
}

export const INSERT_API_KEY = {
  name: 'insert-api-key',
  text: `INSERT INTO "ApiKey"(id, "tenantId", name, "secretHash", scopes, "expiresAt")
VALUES ($1, $2, $3, $4, $5::text[], $6::timestamptz) RETURNING ${COLUMNS}`,
}

export const REVOKE_API_KEY = {
  name: 'revoke-api-key',
  text: `UPDATE "ApiKey" SET "revokedAt" = now() WHERE "tenantId" = $1 AND id = $2 AND "revokedAt" IS NULL RETURNING id`,
}

/** Whoever adds a key under a name waits for whoever is adding one, so that a name never has three that live. */
export const LOCK_KEY_NAME = {
  name: 'lock-key-name',
  text: `SELECT pg_advisory_xact_lock(hashtextextended('api-key ' || $1 || E'\\n' || $2, 0))`,
}

export const COUNT_LIVE_KEYS = {
  name: 'count-live-keys',
  text: `SELECT count(*)::int AS live FROM "ApiKey"
WHERE "tenantId" = $1 AND name = $2 AND "revokedAt" IS NULL AND ("expiresAt" IS NULL OR "expiresAt" > now())`,
}

export const FIND_LIVE_KEY = {
  name: 'find-live-key',
  text: `SELECT ${COLUMNS} FROM "ApiKey"
WHERE "tenantId" = $1 AND id = $2 AND "revokedAt" IS NULL AND ("expiresAt" IS NULL OR "expiresAt" > now())`,
}

/** Never later than it would have ended anyway. */
export const END_KEY = {
  name: 'end-key',
  text: `UPDATE "ApiKey" SET "expiresAt" = least("expiresAt", now() + make_interval(secs => $3))
WHERE "tenantId" = $1 AND id = $2`,
}

/** At most once a minute, however often it is used and by however many processes. */
export const RECORD_KEY_USE = {
  name: 'record-key-use',
  text: `UPDATE "ApiKey" SET "lastUsedAt" = now()
WHERE id = $1 AND ("lastUsedAt" IS NULL OR "lastUsedAt" < now() - interval '1 minute')`,
}

/**
 * The first claim of a key wins, and after 48 hours the next. The row is written even when nothing changes in it: only
 * so can one statement answer with what another one has just committed.
 */
export const CLAIM_IDEMPOTENCY_KEY = {
  name: 'claim-idempotency-key',
  text: `INSERT INTO "IdempotencyKey" AS o ("tenantId", key, fingerprint, "eventId") VALUES ($1, $2, $3, $4)
ON CONFLICT ("tenantId", key) DO UPDATE SET
  fingerprint = CASE WHEN o."createdAt" <= now() - interval '48 hours' THEN excluded.fingerprint ELSE o.fingerprint END,
  "eventId" = CASE WHEN o."createdAt" <= now() - interval '48 hours' THEN excluded."eventId" ELSE o."eventId" END,
  "createdAt" = CASE WHEN o."createdAt" <= now() - interval '48 hours' THEN now() ELSE o."createdAt" END
RETURNING "eventId", fingerprint = $3 AS "isSame"`,
}

export const DELETE_IDEMPOTENCY_KEYS = {
  name: 'delete-idempotency-keys',
  text: `WITH l AS MATERIALIZED (
  SELECT "tenantId", key FROM "IdempotencyKey" WHERE "createdAt" <= now() - interval '48 hours'
  ORDER BY "createdAt" LIMIT $1 FOR UPDATE SKIP LOCKED),
x AS (
  DELETE FROM "IdempotencyKey" k USING l
  WHERE k."tenantId" = l."tenantId" AND k.key = l.key AND k."createdAt" <= now() - interval '48 hours' RETURNING k.key)
SELECT count(*)::int AS deleted FROM x`,
}
