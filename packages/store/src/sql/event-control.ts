/** What people decide of a whole event. The fan-out's row first: its lock orders them against the next chunk (D4). */

export const PAUSE_FANOUT = {
  name: 'pause-fanout',
  text: `UPDATE "Fanout" f SET status = 'PAUSED', owner = NULL, "leaseUntil" = NULL, "dueAt" = NULL
WHERE f."tenantId" = $1 AND f."eventId" = $2 AND CASE WHEN f.status = 'PROCESSING' THEN true ELSE false END`,
}

/** A segment that was missing may be there by now. The clock publishes it, because it is due. */
export const RESUME_FANOUT = {
  name: 'resume-fanout',
  text: `UPDATE "Fanout" f SET status = 'PROCESSING', reason = NULL, detail = NULL, failures = 0, "dueAt" = now(),
  rule = coalesce(f.rule, (SELECT s.rule FROM "Segment" s
    WHERE s."tenantId" = f."tenantId" AND s.code = f.segment))
WHERE f."tenantId" = $1 AND f."eventId" = $2 AND CASE WHEN f.status IN ('PAUSED', 'FAILED') THEN true ELSE false END`,
}

export const READ_FANOUT = {
  name: 'read-fanout',
  text: `SELECT e.state, f.status FROM "Event" e
LEFT JOIN "Fanout" f ON f."tenantId" = e."tenantId" AND f."eventId" = e.id
WHERE e."tenantId" = $1 AND e.id = $2`,
}

/** A fan-out that is cancelled stays due until all that waited is ended, for the case that nobody ends it now. */
export const CANCEL_FANOUT = {
  name: 'cancel-fanout',
  text: `UPDATE "Fanout" f SET
  status = CASE WHEN status = 'COMPLETED' THEN status ELSE 'CANCELLED' END,
  "endedAt" = coalesce("endedAt", now()), owner = NULL, "leaseUntil" = NULL, event = NULL, rule = NULL,
  "dueAt" = now() + interval '30 s'
WHERE f."tenantId" = $1 AND f."eventId" = $2`,
}

export const CANCEL_EVENT = {
  name: 'cancel-event',
  text: `UPDATE "Event" e SET state = 'CANCELLED', reason = coalesce(reason, 'cancelled')
WHERE e."tenantId" = $1 AND e.id = $2 AND CASE WHEN e.state NOT IN ('REFUSED', 'CANCELLED') THEN true ELSE false END`,
}

/** It waits in the log: its place is taken, so that whoever reads it finds it cancelled. What it says is not known here. */
export const CANCEL_QUEUED = {
  name: 'cancel-queued',
  text: `INSERT INTO "Event" AS e ("tenantId", id, type, category, fingerprint, state, reason, "acceptedAt")
VALUES ($1, $2, '', 'general', '', 'CANCELLED', 'cancelled', $3)
ON CONFLICT ("tenantId", id) DO UPDATE SET state = 'CANCELLED', reason = coalesce(e.reason, 'cancelled')
WHERE CASE WHEN e.state NOT IN ('REFUSED', 'CANCELLED') THEN true ELSE false END`,
}

export const END_CANCEL = {
  name: 'end-cancel',
  text: `UPDATE "Fanout" f SET "dueAt" = NULL
WHERE f."tenantId" = $1 AND f."eventId" = $2
  AND CASE WHEN f.status IN ('CANCELLED', 'COMPLETED') THEN true ELSE false END`,
}

export const FIND_CANCELLED_FANOUT = {
  name: 'find-cancelled-fanout',
  text: `SELECT f."eventId" FROM "Fanout" f WHERE f.id = $1::uuid AND f."tenantId" = $2 AND f."dueAt" IS NOT NULL
  AND CASE WHEN f.status IN ('CANCELLED', 'COMPLETED') THEN true ELSE false END`,
}

/** Notifications of the event of which something may still go out, in id order behind $3. */
export const FIND_OPEN_NOTIFICATIONS = {
  name: 'find-open-notifications',
  text: `SELECT n.id FROM "Notification" n
WHERE n."eventId" = $2 AND n."tenantId" = $1 AND n.id > $3::uuid AND EXISTS (
  SELECT FROM (SELECT d.status, d."stopRequestedAt" FROM "NotificationDelivery" d WHERE d."notificationId" = n.id OFFSET 0) d
  WHERE CASE WHEN d.status IN ('SCHEDULED', 'PENDING')
             OR d.status IN ('SENDING', 'UNKNOWN') AND d."stopRequestedAt" IS NULL THEN true ELSE false END)
ORDER BY n.id LIMIT $4`,
}
