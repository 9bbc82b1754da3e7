/**
 * Absent fields stay as they are, null clears them. Preferences are merged by key, so that a form that shows half of them
 * loses nobody's opt-out; a category is replaced as a whole.
 */

function mergePreferences(stored: string, given: string): string {
  return `(${stored} || (${given} - 'categories') || CASE WHEN ${given} ? 'categories' THEN jsonb_build_object('categories',
      coalesce(${stored}->'categories', '{}') || (${given}->'categories')) ELSE '{}' END)
    - CASE WHEN ${given}->'quietHours' = 'null' THEN ARRAY['quietHours'] ELSE ARRAY[]::text[] END`
}

const COLUMNS = 'id, email, phone, roles, attributes, locale, "timeZone", preferences'

export const FIND_USER = {
  name: 'find-user',
  text: `SELECT ${COLUMNS} FROM "User" WHERE "tenantId" = $1 AND id = $2`,
}

/** $3 is what was given, as JSON without what is absent. */
export const SAVE_USER = {
  name: 'save-user',
  text: `INSERT INTO "User" AS o ("tenantId", id, email, phone, roles, attributes, locale, "timeZone", preferences)
SELECT $1, $2, g->>'email', g->>'phone', ARRAY(SELECT jsonb_array_elements_text(coalesce(g->'roles', '[]'))),
  coalesce(g->'attributes', '{}'), g->>'locale', g->>'timeZone',
  ${mergePreferences(`'{}'::jsonb`, `coalesce(g->'preferences', '{}')`)}
FROM (SELECT $3::jsonb AS g) given
ON CONFLICT ("tenantId", id) DO UPDATE SET
  email = CASE WHEN $3::jsonb ? 'email' THEN excluded.email ELSE o.email END,
  phone = CASE WHEN $3::jsonb ? 'phone' THEN excluded.phone ELSE o.phone END,
  roles = CASE WHEN $3::jsonb ? 'roles' THEN excluded.roles ELSE o.roles END,
  attributes = CASE WHEN $3::jsonb ? 'attributes' THEN excluded.attributes ELSE o.attributes END,
  locale = CASE WHEN $3::jsonb ? 'locale' THEN excluded.locale ELSE o.locale END,
  "timeZone" = CASE WHEN $3::jsonb ? 'timeZone' THEN excluded."timeZone" ELSE o."timeZone" END,
  preferences = ${mergePreferences('o.preferences', `coalesce($3::jsonb->'preferences', '{}')`)},
  "updatedAt" = now()
RETURNING ${COLUMNS}`,
}
