/** Versions are only ever added. The row of the code is locked by the statement that counts up, so none is given twice. */

export const SAVE_TEMPLATE = {
  name: 'save-template',
  text: `WITH t AS (
  INSERT INTO "Template" AS o ("tenantId", code, "latestVersion", "liveVersion")
  SELECT $1, $2, 1, CASE WHEN $5 THEN 1 END
  WHERE (SELECT count(*) FROM "Template" WHERE "tenantId" = $1 AND code <> $2) < $6
  ON CONFLICT ("tenantId", code) DO UPDATE SET "latestVersion" = o."latestVersion" + 1,
    "liveVersion" = CASE WHEN $5 THEN o."latestVersion" + 1 ELSE o."liveVersion" END, "updatedAt" = now()
  RETURNING "latestVersion" AS version, "liveVersion"),
v AS (
  INSERT INTO "TemplateVersion"("tenantId", code, version, definition, note)
  SELECT $1, $2, version, $3::jsonb, $4 FROM t)
SELECT version, "liveVersion" FROM t`,
}

export const PUBLISH_TEMPLATE = {
  name: 'publish-template',
  text: `UPDATE "Template" o SET "liveVersion" = $3::int, "updatedAt" = now()
WHERE o."tenantId" = $1 AND o.code = $2
  AND EXISTS (SELECT FROM "TemplateVersion" v WHERE v."tenantId" = $1 AND v.code = $2 AND v.version = $3::int)
RETURNING o.code`,
}

export const RETIRE_TEMPLATE = {
  name: 'retire-template',
  text: `UPDATE "Template" SET "liveVersion" = NULL, "updatedAt" = now()
WHERE "tenantId" = $1 AND code = $2 AND "liveVersion" IS NOT NULL RETURNING code`,
}

export const LIST_TEMPLATES = {
  name: 'list-templates',
  text: `SELECT t.code, t."liveVersion" AS version, v.definition->>'description' AS description,
  ARRAY(SELECT jsonb_object_keys(v.definition->'locales') ORDER BY 1) AS locales, t."updatedAt"
FROM "Template" t JOIN "TemplateVersion" v ON v."tenantId" = t."tenantId" AND v.code = t.code
  AND v.version = t."liveVersion"
WHERE t."tenantId" = $1 ORDER BY t.code LIMIT $2`,
}

/** $3 NULL: the live one. */
export const FIND_TEMPLATE = {
  name: 'find-template',
  text: `SELECT t.code, v.version, t."liveVersion", v.definition
FROM "Template" t JOIN "TemplateVersion" v ON v."tenantId" = t."tenantId" AND v.code = t.code
  AND v.version = coalesce($3::int, t."liveVersion")
WHERE t."tenantId" = $1 AND t.code = $2`,
}

export const LIST_TEMPLATE_VERSIONS = {
  name: 'list-template-versions',
  text: `SELECT v.version, v.note, v."createdAt", t."liveVersion"
FROM "Template" t JOIN "TemplateVersion" v ON v."tenantId" = t."tenantId" AND v.code = t.code
WHERE t."tenantId" = $1 AND t.code = $2 ORDER BY v.version DESC LIMIT $3`,
}

export const READ_LIVE_VERSIONS = {
  name: 'read-live-versions',
  text: `SELECT t."tenantId", t.code, t."liveVersion" AS version
FROM unnest($1::text[], $2::text[]) k("tenantId", code)
JOIN "Template" t ON t."tenantId" = k."tenantId" AND t.code = k.code
WHERE CASE WHEN t."liveVersion" IS NOT NULL THEN true ELSE false END`,
}

export const READ_TEMPLATE_DEFINITIONS = {
  name: 'read-template-definitions',
  text: `SELECT v."tenantId", v.code, v.version, v.definition
FROM unnest($1::text[], $2::text[], $3::int[]) k("tenantId", code, version)
JOIN "TemplateVersion" v ON v."tenantId" = k."tenantId" AND v.code = k.code AND v.version = k.version`,
}
