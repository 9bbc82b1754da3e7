import type { HandOver } from './hand-overs.ts'
import { readHandOvers } from './hand-overs.ts'
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
  /** Accepted by the provider long after the fault was over. */
  readonly late: readonly string[]
  readonly openEnds: readonly string[]
}

interface Row {
  readonly id: string
  readonly eventId: string
  readonly channel: string
  readonly status: string
  readonly reason: string | null
  readonly possiblySent: boolean
  readonly resends: number
}

const ENDS = new Set(['SENT', 'DELIVERED', 'FAILED', 'CANCELLED', 'SUPPRESSED', 'EXPIRED'])
const LATE_MS = 60_000

/** The rows against what was answered with 202 and against the providers' accept logs. */
export async function judgeRound(stage: FaultStage, traffic: Traffic, endedAtMs: number): Promise<RoundVerdict> {
  const { accepted, cancelledAtMs, stopped } = traffic
  const rows = await readRows(stage, [...accepted.keys()])
  const handOvers = await readHandOvers(stage)
  const rowsOf = Map.groupBy(rows, (row) => row.eventId)
  const handOversOf = ({ id }: Row): readonly HandOver[] => handOvers.get(id) ?? []
  const idsOf = (found: readonly Row[]) => found.map((row) => `${row.id} ${row.status} ${row.reason ?? ''}`.trim())
  const isRefused = ({ eventId }: Row) => (accepted.get(eventId)?.refused.length ?? 0) > 0
  const isStopped = ({ eventId, status }: Row) => status === 'CANCELLED' && stopped.has(eventId)
  const isDue = (row: Row) => row.channel !== 'IN_APP' && !isRefused(row) && !isStopped(row)
  const isAfter = (one: HandOver, atMs: number | undefined) => atMs !== undefined && one.atMs > atMs
  const unplanned = [...accepted].filter(([id, event]) => (rowsOf.get(id)?.length ?? 0) !== event.deliveries)
  const isUndeclared = (row: Row) => {
    const count = handOversOf(row).length
    return count > 1 && (!row.possiblySent || count > 1 + row.resends)
  }
  return {
    deliveries: rows.length,
    lost: [
      ...unplanned.map(([id]) => `${id} not planned as asked`),
      ...idsOf(rows.filter((row) => isDue(row) && handOversOf(row).length === 0)),
    ],
    doubled: idsOf(rows.filter((row) => handOversOf(row).length > 1)),
    undeclared: idsOf(rows.filter(isUndeclared)),
    afterStop: idsOf(rows.filter((row) => handOversOf(row).some((one) => isAfter(one, cancelledAtMs.get(row.id))))),
    late: idsOf(rows.filter((row) => handOversOf(row).some((one) => isAfter(one, endedAtMs + LATE_MS)))),
    openEnds: idsOf(rows.filter((row) => !ENDS.has(row.status))),
  }
}

async function readRows({ pool }: FaultStage, eventIds: readonly string[]): Promise<Row[]> {
  const { rows } = await pool.query<Row>(
    `SELECT d.id, n."eventId", d.channel, d.status, d.reason, d."possiblySent", d.resends
    FROM "Notification" n JOIN "NotificationDelivery" d ON d."notificationId" = n.id WHERE n."eventId" = ANY($1)`,
    [eventIds],
  )
  return rows
}
