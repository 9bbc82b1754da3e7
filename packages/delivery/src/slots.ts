export interface Slots {
  acquire(isUrgent: boolean): Promise<void>
  release(isUrgent: boolean): void
}

/**
 * Bounds how many hand-overs are under way, and keeps `reserved` of them free for urgent ones. Those who wait are let in
 * in their order, urgent ones first.
 */
export function createSlots(count: number, reserved: number): Slots {
  const urgent: (() => void)[] = []
  const normal: (() => void)[] = []
  let taken = 0
  let takenByNormal = 0

  function letIn(): void {
    while (taken < count) {
      const isNormalFree = takenByNormal < count - reserved
      const enter = urgent.shift() ?? (isNormalFree ? takeNormal() : undefined)
      if (!enter) return
      taken += 1
      enter()
    }
  }

  function takeNormal(): (() => void) | undefined {
    const enter = normal.shift()
    if (enter) takenByNormal += 1
    return enter
  }

  return {
    acquire(isUrgent) {
      return new Promise((enter) => {
        ;(isUrgent ? urgent : normal).push(enter)
        letIn()
      })
    },
    release(isUrgent) {
      taken -= 1
      if (!isUrgent) takenByNormal -= 1
      letIn()
    },
  }
}
