/** Beside what else a tenant sets; a tenant that nobody named yet is made. */
export const SAVE_MAIL_SETTINGS = {
  name: 'save-mail-settings',
  text: `INSERT INTO "Tenant" AS o (id, name, settings) VALUES ($1, $1, jsonb_build_object('mail', $2::jsonb))
ON CONFLICT (id) DO UPDATE SET settings = o.settings || excluded.settings`,
}

export const FIND_MAIL_SETTINGS = {
  name: 'find-mail-settings',
  text: `SELECT settings->'mail' AS mail FROM "Tenant" WHERE id = $1`,
}
