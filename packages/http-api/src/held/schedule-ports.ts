export interface Schedules {
  /** Creates it, or replaces it and keeps what it tells of its past. */
  saveSchedule(tenantId: string, schedule: ScheduleToSave): Promise<Schedule>
  findSchedule(tenantId: string, id: string): Promise<Schedule | undefined>
  listSchedules(tenantId: string): Promise<readonly Schedule[]>
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

export interface Schedule extends ScheduleToSave {
  readonly lastRunAt: Date | null
  readonly lastEventId: string | null
  readonly missedRuns: number
  readonly lastMissedAt: Date | null
}
