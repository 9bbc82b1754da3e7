/** Rows after $1 that hold something not sealed by the newest key, whose prefix is $2; in the order of their keys. */

export const FIND_STALE_USERS = {
  name: 'find-stale-users',
  text: `SELECT "tenantId", id, email, phone FROM "User"
WHERE (email IS NOT NULL AND NOT starts_with(email, $1) OR phone IS NOT NULL AND NOT starts_with(phone, $1))
ORDER BY "tenantId", id LIMIT $2`,
}

/** Only where nobody wrote meanwhile: what they wrote is sealed by the newest key already. */
export const RESEAL_USERS = {
  name: 'reseal-users',
  text: `UPDATE "User" o SET email = u."newEmail", phone = u."newPhone"
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
  u("tenantId", id, email, phone, "newEmail", "newPhone")
WHERE o."tenantId" = u."tenantId" AND o.id = u.id
  AND o.email IS NOT DISTINCT FROM u.email AND o.phone IS NOT DISTINCT FROM u.phone`,
}

export const FIND_STALE_DEVICES = {
  name: 'find-stale-devices',
  text: `SELECT "tenantId", "tokenHash", token FROM "Device" WHERE NOT starts_with(token, $1)
ORDER BY "tenantId", "tokenHash" LIMIT $2`,
}

export const RESEAL_DEVICES = {
  name: 'reseal-devices',
  text: `UPDATE "Device" o SET token = u."newToken"
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) u("tenantId", "tokenHash", token, "newToken")
WHERE o."tenantId" = u."tenantId" AND o."tokenHash" = u."tokenHash" AND o.token = u.token`,
}

/** By id from one to the next, so that a table of any length is read once. */
export const FIND_STALE_NOTIFICATIONS = {
  name: 'find-stale-notifications',
  text: `SELECT id, "tenantId", metadata, contact,
  (metadata IS NOT NULL AND NOT starts_with(coalesce(metadata #>> '{}', ''), $1)
    OR contact IS NOT NULL AND NOT starts_with(coalesce(contact #>> '{}', ''), $1)) AS "isStale"
FROM "Notification" WHERE id > $3::uuid ORDER BY id LIMIT $2`,
}

export const RESEAL_NOTIFICATIONS = {
  name: 'reseal-notifications',
  text: `UPDATE "Notification" o SET metadata = u.metadata, contact = u.contact
FROM unnest($1::uuid[], $2::jsonb[], $3::jsonb[]) u(id, metadata, contact)
WHERE o.id = u.id AND CASE WHEN o."plannedAt" IS NOT NULL THEN true ELSE false END`,
}
