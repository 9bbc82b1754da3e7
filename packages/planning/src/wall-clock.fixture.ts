const MINUTE_MS = 60_000

/**
 * What the clock on a wall shows, by Intl rather than by the Temporal that the code under test uses: the judge must not
 * be the judged.
 */
export function createWallClock(timeZone: string) {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  const offsets = new Map<number, number>()

  function readOffsetMs(epochMs: number): number {
    const parts = format.formatToParts(epochMs).map(({ type, value }) => [type, Number(value)])
    const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0 } = Object.fromEntries(parts)
    const wallMs = Date.UTC(year, month - 1, day, hour, minute, second)
    return wallMs - Math.floor(epochMs / 1_000) * 1_000
  }

  /** Offsets change on quarter hours in every zone of these years, so one look a quarter is enough. */
  function offsetOfQuarter(epochMs: number): number {
    const quarter = Math.floor(epochMs / (15 * MINUTE_MS))
    const offset = offsets.get(quarter) ?? readOffsetMs(quarter * 15 * MINUTE_MS)
    offsets.set(quarter, offset)
    return offset
  }

  function readMinuteOfDay(epochMs: number): number {
    return Math.floor((epochMs + offsetOfQuarter(epochMs)) / MINUTE_MS) % 1_440
  }

  function isQuiet(epochMs: number, start: number, end: number): boolean {
    const minute = readMinuteOfDay(epochMs)
    return start <= end ? minute >= start && minute < end : minute >= start || minute < end
  }

  return {
    isQuiet,
    /** Minute by minute, until the wall shows no quiet. */
    findQuietEnd(epochMs: number, start: number, end: number): number | undefined {
      if (!isQuiet(epochMs, start, end)) return undefined
      let atMs = (Math.floor(epochMs / MINUTE_MS) + 1) * MINUTE_MS
      while (isQuiet(atMs, start, end)) atMs += MINUTE_MS
      return atMs
    },
    /** The moments at which this zone sets its clocks, to the quarter hour. */
    findChanges(fromMs: number, toMs: number): number[] {
      const changes: number[] = []
      const dayMs = 86_400_000
      for (let dayAt = fromMs; dayAt < toMs; dayAt += dayMs) {
        if (readOffsetMs(dayAt) === readOffsetMs(dayAt + dayMs)) continue
        let atMs = dayAt
        while (readOffsetMs(atMs) === readOffsetMs(dayAt)) atMs += 15 * MINUTE_MS
        changes.push(atMs)
      }
      return changes
    },
  }
}
