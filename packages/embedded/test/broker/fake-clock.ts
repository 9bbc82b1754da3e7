import type { Clock } from '../../src/broker/clock.ts'

export interface FakeClock extends Clock {
  pass(ms: number): void
}

export function createFakeClock(): FakeClock {
  const timers = new Set<{ at: number; run: () => void }>()
  let now = 1_000_000

  return {
    now: () => now,
    wait(delayMs, run) {
      const timer = { at: now + delayMs, run }
      timers.add(timer)
      return () => timers.delete(timer)
    },
    pass(ms) {
      const end = now + ms
      for (;;) {
        const [next] = [...timers].filter(({ at }) => at <= end).sort((one, other) => one.at - other.at)
        if (!next) break
        timers.delete(next)
        now = next.at
        next.run()
      }
      now = end
    },
  }
}
