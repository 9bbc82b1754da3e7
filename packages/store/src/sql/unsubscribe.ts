/** Into the person's own preferences, where they can be seen and undone; of a guest, whose id is a hash, as well. */
export const KEEP_OPT_OUT = {
  name: 'keep-opt-out',
  text: `INSERT INTO "User" AS o ("tenantId", id, roles, preferences)
VALUES ($1, $2, '{}', jsonb_build_object('categories', jsonb_build_object($3::text, jsonb_build_object('email', false))))
ON CONFLICT ("tenantId", id) DO UPDATE SET "updatedAt" = now(),
  preferences = o.preferences || jsonb_build_object('categories', coalesce(o.preferences->'categories', '{}')
    || jsonb_build_object($3::text, coalesce(o.preferences->'categories'->$3::text, '{}') || '{"email": false}'))`,
}
