import { readNextTransitionMs, readOffsetMs } from './time-zone.ts'

/**
 * It is quiet when the clock on the person's wall says so, and a hold ends at the first moment when it does not: no rule
 * for hours that a zone skips or repeats is needed. An end inside a skipped hour is the moment of the change; where an
 * hour repeats, its first end counts, and it is quiet again when the wall shows the window again.
 */
export interface QuietWindow {
  readonly startMinute: number
  readonly endMinute: number
}

const TIME_OF_DAY = /^([01]\d|2[0-3]):([0-5]\d)$/
const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
// No zone has set its clocks more than twice within the day that a window can last.
const CHANGES_MAX = 4

/** Undefined for anything but two times of day. Equal ones make a window that is never quiet. */
export function parseQuietWindow(start: unknown, end: unknown): QuietWindow | undefined {
  const startMinute = parseMinute(start)
  const endMinute = parseMinute(end)
  return startMinute === undefined || endMinute === undefined ? undefined : { startMinute, endMinute }
}

function parseMinute(time: unknown): number | undefined {
  const [, hours, minutes] = (typeof time === 'string' && TIME_OF_DAY.exec(time)) || []
  return hours === undefined || minutes === undefined ? undefined : Number(hours) * 60 + Number(minutes)
}

/** The end of the quiet that `epochMs` lies in, or undefined when it lies in none. */
export function findQuietEnd(epochMs: number, window: QuietWindow, timeZone: string): number | undefined {
  let atMs = epochMs
  for (let change = 0; change < CHANGES_MAX; change += 1) {
    const offsetMs = readOffsetMs(atMs, timeZone)
    const wallMs = (((atMs + offsetMs) % DAY_MS) + DAY_MS) % DAY_MS
    if (!isQuiet(wallMs, window)) return change === 0 ? undefined : atMs
    const endMs = atMs + ((window.endMinute * MINUTE_MS - wallMs + DAY_MS) % DAY_MS)
    const transitionMs = readNextTransitionMs(atMs, timeZone)
    if (endMs < transitionMs) return endMs
    atMs = transitionMs
  }
  return atMs
}

function isQuiet(wallMs: number, { startMinute, endMinute }: QuietWindow): boolean {
  const startMs = startMinute * MINUTE_MS
  const endMs = endMinute * MINUTE_MS
  return startMs <= endMs ? wallMs >= startMs && wallMs < endMs : wallMs >= startMs || wallMs < endMs
}
