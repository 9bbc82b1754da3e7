// Times have milliseconds: now() would be rounded up half of the time, and what is due at once not yet due.
export const FIND_WEBHOOK = {
  name: 'find-outcome-webhook',
  text: `SELECT w.url, w."createdAt", w."updatedAt", (SELECT count(*)::int FROM "OutcomeCall" c
  WHERE c."tenantId" = w."tenantId" AND c."dueAt" IS NULL) AS "deadCalls"
FROM "OutcomeWebhook" w WHERE w."tenantId" = $1`,
}

/** The secret stays unless there was none or $4 asks for another one; answers whether $3 is the one that holds now. */
export const SAVE_WEBHOOK = {
  name: 'save-outcome-webhook',
  text: `INSERT INTO "OutcomeWebhook" AS o ("tenantId", url, secret) VALUES ($1, $2, $3)
ON CONFLICT ("tenantId") DO UPDATE SET url = excluded.url, "updatedAt" = now(),
  secret = CASE WHEN $4 THEN excluded.secret ELSE o.secret END
RETURNING secret = $3 AS "isNewSecret"`,
}

export const DELETE_WEBHOOK = {
  name: 'delete-outcome-webhook',
  text: `WITH c AS (DELETE FROM "OutcomeCall" WHERE "tenantId" = $1)
DELETE FROM "OutcomeWebhook" WHERE "tenantId" = $1 RETURNING 1`,
}

export const REPLAY_CALLS = {
  name: 'replay-outcome-calls',
  text: `UPDATE "OutcomeCall" SET "dueAt" = date_trunc('milliseconds', now()), attempts = 0 WHERE "tenantId" = $1 AND "dueAt" IS NULL RETURNING 1`,
}

export const LIST_LISTENERS = { name: 'list-listeners', text: `SELECT "tenantId" FROM "OutcomeWebhook"` }

export const SAVE_CALLS = {
  name: 'save-outcome-calls',
  text: `INSERT INTO "OutcomeCall"(id, "tenantId", records, "dueAt")
SELECT id, "tenantId", records, date_trunc('milliseconds', now()) FROM unnest($1::uuid[], $2::text[], $3::json[]) c(id, "tenantId", records)
ORDER BY id ON CONFLICT (id) DO NOTHING`,
}

export const TAKE_DUE_CALLS = {
  name: 'take-due-outcome-calls',
  text: `UPDATE "OutcomeCall" c SET "dueAt" = now() + make_interval(secs => $2), attempts = c.attempts + 1
FROM (SELECT id FROM "OutcomeCall" WHERE "dueAt" <= now() ORDER BY "dueAt" LIMIT $1 FOR UPDATE SKIP LOCKED) d,
  "OutcomeWebhook" w
WHERE c.id = d.id AND w."tenantId" = c."tenantId"
RETURNING c.id, c."tenantId", c.records, c.attempts, w.url, w.secret`,
}

export const END_CALL = { name: 'end-outcome-call', text: `DELETE FROM "OutcomeCall" WHERE id = $1` }

export const PUT_OFF_CALL = {
  name: 'put-off-outcome-call',
  text: `UPDATE "OutcomeCall" SET error = $2, "dueAt" = date_trunc('milliseconds', now()) + make_interval(secs => $3) WHERE id = $1`,
}
