/**
 * At most so many deliveries of a fan-out are unfinished at a time, so that a pause or a cancel means something at any
 * size. Only those that were handed over at once count, not what waits for quiet hours or a later step.
 */
export const UNFINISHED_MAX = 5_000

export interface Room {
  add(deliveryIds: readonly string[]): void
  /** What is known to be unfinished of what was added. */
  list(): readonly string[]
  keep(unfinished: readonly string[]): void
  /** How many more deliveries may begin. */
  readonly free: number
}

export function createRoom(unfinished: readonly string[]): Room {
  let ids = [...unfinished]
  return {
    add(deliveryIds) {
      ids.push(...deliveryIds)
    },
    list: () => ids,
    keep(still) {
      ids = [...still]
    },
    get free() {
      return Math.max(0, UNFINISHED_MAX - ids.length)
    },
  }
}
