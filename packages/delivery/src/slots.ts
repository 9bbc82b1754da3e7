export interface Slots {
  acquire(): Promise<void>
  release(): void
}

/** Bounds how many hand-overs are under way; those who wait are let in in their order. */
export function createSlots(count: number): Slots {
  const queue: (() => void)[] = []
  let taken = 0
  return {
    async acquire() {
      if (taken < count) taken += 1
      else await new Promise<void>((enter) => queue.push(enter))
    },
    release() {
      const enter = queue.shift()
      if (enter) enter()
      else taken -= 1
    },
  }
}
