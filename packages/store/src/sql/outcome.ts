/**
 * Fragments for statements that end deliveries. Their outcomes go in one Outbox row a statement: a row each would cost
 * four times as much.
 */

/** One time for all outcomes of a statement, in whole milliseconds, which is what is announced and what is swept. */
export const AT_MS = '(extract(epoch FROM now()) * 1000)::bigint'

/** In a RETURNING over "NotificationDelivery" d: the tuple that outbox.ts reads, NULL where the row has not ended. */
export const OUTCOME = `CASE WHEN d.status IN ('SENT', 'DELIVERED', 'FAILED', 'CANCELLED', 'SUPPRESSED', 'EXPIRED')
      THEN json_build_array(d.id, d."notificationId", d."tenantId", d.channel, d.status, d.reason,
        (SELECT ${AT_MS})) END AS outcome`

/** A CTE that writes the outcomes of the CTE `from` under the id that stands in parameter `idParameter`. */
export function insertOutcomes(from: string, idParameter: string): string {
  return `INSERT INTO "Outbox"(id, topic, records)
  SELECT ${idParameter}::uuid, 'notification.outcomes', json_agg(outcome) FROM ${from} WHERE outcome IS NOT NULL
  HAVING count(*) > 0`
}
