import type { AcceptedMail } from '@carillon/testkit'
import type { FaultStage } from './open-fault-stage.ts'
import type { Traffic } from './traffic.ts'

/** One fault, and what it did to the messages of its round: ids that show it. */
export interface RoundVerdict {
  readonly deliveries: number
  readonly lost: readonly string[]
  /** Handed over more than once; honest where the row says possiblySent. */
  readonly doubled: readonly string[]
  readonly undeclared: readonly string[]
  readonly afterStop: readonly string[]
  /** Accepted by the mail server long after the fault was over. */
  readonly late: readonly string[]
  readonly openEnds: readonly string[]
}

interface Row {
  readonly id: string
  readonly eventId: string
  readonly channel: string
  readonly status: string
  readonly possiblySent: boolean
  readonly resends: number
  readonly isCancelled: boolean
}

const ENDS = new Set(['SENT', 'DELIVERED', 'FAILED', 'CANCELLED', 'SUPPRESSED', 'EXPIRED'])
const LATE_MS = 60_000

/** The rows against what was answered with 202 and against the mail server's accept log, which is the truth. */
export async function judgeRound(stage: FaultStage, traffic: Traffic, endedAtMs: number): Promise<RoundVerdict> {
  const { accepted, cancelledAtMs } = traffic
  const rows = await readRows(stage, [...accepted.keys()])
  const mails = Map.groupBy(await stage.smtp.accepted(), (mail) => mail.deliveryId ?? '')
  const rowsOf = Map.groupBy(rows, (row) => row.eventId)
  const mailsOf = ({ id }: Row): readonly AcceptedMail[] => mails.get(id) ?? []
  const idsOf = (found: readonly Row[]) => found.map((row) => `${row.id} ${row.status}`)
  const isRefused = ({ eventId }: Row) => (accepted.get(eventId)?.refused.length ?? 0) > 0
  const isDue = (row: Row) => row.channel === 'EMAIL' && !isRefused(row) && !row.isCancelled
  const isAfter = (mail: AcceptedMail, atMs: number | undefined) => atMs !== undefined && Date.parse(mail.at) > atMs
  const unplanned = [...accepted].filter(([id, event]) => (rowsOf.get(id)?.length ?? 0) !== event.deliveries)
  return {
    deliveries: rows.length,
    lost: [
      ...unplanned.map(([id]) => `${id} not planned as asked`),
      ...idsOf(rows.filter((row) => isDue(row) && mailsOf(row).length === 0)),
    ],
    doubled: idsOf(rows.filter((row) => mailsOf(row).length > 1)),
    undeclared: idsOf(
      rows.filter((row) => (mailsOf(row).length > 1 && !row.possiblySent) || mailsOf(row).length > 1 + row.resends),
    ),
    afterStop: idsOf(rows.filter((row) => mailsOf(row).some((mail) => isAfter(mail, cancelledAtMs.get(row.id))))),
    late: idsOf(rows.filter((row) => mailsOf(row).some((mail) => isAfter(mail, endedAtMs + LATE_MS)))),
    openEnds: idsOf(rows.filter((row) => !ENDS.has(row.status))),
  }
}

async function readRows({ pool }: FaultStage, eventIds: readonly string[]): Promise<Row[]> {
  const { rows } = await pool.query<Row>(
    `SELECT d.id, n."eventId", d.channel, d.status, d."possiblySent", d.resends,
      n."cancelledAt" IS NOT NULL AS "isCancelled"
    FROM "Notification" n JOIN "NotificationDelivery" d ON d."notificationId" = n.id WHERE n."eventId" = ANY($1)`,
    [eventIds],
  )
  return rows
}
