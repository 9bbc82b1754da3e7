import type { Schedule, Schedules } from './schedule-ports.ts'

export function createMemorySchedules(): Schedules {
  const schedules = new Map<string, Schedule>()
  const nameOf = (tenantId: string, id: string) => JSON.stringify([tenantId, id])
  return {
    async saveSchedule(tenantId, schedule) {
      const saved = { ...schedule, lastRunAt: null, lastEventId: null, missedRuns: 0, lastMissedAt: null }
      schedules.set(nameOf(tenantId, schedule.id), saved)
      return saved
    },
    findSchedule: async (tenantId, id) => schedules.get(nameOf(tenantId, id)),
    listSchedules: async (tenantId) =>
      [...schedules].flatMap(([name, one]) => (name === nameOf(tenantId, one.id) ? [one] : [])),
    deleteSchedule: async (tenantId, id) => schedules.delete(nameOf(tenantId, id)),
  }
}
