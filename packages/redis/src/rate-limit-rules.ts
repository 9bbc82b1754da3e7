import type { RateLimit } from '@carillon/delivery'

/** How much later than its turn one that waits is told to come, for the road back takes some time too. */
export const lateness = { shareOfWindow: 0.05, msMax: 1_000 } as const

/** Nobody waits longer for a turn than this beyond one window: those in front may have been cancelled meanwhile. */
export const queueAheadMsMax = 15 * 60_000

/** One key may have several limits, and a limit that was changed begins anew. */
export function nameLimit({ key, count, windowMs }: RateLimit): string {
  return `${key}:${count}/${windowMs}`
}
