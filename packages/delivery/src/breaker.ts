/**
 * One breaker a provider. Closed, everything passes. `failuresMax` troubles in a row open it: rows are deferred and no
 * try is used up. When the time is over it is half-open: one real row goes through, and its answer closes or reopens it.
 * Each reopening lasts twice as long, up to eight times, so that a long outage does not turn every row over and over.
 */
export interface Breaker {
  /** How many of `wanted` may go now, and otherwise how long to wait. */
  admit(wanted: number): { readonly admitted: number; readonly retryInMs: number }
  /** What an admitted one came to; `none` for one that was never handed over. */
  report(outcome: 'fine' | 'trouble' | 'none'): void
  readState(): 'closed' | 'open' | 'half_open'
}

export interface BreakerOptions {
  readonly failuresMax: number
  readonly openMs: number
  readonly nowMs: () => number
}

export function createBreaker({ failuresMax, openMs, nowMs }: BreakerOptions): Breaker {
  let failures = 0
  let reopenings = 0
  let openUntilMs = 0
  let isProbing = false
  const openForMs = () => openMs * Math.min(8, 2 ** reopenings)
  const isTripped = () => failures >= failuresMax

  function readState(): 'closed' | 'open' | 'half_open' {
    if (!isTripped()) return 'closed'
    return nowMs() < openUntilMs ? 'open' : 'half_open'
  }

  function admit(wanted: number) {
    const state = readState()
    if (state === 'closed' || wanted === 0) return { admitted: wanted, retryInMs: 0 }
    if (state === 'half_open' && !isProbing) {
      isProbing = true
      return { admitted: 1, retryInMs: openMs }
    }
    return { admitted: 0, retryInMs: Math.max(openUntilMs - nowMs(), openMs / 4) }
  }

  function report(outcome: 'fine' | 'trouble' | 'none'): void {
    const state = readState()
    isProbing = false
    if (outcome === 'fine') failures = reopenings = 0
    // What was in flight when it opened says nothing new.
    if (outcome !== 'trouble' || state === 'open') return
    failures += 1
    if (state === 'half_open') reopenings += 1
    if (isTripped()) openUntilMs = nowMs() + openForMs()
  }

  return { admit, report, readState }
}
