/**
 * What the pipeline needs of a limiter: slots under limits that hold in every window of their length, not only in those
 * that begin at a round minute.
 */
export interface RateLimiter {
  /** One answer for each request, in their order. Rejects when nobody can tell. */
  takeSlots(requests: readonly SlotRequest[]): Promise<readonly SlotAnswer[]>
}

/** At most `count` times under `key` in any `windowMs`. */
export interface RateLimit {
  readonly key: string
  readonly count: number
  readonly windowMs: number
}

export interface SlotRequest {
  /** A slot under every one of them, or under none. */
  readonly limits: readonly RateLimit[]
  /**
   * The asker waits and comes back when it is told to, so whoever is refused after it is told a later time: a crowd comes
   * back one by one, and each of it once.
   */
  readonly isQueued?: boolean
  /** Whether the answer says how many slots are left, for an asker that is to know. */
  readonly tellsLeft?: boolean
}

export type SlotAnswer =
  /** `left` is how many more there are now, under whichever limit has the fewest. */
  | { readonly granted: true; readonly left?: number }
  | { readonly granted: false; readonly freeInMs: number; readonly limit: RateLimit }
