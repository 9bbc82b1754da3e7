// Counts bytes that wait in memory for somebody slow. Who asks for room while there is none waits in line.
export interface ByteBudget {
  take(bytes: number): void
  give(bytes: number): void
  isUsedUp(): boolean
  room(): Promise<void>
}

export function createByteBudget(bytesMax: number): ByteBudget {
  let taken = 0
  const line: (() => void)[] = []

  return {
    take(bytes) {
      taken += bytes
    },
    give(bytes) {
      taken -= bytes
      // One at a time: each looks for itself whether the one before it has left any room.
      line.shift()?.()
    },
    isUsedUp: () => taken >= bytesMax,
    async room() {
      while (taken >= bytesMax) await new Promise<void>((resolve) => line.push(resolve))
      // Room that this one does not use up is offered on; a turn later, when it has taken what it needs.
      setImmediate(() => taken < bytesMax && line.shift()?.())
    },
  }
}
