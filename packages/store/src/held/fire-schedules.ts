import { createHash, randomUUID } from 'node:crypto'
import { decideRuns } from '@carillon/clock'
import { eventsTopic, type OutboxRow } from '@carillon/contracts'
import type { Pool, PoolClient } from 'pg'
import { type Announce, type EventTuple, toOutboxRow } from '../outbox/outbox.ts'
import { runStatement, toColumns } from '../run-statement.ts'
import { cipherOf } from '../sealing/cipher-of.ts'
import { openJson } from '../sealing/sealed-json.ts'
import { INSERT_OUTBOX } from '../sql/outbox.ts'
import { MOVE_SCHEDULES, TAKE_SCHEDULES } from '../sql/schedules.ts'
import { inTransaction, repeatConflicts } from '../transaction.ts'
import { openEach, type ReportUnreadable, readLane } from './open-waiting.ts'

interface DueSchedule {
  readonly tenantId: string
  readonly id: string
  readonly cron: string
  readonly timeZone: string
  readonly event: ScheduledEvent
  readonly onMissed: 'run_last' | 'skip'
  readonly nextRunAt: Date
  readonly now: Date
}

type ScheduledEvent = Readonly<Record<string, unknown>>
type ScheduleRow = Omit<DueSchedule, 'event'> & { readonly event: ScheduledEvent | string }

interface FirePorts {
  readonly pool: Pool
  readonly announce: Announce
  readonly reportUnreadable: ReportUnreadable
}

/** take → decide (pure) → move, with the events in the outbox of the same transaction. Answers how many were due. */
export async function fireSchedules({ pool, announce, reportUnreadable }: FirePorts, limit: number): Promise<number> {
  const cipher = cipherOf(pool)
  const { due, outbox } = await repeatConflicts('fire schedules', () =>
    inTransaction(pool, async (client) => {
      const rows = await runStatement<ScheduleRow>(client, TAKE_SCHEDULES, [limit])
      if (rows.length === 0) return { due: 0, outbox: [] }
      const schedules = openEach(
        rows,
        (row): DueSchedule => ({ ...row, event: openJson(cipher, row.tenantId, row.event) ?? {} }),
        ({ tenantId, id }, error) => reportUnreadable({ tenantId, id, error }),
      )
      const decided = schedules.map((one) => ({ ...one, ...decideRuns(one, one.now) }))
      const runs = decided.map((one) => ({ ...one, eventId: one.runAt && nameRun(one, one.runAt) }))
      await runStatement(
        client,
        MOVE_SCHEDULES,
        toColumns(runs, [
          (run) => run.tenantId,
          (run) => run.id,
          (run) => run.nextRunAt?.toISOString() ?? null,
          (run) => run.runAt?.toISOString() ?? null,
          (run) => run.eventId,
          (run) => run.missed,
        ]),
      )
      return { due: schedules.length, outbox: await keepEvents(client, runs) }
    }),
  )
  for (const row of outbox) announce(row)
  return due
}

type Run = Pick<DueSchedule, 'tenantId' | 'event' | 'now'> & { readonly eventId: string | null }

/** A function of the schedule and the run's time alone: a run that comes twice is one event. */
function nameRun({ tenantId, id }: Pick<DueSchedule, 'tenantId' | 'id'>, runAt: Date): string {
  const name = JSON.stringify([tenantId, id, runAt.toISOString()])
  return `sch_${createHash('sha256').update(name).digest('hex').slice(0, 32)}`
}

async function keepEvents(client: PoolClient, runs: readonly Run[]): Promise<OutboxRow[]> {
  const byLane = Map.groupBy(runs, ({ event }) => readLane(event))
  const rows: OutboxRow[] = []
  for (const [lane, own] of byLane) {
    const tuples = own.flatMap(toTuple)
    if (tuples.length === 0) continue
    const id = randomUUID()
    await runStatement(client, INSERT_OUTBOX, [id, eventsTopic(lane), JSON.stringify(tuples)])
    rows.push(toOutboxRow(id, eventsTopic(lane), tuples))
  }
  return rows
}

function toTuple({ tenantId, eventId, event, now }: Run): EventTuple[] {
  if (eventId === null) return []
  const key = typeof event.cancelKey === 'string' ? event.cancelKey : eventId
  return [[tenantId, key, JSON.stringify({ ...event, id: eventId }), now.toISOString(), 'event']]
}
