import type { RateLimiter } from '@carillon/delivery'

/** With Redis away each process counts for itself: the limit is a courtesy, and work goes on. */
export function createOpenLimiter(shared: RateLimiter, local: RateLimiter): RateLimiter {
  return {
    takeSlots: (requests) => shared.takeSlots(requests).catch(() => local.takeSlots(requests)),
  }
}

/** With Redis away nobody gets a slot: what costs money or annoys people waits until the count is known again. */
export function createClosedLimiter(shared: RateLimiter, retryInMs: number): RateLimiter {
  return {
    takeSlots: (requests) =>
      shared.takeSlots(requests).catch(() => {
        return requests.map(({ limits: [limit] }) => {
          return limit ? { granted: false, freeInMs: retryInMs, limit } : { granted: true }
        })
      }),
  }
}
