import { type AuditedTable, type AuditRule, askRules } from './rule.ts'

/**
 * What a delivery says of itself, against its notification, its attempts and its dispatch. Times are compared with slack:
 * a transaction's time is that of its beginning, and it may wait for a lock until its statement is ended.
 */
const LOCK_WAIT = `interval '1 minute'`
/** Longer than any look that the clock puts off. */
const CLOCK_SLACK = `interval '30 minutes'`
const WAITS = `r.status IN ('SCHEDULED', 'PENDING')`
const IS_STOPPED = `(r."cancelledAt" IS NOT NULL
      OR r."stopOn" = 'READ' AND (r."readAt" IS NOT NULL OR r."acknowledgedAt" IS NOT NULL)
      OR r."stopOn" = 'ACKNOWLEDGED' AND r."acknowledgedAt" IS NOT NULL)`

const RULES: readonly AuditRule[] = [
  {
    code: 'delivery_without_notification',
    says: 'Every delivery belongs to a notification of the same tenant and person.',
    broken: `r."ownerTenant" IS NULL OR r."ownerTenant" <> r."tenantId" OR r."ownerId" <> r."recipientId"`,
    detail: `CASE WHEN r."ownerTenant" IS NULL THEN format('notification %s does not exist', r."notificationId")
      ELSE format('notification %s is somebody else''s', r."notificationId") END`,
  },
  {
    code: 'step_twice',
    says: 'Planned once: a step of a notification has one delivery.',
    broken: `r.twins > 0`,
    detail: `format('%s at step %s, replay %s, of notification %s has %s deliveries', r.channel, r.step, r.replay,
      r."notificationId", r.twins + 1)`,
  },
  {
    code: 'final_row_moved',
    says: 'A final row never moves again.',
    broken: `r."sentAt" IS NOT NULL AND r.status NOT IN ('SENT', 'DELIVERED', 'FAILED')
      OR (r."deliveredAt" IS NOT NULL) <> (r.status = 'DELIVERED')`,
    detail: `CASE WHEN r.status = 'DELIVERED' THEN 'is DELIVERED, and was never delivered'
      WHEN r."deliveredAt" IS NOT NULL THEN format('was delivered at %s, and is %s', r."deliveredAt", r.status)
      ELSE format('was sent at %s, and is %s', r."sentAt", r.status) END`,
  },
  {
    code: 'sent_without_acceptance',
    says: 'What a row says at its end is what the provider did.',
    broken: `r.status IN ('SENT', 'DELIVERED') AND r.channel <> 'IN_APP' AND r.accepted = 0 AND r.received = 0`,
    detail: `format('is %s, and no attempt was accepted', r.status)`,
  },
  {
    code: 'accepted_and_not_sent',
    says: 'What a row says at its end is what the provider did, or it says possiblySent.',
    broken: `r.accepted > 0 AND NOT r."possiblySent" AND (r.status NOT IN ('SENT', 'DELIVERED', 'FAILED')
      OR r.status = 'FAILED' AND r."sentAt" IS NULL)`,
    detail: `format('an attempt was accepted, and it is %s without possiblySent', r.status)`,
  },
  {
    code: 'doubled_undeclared',
    says: 'A message is handed over again only after an outcome that cannot be known, and the delivery then says so.',
    broken: `NOT r."possiblySent" AND (r.accepted > 1 OR r.resends > 0)`,
    detail: `format('%s attempts accepted, %s resends, and it does not say possiblySent', r.accepted, r.resends)`,
  },
  {
    code: 'resent_against_the_rule',
    says: 'It is handed over again at most as often as it was unknown, and never in a category that is at most once.',
    broken: `r.resends > r.fence OR r."atMostOnce" AND r.resends > 0`,
    detail: `format('%s resends of %s attempts%s', r.resends, r.fence,
      CASE WHEN r."atMostOnce" THEN ', and at most once' ELSE '' END)`,
  },
  {
    code: 'attempt_missing',
    says: 'Attempts are numbered by the fence, one a claim.',
    broken: `r.attempts <> r.fence OR r."lastAttempt" <> r.fence OR r.misnumbered > 0`,
    detail: `format('has %s attempts up to number %s under fence %s', r.attempts, r."lastAttempt", r.fence)`,
  },
  {
    code: 'attempt_count_wrong',
    says: 'Every attempt that was used is counted, and no other.',
    broken: `r."attemptCount" > r.fence OR r."attemptCount" < r.used OR r."attemptCount" > r."maxAttempts" + r.resends`,
    detail: `format('counts %s of %s attempts at most, with %s used and %s resends', r."attemptCount", r."maxAttempts",
      r.used, r.resends)`,
  },
  {
    code: 'attempt_unanswered',
    says: 'An attempt is completed before its row goes on.',
    broken: `r."lastAttempt" = r.fence AND r.fence > 0 AND r."lastOutcome" IS NULL AND r.status NOT IN ('SENDING', 'UNKNOWN', 'DELIVERED')`,
    detail: `format('is %s, and its last attempt has no outcome', r.status)`,
  },
  {
    code: 'sending_without_lease',
    says: 'A hand-over is under way only under a lease.',
    broken: `(r.status = 'SENDING') <> (r."leaseUntil" IS NOT NULL)`,
    detail: `format('is %s with %s', r.status,
      coalesce('a lease until ' || r."leaseUntil", 'no lease'))`,
  },
  {
    code: 'lease_forgotten',
    says: 'A worker that fell silent is noticed.',
    broken: `r.status = 'SENDING' AND r."leaseUntil" < now() - ${CLOCK_SLACK}`,
    detail: `format('its lease passed at %s', r."leaseUntil")`,
  },
  {
    code: 'nothing_looks_at_it',
    says: 'Every open row has something that will look at it.',
    broken: `r.status IN ('SCHEDULED', 'UNKNOWN') AND r."dueAt" IS NULL
      OR r.status IN ('PENDING', 'SENDING') AND NOT r."isNamed"`,
    detail: `CASE WHEN r.status IN ('SCHEDULED', 'UNKNOWN') THEN format('is %s without a dueAt', r.status)
      ELSE format('is %s, and dispatch %s does not name it', r.status, coalesce(r."dispatchId"::text, '(none)')) END`,
  },
  {
    code: 'overdue',
    says: 'What is due is done.',
    broken: `r."dueAt" < now() - ${CLOCK_SLACK}`,
    detail: `format('is %s, and was due at %s', r.status, r."dueAt")`,
  },
  {
    code: 'expired_and_open',
    says: 'One end: nothing goes on waiting beyond its time.',
    broken: `r.status IN ('SCHEDULED', 'PENDING', 'SENDING', 'UNKNOWN') AND r."expiresAt" < now() - ${CLOCK_SLACK}`,
    detail: `format('is %s, and expired at %s', r.status, r."expiresAt")`,
  },
  {
    code: 'stopped_and_waiting',
    says: 'Nothing that was stopped goes on waiting.',
    broken: `${WAITS} AND r.channel <> 'IN_APP' AND ${IS_STOPPED}`,
    detail: `format('is %s, and notification %s was %s', r.status, r."notificationId",
      CASE WHEN r."cancelledAt" IS NOT NULL THEN 'cancelled' WHEN r."readAt" IS NOT NULL THEN 'read'
           ELSE 'acknowledged' END)`,
  },
  {
    code: 'stopped_by_nobody',
    says: 'A stop says who asked for it.',
    broken: `r.status = 'CANCELLED' AND (r.reason = 'read' AND r."readAt" IS NULL
      OR r.reason = 'acknowledged' AND r."acknowledgedAt" IS NULL)`,
    detail: `format('is CANCELLED as %s, and notification %s is not', r.reason, r."notificationId")`,
  },
  {
    code: 'handed_over_after_stop',
    says: 'Stop is honest: no hand-over begins after it was stopped.',
    broken: `r."lastStart" > least(r."stopRequestedAt", r."cancelledAt",
      CASE WHEN r."stopOn" IN ('READ', 'ACKNOWLEDGED') THEN r."acknowledgedAt" END) + ${LOCK_WAIT}`,
    detail: `format('was stopped at %s, and attempt %s began at %s', least(r."stopRequestedAt", r."cancelledAt",
      r."acknowledgedAt"), r."lastAttempt", r."lastStart")`,
  },
  {
    code: 'fired_before_its_time',
    says: 'An escalation step or a retry begins at its time, not before.',
    broken: `NOT r."possiblySent" AND (r.status IN ('SENDING', 'UNKNOWN', 'SENT')
      AND r."lastStart" < r."scheduledFor" - interval '1 second'
      OR r.status = 'PENDING' AND now() < r."scheduledFor" - interval '1 second')`,
    detail: `format('was to begin at %s, and %s', r."scheduledFor",
      coalesce('attempt ' || r."lastAttempt" || ' began at ' || r."lastStart", 'is PENDING'))`,
  },
]

const FROM_PAGE = `WITH page AS MATERIALIZED (
  SELECT * FROM "NotificationDelivery" WHERE id > $2::uuid ORDER BY id LIMIT $1),
named AS MATERIALIZED (
  SELECT w.id AS "dispatchId", i.id FROM "Dispatch" w, json_array_elements(w.parts) part,
    json_array_elements_text(part->'ids') i(id)
  WHERE w.id IN (SELECT p."dispatchId" FROM page p WHERE p.status IN ('PENDING', 'SENDING'))),
full_rows AS (
  SELECT p.*, n."tenantId" AS "ownerTenant", n."recipientId" AS "ownerId", n."readAt", n."cancelledAt",
    n."acknowledgedAt", t.*, s.twins,
    EXISTS (SELECT FROM named m WHERE m."dispatchId" = p."dispatchId" AND m.id = p.id::text) AS "isNamed"
  FROM page p LEFT JOIN "Notification" n ON n.id = p."notificationId"
  CROSS JOIN LATERAL (
    SELECT count(*)::int AS attempts, coalesce(max(a.number), 0) AS "lastAttempt", max(a."startedAt") AS "lastStart",
      count(*) FILTER (WHERE a.outcome = 'accepted')::int AS accepted,
      count(*) FILTER (WHERE a."receiptRank" > 0)::int AS received,
      count(*) FILTER (WHERE a.outcome IS DISTINCT FROM 'not_handed_over' AND a.number <= p.fence)::int AS used,
      count(*) FILTER (WHERE a.number <> a.fence)::int AS misnumbered,
      max(a.outcome) FILTER (WHERE a.number = p.fence) AS "lastOutcome"
    FROM "DeliveryAttempt" a WHERE a."deliveryId" = p.id) t
  CROSS JOIN LATERAL (
    SELECT count(*)::int AS twins FROM "NotificationDelivery" o
    WHERE o."notificationId" = p."notificationId" AND o.channel = p.channel AND o.step = p.step
      AND o.replay = p.replay AND o.id <> p.id) s)
`

export const DELIVERIES: AuditedTable = {
  table: 'NotificationDelivery',
  key: ['id'],
  rules: RULES,
  text: FROM_PAGE + askRules(['id'], 'full_rows r', RULES),
}
