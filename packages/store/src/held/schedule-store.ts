import type { Schedule, Schedules } from '@carillon/http-api'
import type { Pool } from 'pg'
import { onlyRow, runStatement } from '../run-statement.ts'
import { DELETE_SCHEDULE, LIST_SCHEDULES, SAVE_SCHEDULE } from '../sql/schedules.ts'
import { repeatConflicts } from '../transaction.ts'

export function createScheduleStore({ pool }: { readonly pool: Pool }): Schedules {
  const list = (tenantId: string, id: string | null) =>
    repeatConflicts('list schedules', () =>
      runStatement<Schedule & Record<string, unknown>>(pool, LIST_SCHEDULES, [tenantId, id]),
    )
  return {
    async saveSchedule(tenantId, { id, cron, timeZone, event, onMissed, isPaused, nextRunAt }) {
      const next = nextRunAt?.toISOString() ?? null
      const values = [tenantId, id, cron, timeZone, JSON.stringify(event), onMissed, isPaused, next]
      return onlyRow(
        await repeatConflicts('save a schedule', () =>
          runStatement<Schedule & Record<string, unknown>>(pool, SAVE_SCHEDULE, values),
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
