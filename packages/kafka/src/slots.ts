// Longest time between two looks at the heartbeat while waiting; the client itself decides whether one is due.
const HEARTBEAT_LOOK_MS = 500

/** Counts what is in flight; who finds no slot waits without losing its place in the group. */
export function createSlots(max: number) {
  let taken = 0
  const waiters = new Set<() => void>()

  function waitForChange(limitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer)
        waiters.delete(wake)
        resolve()
      }
      const timer = setTimeout(wake, limitMs)
      waiters.add(wake)
    })
  }

  return {
    /** False when the slot is no longer wanted; a heartbeat that reports a rebalance is thrown on. */
    async take(isStillWanted: () => boolean, heartbeat: () => Promise<void>): Promise<boolean> {
      while (isStillWanted()) {
        if (taken < max) {
          taken += 1
          return true
        }
        await waitForChange(HEARTBEAT_LOOK_MS)
        if (isStillWanted()) await heartbeat()
      }
      return false
    },
    free(): void {
      taken -= 1
      for (const wake of [...waiters]) wake()
    },
    hasFree: (): boolean => taken < max,
    countTaken: (): number => taken,
    async waitUntilEmpty(limitMs: number): Promise<void> {
      const endMs = Date.now() + limitMs
      while (taken > 0 && Date.now() < endMs) await waitForChange(endMs - Date.now())
    },
  }
}

export type Slots = ReturnType<typeof createSlots>
