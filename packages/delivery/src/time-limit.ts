/** What is under way and may take `limitMs`, each as long as every other. */
export interface TimeLimit {
  /** Calls `onOver` unless it is ended before. */
  start(onOver: () => void): Limited
  end(limited: Limited): void
}

export interface Limited {
  readonly onOver: () => void
  readonly overAtMs: number
}

/**
 * Since all have the same time, they are over in the order in which they began: one timer for the oldest does for all,
 * where one each would be armed and taken back for every message that is answered.
 */
export function createTimeLimit(limitMs: number): TimeLimit {
  /** In the order of their beginning, as sets are. */
  const underWay = new Set<Limited>()
  let timer: ReturnType<typeof setTimeout> | undefined

  function endOverdue(): void {
    const nowMs = performance.now()
    for (const limited of underWay) {
      if (limited.overAtMs > nowMs) break
      underWay.delete(limited)
      limited.onOver()
    }
    // One that was over may have begun another, and armed the timer for it.
    clearTimeout(timer)
    const [oldest] = underWay
    timer = oldest && setTimeout(endOverdue, Math.max(0, oldest.overAtMs - performance.now()))
  }

  return {
    start(onOver) {
      const limited = { onOver, overAtMs: performance.now() + limitMs }
      underWay.add(limited)
      timer ??= setTimeout(endOverdue, limitMs)
      return limited
    },
    end(limited) {
      underWay.delete(limited)
      if (underWay.size > 0) return
      clearTimeout(timer)
      timer = undefined
    },
  }
}
