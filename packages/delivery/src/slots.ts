export interface Slots {
  /** Begins at once where a slot is free, and otherwise when one is left. */
  enter(isUrgent: boolean, begin: () => void): void
  leave(isUrgent: boolean): void
}

/**
 * Bounds how many hand-overs are under way, and keeps `reserved` of them free for urgent ones. Those who wait are let in
 * in their order, urgent ones first. They wait as functions and not on promises, so that the next begins in the very
 * moment in which a slot is left.
 */
export function createSlots(count: number, reserved: number): Slots {
  const urgent: (() => void)[] = []
  const normal: (() => void)[] = []
  let taken = 0
  let takenByNormal = 0

  function letIn(): void {
    while (taken < count) {
      const isNormalFree = takenByNormal < count - reserved
      const begin = urgent.shift() ?? (isNormalFree ? takeNormal() : undefined)
      if (!begin) return
      taken += 1
      begin()
    }
  }

  function takeNormal(): (() => void) | undefined {
    const begin = normal.shift()
    if (begin) takenByNormal += 1
    return begin
  }

  return {
    enter(isUrgent, begin) {
      ;(isUrgent ? urgent : normal).push(begin)
      letIn()
    },
    leave(isUrgent) {
      taken -= 1
      if (!isUrgent) takenByNormal -= 1
      letIn()
    },
  }
}
