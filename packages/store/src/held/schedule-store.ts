import type { Schedule, Schedules } from '@carillon/http-api'
import type { Pool } from 'pg'
import { onlyRow, runStatement } from '../run-statement.ts'
import { cipherOf } from '../sealing/cipher-of.ts'
import { openJson, sealJson } from '../sealing/sealed-json.ts'
import { DELETE_SCHEDULE, LIST_SCHEDULES, SAVE_SCHEDULE } from '../sql/schedules.ts'
import { repeatConflicts } from '../transaction.ts'

type ScheduleRow = Omit<Schedule, 'event'> & { readonly event: Schedule['event'] | string }

export function createScheduleStore({ pool }: { readonly pool: Pool }): Schedules {
  const cipher = cipherOf(pool)
  const toSchedule = (tenantId: string, { event, ...row }: ScheduleRow): Schedule => ({
    ...row,
    event: openJson(cipher, tenantId, event) ?? {},
  })
  async function list(tenantId: string, id: string | null): Promise<Schedule[]> {
    const values = [tenantId, id]
    const rows = await repeatConflicts('list schedules', () => runStatement<ScheduleRow>(pool, LIST_SCHEDULES, values))
    return rows.map((row) => toSchedule(tenantId, row))
  }
  return {
    async saveSchedule(tenantId, { id, cron, timeZone, event, onMissed, isPaused, nextRunAt }) {
      const next = nextRunAt?.toISOString() ?? null
      const values = [tenantId, id, cron, timeZone, sealJson(cipher, tenantId, event), onMissed, isPaused, next]
      const saved = await repeatConflicts('save a schedule', () =>
        runStatement<ScheduleRow>(pool, SAVE_SCHEDULE, values),
      )
      return toSchedule(tenantId, onlyRow(saved))
    },
    findSchedule: async (tenantId, id) => (await list(tenantId, id))[0],
    listSchedules: (tenantId) => list(tenantId, null),
    async deleteSchedule(tenantId, id) {
      const rows = await repeatConflicts('delete a schedule', () => runStatement(pool, DELETE_SCHEDULE, [tenantId, id]))
      return rows.length > 0
    },
  }
}
