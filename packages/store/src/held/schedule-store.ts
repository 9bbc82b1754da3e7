import type { Pool } from 'pg'
import { onlyRow, runStatement } from '../run-statement.ts'
import { DELETE_SCHEDULE, LIST_SCHEDULES, SAVE_SCHEDULE } from '../sql/schedules.ts'
import { repeatConflicts } from '../transaction.ts'

export interface ScheduleStore {
  saveSchedule(tenantId: string, schedule: ScheduleToSave): Promise<StoredSchedule>
  findSchedule(tenantId: string, id: string): Promise<StoredSchedule | undefined>
  listSchedules(tenantId: string): Promise<readonly StoredSchedule[]>
  /** False where there was none. */
  deleteSchedule(tenantId: string, id: string): Promise<boolean>
}

export interface ScheduleToSave {
  readonly id: string
  readonly cron: string
  readonly timeZone: string
  readonly event: Readonly<Record<string, unknown>>
  readonly onMissed: 'run_last' | 'skip'
  readonly isPaused: boolean
  readonly nextRunAt: Date | null
}

export interface StoredSchedule extends ScheduleToSave {
  readonly lastRunAt: Date | null
  readonly lastEventId: string | null
  readonly missedRuns: number
  readonly lastMissedAt: Date | null
}

export function createScheduleStore({ pool }: { readonly pool: Pool }): ScheduleStore {
  const list = (tenantId: string, id: string | null) =>
    repeatConflicts('list schedules', () =>
      runStatement<StoredSchedule & Record<string, unknown>>(pool, LIST_SCHEDULES, [tenantId, id]),
    )
  return {
    async saveSchedule(tenantId, { id, cron, timeZone, event, onMissed, isPaused, nextRunAt }) {
      const next = nextRunAt?.toISOString() ?? null
      const values = [tenantId, id, cron, timeZone, JSON.stringify(event), onMissed, isPaused, next]
      return onlyRow(
        await repeatConflicts('save a schedule', () =>
          runStatement<StoredSchedule & Record<string, unknown>>(pool, SAVE_SCHEDULE, values),
        ),
      )
    },
    findSchedule: async (tenantId, id) => (await list(tenantId, id))[0],
    listSchedules: (tenantId) => list(tenantId, null),
    async deleteSchedule(tenantId, id) {
      const rows = await repeatConflicts('delete a schedule', () => runStatement(pool, DELETE_SCHEDULE, [tenantId, id]))
      return rows.length > 0
    },
  }
}
