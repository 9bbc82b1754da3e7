export const INSERT_AUDIT = {
  name: 'insert-audit',
  text: `INSERT INTO "AuditEntry"("tenantId", actor, action, subject, detail) VALUES ($1, $2, $3, $4, $5::jsonb)`,
}

export const LIST_AUDIT = {
  name: 'list-audit',
  text: `SELECT id::text, at, actor, action, subject, detail FROM "AuditEntry"
WHERE "tenantId" = $1 AND ($2::text IS NULL OR actor = $2) AND ($3::text IS NULL OR subject = $3)
  AND ($4::bigint IS NULL OR id < $4) ORDER BY id DESC LIMIT $5`,
}

/** What an operator does to the whole installation, each tenant may read. */
export const INSERT_AUDIT_FOR_ALL = {
  name: 'insert-audit-for-all',
  text: `INSERT INTO "AuditEntry"("tenantId", actor, action, detail)
SELECT t.id, $1, $2, $3::jsonb FROM (SELECT id FROM "Tenant" UNION SELECT 'default') t(id) ORDER BY t.id`,
}
