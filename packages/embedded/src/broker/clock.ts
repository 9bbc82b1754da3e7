// Time as the broker sees it: passed in, so that a test can let an hour pass.
export interface Clock {
  now(): number
  // Runs once after the time; what is answered cancels it.
  wait(delayMs: number, run: () => void): () => void
}

const timerMaxMs = 2 ** 31 - 1

export const systemClock: Clock = {
  now: Date.now,
  wait(delayMs, run) {
    // A longer delay overflows the timer, which then fires at once.
    const timer = setTimeout(run, Math.min(Math.max(delayMs, 0), timerMaxMs))
    return () => clearTimeout(timer)
  },
}
