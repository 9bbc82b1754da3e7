import { Temporal } from 'temporal-polyfill'

// Temporal takes `+02:00` and whole timestamps for a zone as well; a name begins with a letter and has no colon.
const ZONE_NAME = /^[A-Za-z][A-Za-z0-9_+/-]*$/

/** Is this the name of a zone that quiet hours can be reckoned in, like Europe/Berlin or UTC? */
export function isTimeZone(name: unknown): name is string {
  if (typeof name !== 'string' || !ZONE_NAME.test(name)) return false
  try {
    readOffsetMs(0, name)
    return true
  } catch {
    return false
  }
}

/** How far the zone's clocks are ahead of UTC at that moment. */
export function readOffsetMs(epochMs: number, timeZone: string): number {
  return zonedAt(epochMs, timeZone).offsetNanoseconds / 1_000_000
}

/** When the zone's clocks are next set forward or back; Infinity if no such change is known. */
export function readNextTransitionMs(epochMs: number, timeZone: string): number {
  return zonedAt(epochMs, timeZone).getTimeZoneTransition('next')?.epochMilliseconds ?? Number.POSITIVE_INFINITY
}

function zonedAt(epochMs: number, timeZone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(epochMs).toZonedDateTimeISO(timeZone)
}
