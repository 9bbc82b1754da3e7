import { type AuditedTable, type AuditRule, askRules } from './rule.ts'

const CLOCK_SLACK = `interval '30 minutes'`

const ATTEMPT_RULES: readonly AuditRule[] = [
  {
    code: 'attempt_without_delivery',
    says: 'An attempt belongs to a delivery that has reached its number.',
    broken: `r."deliveryFence" IS NULL OR r.number > r."deliveryFence"`,
    detail: `CASE WHEN r."deliveryFence" IS NULL THEN 'its delivery does not exist'
      ELSE format('its delivery is at fence %s', r."deliveryFence") END`,
  },
]

export const ATTEMPTS: AuditedTable = {
  table: 'DeliveryAttempt',
  key: ['"deliveryId"', 'number'],
  rules: ATTEMPT_RULES,
  text: `WITH page AS MATERIALIZED (
  SELECT "deliveryId", number FROM "DeliveryAttempt" WHERE ("deliveryId", number) > ($2::uuid, $3::int)
  ORDER BY "deliveryId", number LIMIT $1),
full_rows AS (
  SELECT p.*, d.fence AS "deliveryFence" FROM page p LEFT JOIN "NotificationDelivery" d ON d.id = p."deliveryId")
${askRules(['"deliveryId"', 'number'], 'full_rows r', ATTEMPT_RULES)}`,
}

const DISPATCH_RULES: readonly AuditRule[] = [
  {
    code: 'dispatch_names_nothing',
    says: 'A dispatch names deliveries.',
    broken: `NOT r."namesAny"`,
    detail: `'no delivery that it names exists'`,
  },
  {
    code: 'dispatch_overdue',
    says: 'Lost wake-ups are looked for.',
    broken: `r."dueAt" < now() - ${CLOCK_SLACK}`,
    detail: `format('was to be looked at at %s', r."dueAt")`,
  },
]

export const DISPATCHES: AuditedTable = {
  table: 'Dispatch',
  key: ['id'],
  rules: DISPATCH_RULES,
  text: `WITH page AS MATERIALIZED (SELECT * FROM "Dispatch" WHERE id > $2::uuid ORDER BY id LIMIT $1),
full_rows AS (
  SELECT p.id, p."dueAt", EXISTS (
    SELECT FROM json_array_elements(p.parts) part, json_array_elements_text(part->'ids') i(id)
    JOIN "NotificationDelivery" d ON d.id = i.id::uuid) AS "namesAny"
  FROM page p)
${askRules(['id'], 'full_rows r', DISPATCH_RULES)}`,
}

const OUTBOX_RULES: readonly AuditRule[] = [
  {
    code: 'outcome_untold',
    says: 'Every end is told.',
    broken: `r."createdAt" < now() - ${CLOCK_SLACK}`,
    detail: `format('has waited for %s since %s', r.topic, r."createdAt")`,
  },
]

export const OUTBOX: AuditedTable = {
  table: 'Outbox',
  key: ['id'],
  rules: OUTBOX_RULES,
  text: `WITH page AS MATERIALIZED (
  SELECT id, topic, "createdAt" FROM "Outbox" WHERE id > $2::uuid ORDER BY id LIMIT $1)
${askRules(['id'], 'page r', OUTBOX_RULES)}`,
}

const RECEIPT_RULES: readonly AuditRule[] = [
  {
    code: 'receipt_forgotten',
    says: 'A receipt is applied, given up or waits for its next look.',
    broken: `r."dueAt" < now() - ${CLOCK_SLACK} OR r."dueAt" IS NULL AND r.result IS NULL
      AND r."receivedAt" < now() - ${CLOCK_SLACK}`,
    detail: `format('was received at %s, and is neither applied nor looked at', r."receivedAt")`,
  },
]

export const RECEIPTS: AuditedTable = {
  table: 'Receipt',
  key: ['id'],
  rules: RECEIPT_RULES,
  text: `WITH page AS MATERIALIZED (
  SELECT id, "dueAt", result, "receivedAt" FROM "Receipt" WHERE id > $2::uuid ORDER BY id LIMIT $1)
${askRules(['id'], 'page r', RECEIPT_RULES)}`,
}
