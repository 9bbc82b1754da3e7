import { type AuditedTable, type AuditRule, askRules } from './rule.ts'

/**
 * Did each ladder move as it was frozen on its notification? Told from the rows and their attempts. What waits for quiet
 * hours may be overtaken, and what was stopped need not move.
 */
const RULES: readonly AuditRule[] = [
  {
    code: 'ladder_step_missing',
    says: 'Every step of a frozen ladder has a delivery, or a decision that says why not.',
    broken: `r.delivery IS NULL AND NOT r."isDecided"`,
    detail: `format('step %s, %s after %s s, has no delivery and no decision', r.step, r.channel, r."afterSeconds")`,
  },
  {
    code: 'ladder_step_early',
    says: 'A step fires at its time, or after one before it has failed.',
    broken: `r."firstStart" < r."createdAt" + make_interval(secs => r."afterSeconds") - interval '1 second'
      AND NOT r."isPulled"`,
    detail: `format('step %s, %s after %s s, began at %s, and no step before it had failed', r.step, r.channel,
      r."afterSeconds", r."firstStart")`,
  },
  {
    code: 'ladder_step_passed_over',
    says: 'Steps fire in their order.',
    broken: `r.status = 'SCHEDULED' AND r."dispatchId" IS NULL AND r.reason IS NULL AND r."laterStart" IS NOT NULL`,
    detail: `format('step %s, %s, still waits, and a later step began at %s', r.step, r.channel, r."laterStart")`,
  },
  {
    code: 'ladder_stands_still',
    says: 'A step that failed or was suppressed makes the next one due.',
    broken: `r.status = 'SCHEDULED' AND r."dispatchId" IS NULL AND r.reason IS NULL AND r."dueAt" > now()
      AND r."isPulled" AND NOT r."isPullWaiting" AND r."isNext" AND r."expiresAt" > now() AND NOT r."isStopped"`,
    detail: `format('step %s, %s, waits for its own time at %s, and the step before it has failed', r.step, r.channel,
      r."dueAt")`,
  },
]

/** IN_APP is in the inbox from the start: no rung that could fail or be early. */
const FROM_PAGE = `WITH page AS MATERIALIZED (
  SELECT id, "tenantId", category, ladder, decisions, "createdAt", "readAt", "acknowledgedAt", "cancelledAt", "stopOn"
  FROM "Notification" WHERE id > $2::uuid ORDER BY id LIMIT $1),
steps AS (
  SELECT p.id, s.step - 1 AS step, s.rung->>'channel' AS channel, (s.rung->>'afterSeconds')::float8 AS "afterSeconds",
    p."createdAt", p.decisions, p."cancelledAt" IS NOT NULL OR p."acknowledgedAt" IS NOT NULL
      OR p."stopOn" = 'READ' AND p."readAt" IS NOT NULL AS "isStopped"
  FROM page p, jsonb_array_elements(p.ladder) WITH ORDINALITY s(rung, step)
  WHERE jsonb_typeof(p.ladder) = 'array' AND p."createdAt" > now() - interval '1 day'
    AND NOT EXISTS (SELECT FROM "Category" c
      WHERE c."tenantId" = p."tenantId" AND c.code = p.category AND c.retention IS NOT NULL)),
full_rows AS (
  SELECT s.*, d.id AS delivery, d.status, d.reason, d."dispatchId", d."dueAt", d."expiresAt", t."firstStart", o.*,
    EXISTS (SELECT FROM jsonb_array_elements(s.decisions) c
      WHERE (c->>'step')::int = s.step AND c->>'channel' = s.channel
        AND c->>'code' NOT IN ('waits_for_step', 'sent_at_once')) AS "isDecided"
  FROM steps s
  LEFT JOIN "NotificationDelivery" d
    ON d."notificationId" = s.id AND d.step = s.step AND d.channel = s.channel AND d.replay = 0
  LEFT JOIN LATERAL (
    SELECT min(a."startedAt") AS "firstStart" FROM "DeliveryAttempt" a WHERE a."deliveryId" = d.id) t ON true
  CROSS JOIN LATERAL (
    SELECT coalesce(bool_or(e.step < s.step AND e."isFailed"), false) AS "isPulled",
      coalesce(bool_or(e."isFailed" AND e."dueAt" IS NOT NULL), false) AS "isPullWaiting",
      NOT coalesce(bool_or(e.step > e."lastFailed" AND e.step < s.step AND NOT e."isFailed"), false) AS "isNext",
      min(e."startedAt") FILTER (WHERE e.step > s.step) AS "laterStart"
    FROM (
      SELECT e.step, e."dueAt", f."startedAt",
        e.status IN ('FAILED', 'SUPPRESSED', 'EXPIRED') AND e."dispatchId" IS NOT NULL AS "isFailed",
        max(e.step) FILTER (WHERE e.status IN ('FAILED', 'SUPPRESSED', 'EXPIRED') AND e."dispatchId" IS NOT NULL)
          OVER () AS "lastFailed"
      FROM "NotificationDelivery" e LEFT JOIN "DeliveryAttempt" f ON f."deliveryId" = e.id AND f.number = 1
      WHERE e."notificationId" = s.id AND e.channel <> 'IN_APP') e) o
  WHERE s.channel <> 'IN_APP' OR d.id IS NULL)
`

export const LADDERS: AuditedTable = {
  table: 'Notification',
  key: ['id'],
  rules: RULES,
  text: FROM_PAGE + askRules(['id'], 'full_rows r', RULES),
}
