import type { AcceptedMail, FleetStage, TopicRecord } from '@carillon/testkit'
import type { EventToPost } from './events.ts'

/** What must not be, each with the ids that show it. */
export interface Violations {
  readonly [what: string]: readonly string[]
}

interface Row {
  readonly id: string
  readonly eventId: string
  readonly channel: string
  readonly status: string
  readonly possiblySent: boolean
  readonly resends: number
}

export interface Verdict {
  readonly violations: Violations
  readonly deliveries: number
  readonly byStatus: string
  readonly possiblySent: number
  /** Mails that came twice, and whose row says that they may have. */
  readonly doubledHonestly: number
}

const ENDS = new Set(['SENT', 'DELIVERED', 'FAILED', 'CANCELLED', 'SUPPRESSED', 'EXPIRED'])

/** Compares what was accepted with the rows, the fake's accept log and the outcomes that others were told. */
export async function judge(
  { pool }: FleetStage,
  accepted: ReadonlyMap<string, EventToPost>,
  mails: readonly AcceptedMail[],
  outcomes: readonly TopicRecord[],
): Promise<Verdict> {
  const rows = await readRows(pool)
  const rowsOf = Map.groupBy(rows, (row) => row.eventId)
  const mailsOf = Map.groupBy(mails, (mail) => mail.deliveryId ?? 'none')
  const endsOf = readEnds(outcomes)
  const count = (row: Row) => mailsOf.get(row.id)?.length ?? 0
  const isDue = (row: Row) => row.channel === 'EMAIL' && accepted.get(row.eventId)?.refused.length === 0
  const known = new Set(rows.map((row) => row.id))
  const idsOf = (found: readonly Row[]) => found.map((row) => `${row.id} ${row.status}`)

  return {
    violations: {
      'accepted, but not planned as asked': [...accepted]
        .filter(([id, event]) => (rowsOf.get(id)?.length ?? 0) !== event.deliveries)
        .map(([id]) => id),
      'without an end': idsOf(rows.filter((row) => !ENDS.has(row.status))),
      lost: idsOf(rows.filter((row) => isDue(row) && count(row) === 0)),
      'sent, says the row, and no mail': idsOf(rows.filter((row) => isMailSaidSent(row) && count(row) === 0)),
      'mail accepted, but the row ended otherwise': idsOf(
        rows.filter((row) => count(row) > 0 && row.status !== 'SENT' && !row.possiblySent),
      ),
      'doubled without possiblySent': idsOf(rows.filter((row) => count(row) > 1 && !row.possiblySent)),
      'sent again more often than it was resolved': idsOf(rows.filter((row) => count(row) > 1 + row.resends)),
      'mails that no row knows': [...mailsOf.keys()].filter((id) => !known.has(id)),
      'more than one end told': rows.filter((row) => (endsOf.get(row.id)?.size ?? 0) > 1).map((row) => row.id),
      'the end not told': idsOf(rows.filter((row) => ENDS.has(row.status) && !endsOf.get(row.id)?.has(row.status))),
    },
    deliveries: rows.length,
    byStatus: countBy(rows, (row) => row.status),
    possiblySent: rows.filter((row) => row.possiblySent).length,
    doubledHonestly: rows.filter((row) => count(row) > 1 && row.possiblySent).length,
  }
}

function isMailSaidSent({ channel, status }: Row): boolean {
  return channel === 'EMAIL' && (status === 'SENT' || status === 'DELIVERED')
}

async function readRows(pool: FleetStage['pool']): Promise<Row[]> {
  const { rows } = await pool.query<Row>(`SELECT d.id, n."eventId", d.channel, d.status, d."possiblySent", d.resends
    FROM "NotificationDelivery" d JOIN "Notification" n ON n.id = d."notificationId"`)
  return rows
}

/** Every end that was told of a delivery; the same one told again says nothing new. */
function readEnds(outcomes: readonly TopicRecord[]): Map<string, Set<string>> {
  const ends = new Map<string, Set<string>>()
  for (const { value } of outcomes) {
    const { deliveryId, status }: { deliveryId: string; status: string } = JSON.parse(String(value))
    ends.set(deliveryId, (ends.get(deliveryId) ?? new Set()).add(status))
  }
  return ends
}

function countBy<T>(items: readonly T[], keyOf: (item: T) => string): string {
  const counts = [...Map.groupBy(items, keyOf)].map(([key, group]) => `${key} ${group.length}`)
  return counts.sort().join(', ')
}
