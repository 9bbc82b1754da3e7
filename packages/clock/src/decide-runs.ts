import { Cron } from 'croner'

export interface ScheduleToRun {
  readonly cron: string
  readonly timeZone: string
  readonly nextRunAt: Date
  readonly onMissed: 'run_last' | 'skip'
}

export interface DecidedRuns {
  /** The run that goes out now, named by its own time; null when all that were due were missed. */
  readonly runAt: Date | null
  readonly missed: number
  readonly nextRunAt: Date | null
}

/** A run that is later than this was missed: a clock that restarts is not yet a clock that was away. */
const MISSED_AFTER_MS = 300_000
/** Every minute for a month; whoever was away for longer learns that it was at least so often. */
const MISSED_MAX = 45_000
const FIVE_FIELDS = /^\S+( +\S+){4}$/

/**
 * The next time after this one, or null when there is none; undefined where the pattern is not one of five fields. A
 * time that the clocks skip in spring comes right after the gap, one that they show twice in autumn comes once.
 */
export function decideNextRun(cron: string, timeZone: string, after: Date): Date | null | undefined {
  if (!FIVE_FIELDS.test(cron)) return undefined
  try {
    return new Cron(cron, { timezone: timeZone }).nextRun(after)
  } catch {
    return undefined
  }
}

/** Of several that are due the last one runs and the others were missed, so that an outage ends in one message. */
export function decideRuns({ cron, timeZone, nextRunAt, onMissed }: ScheduleToRun, now: Date): DecidedRuns {
  let runAt = nextRunAt
  let missed = 0
  let next = decideNextRun(cron, timeZone, runAt) ?? null
  while (next !== null && next <= now && missed < MISSED_MAX) {
    runAt = next
    missed += 1
    next = decideNextRun(cron, timeZone, runAt) ?? null
  }
  if (next !== null && next <= now) next = decideNextRun(cron, timeZone, now) ?? null
  const isLate = now.getTime() - runAt.getTime() > MISSED_AFTER_MS
  if (isLate && onMissed === 'skip') return { runAt: null, missed: missed + 1, nextRunAt: next }
  return { runAt, missed, nextRunAt: next }
}
