/** So many at a time; the rest wait in line, and may leave it. */
export interface Turns {
  /** False when the signal aborted before the turn came. */
  take(signal: AbortSignal): Promise<boolean>
  give(): void
}

export function createTurns(max: () => number): Turns {
  const line = new Set<() => void>()
  let taken = 0

  function admit() {
    for (const enter of line) {
      if (taken >= max()) return
      line.delete(enter)
      taken += 1
      enter()
    }
  }

  return {
    take(signal) {
      if (signal.aborted) return Promise.resolve(false)
      if (line.size === 0 && taken < max()) {
        taken += 1
        return Promise.resolve(true)
      }
      return new Promise((resolve) => {
        const leave = () => {
          line.delete(enter)
          resolve(false)
        }
        const enter = () => {
          signal.removeEventListener('abort', leave)
          resolve(true)
        }
        signal.addEventListener('abort', leave, { once: true })
        line.add(enter)
      })
    },
    give() {
      taken -= 1
      admit()
    },
  }
}
