/** What a person sees. A stub is in no inbox, and a notification without IN_APP is in none. */

// The text of a person who was erased is gone, and the notification stays.
const ITEM = `n.id, n."eventId", n.type, n.category, n.priority, n.title, coalesce(n.message, '') AS message,
  coalesce(n.metadata, '{}') AS metadata,
  n."readAt" IS NOT NULL AS read, n."readAt", n."seenAt", n."acknowledgedAt", n."archivedAt", n."snoozedUntil", n."createdAt"`

const OF_PERSON = `n."tenantId" = $1 AND n."recipientId" = $2
  AND CASE WHEN n."inInbox" AND n."plannedAt" IS NOT NULL THEN true ELSE false END`

const IS_ACTIVE = `n."archivedAt" IS NULL AND (n."snoozedUntil" IS NULL OR n."snoozedUntil" <= now())`

/** Keyset over (createdAt, id): a row that comes meanwhile moves nothing that was on its way. */
const IS_OLDER = (at: string, id: string) =>
  `(${at}::timestamptz IS NULL OR n."createdAt" <= ${at} AND (n."createdAt", n.id) < (${at}::timestamptz, ${id}::uuid))`

export const LIST_INBOX = {
  name: 'list-inbox',
  text: `SELECT ${ITEM} FROM "Notification" n WHERE ${OF_PERSON} AND ${IS_OLDER('$5', '$6')}
  AND CASE $3::text WHEN 'all' THEN true WHEN 'archived' THEN n."archivedAt" IS NOT NULL
    WHEN 'snoozed' THEN n."archivedAt" IS NULL AND n."snoozedUntil" > now() ELSE ${IS_ACTIVE} END
  AND ($4::boolean IS NULL OR (n."readAt" IS NULL) = $4)
ORDER BY n."createdAt" DESC, n.id DESC LIMIT $7`,
}

export const COUNT_UNREAD = {
  name: 'count-unread',
  text: `SELECT count(*)::int AS "unreadCount", (count(*) FILTER (WHERE n."seenAt" IS NULL))::int AS "unseenCount"
FROM "Notification" n WHERE ${OF_PERSON} AND CASE WHEN n."readAt" IS NULL AND ${IS_ACTIVE} THEN true ELSE false END`,
}

/** What read-all says read: what the count of unread ones counts. */
export const LIST_UNREAD = {
  name: 'list-unread',
  text: `SELECT n.id, n."createdAt" FROM "Notification" n WHERE ${OF_PERSON} AND ${IS_OLDER('$3', '$4')}
  AND CASE WHEN n."readAt" IS NULL AND ${IS_ACTIVE} THEN true ELSE false END
ORDER BY n."createdAt" DESC, n.id DESC LIMIT $5`,
}

export const FIND_NOTIFICATION = {
  name: 'find-notification',
  text: `SELECT ${ITEM} FROM unnest($1::uuid[]) WITH ORDINALITY k(id, place) JOIN "Notification" n ON n.id = k.id
WHERE n."tenantId" = $2 AND ($3::text IS NULL OR n."recipientId" = $3) AND n."plannedAt" IS NOT NULL
ORDER BY k.place LIMIT 1`,
}

/** Marks that stop nothing. The first one to see it is kept; archive and snooze say how it is to be from now on. */
export const MARK_NOTIFICATION = {
  name: 'mark-notification',
  text: `UPDATE "Notification" n SET
  "seenAt" = CASE WHEN $4 = 'seen' THEN coalesce(n."seenAt", now()) ELSE n."seenAt" END,
  "archivedAt" = CASE $4 WHEN 'archive' THEN coalesce(n."archivedAt", now()) WHEN 'unarchive' THEN NULL
                 ELSE n."archivedAt" END,
  "snoozedUntil" = CASE WHEN $4 = 'snooze' THEN $5::timestamptz ELSE n."snoozedUntil" END
WHERE n.id = (
  SELECT n.id FROM unnest($1::uuid[]) WITH ORDINALITY k(id, place) JOIN "Notification" n ON n.id = k.id
  WHERE n."tenantId" = $2 AND n."recipientId" = $3 AND n."plannedAt" IS NOT NULL ORDER BY k.place LIMIT 1)
RETURNING ${ITEM}`,
}
