/**
 * One breaker a provider, for the order alone: whoever had trouble several times in a row is left out for a while, so
 * that the next one is tried at once and no message waits for a time limit. With a single provider there is nothing to
 * choose, and whether rows wait is the pipeline's own breaker's business.
 */
export interface ProviderBreakers {
  /** Whether this provider may be tried now; a tried one must be reported. */
  admit(name: string): boolean
  /** `none` for one that was not handed over after all. */
  report(name: string, outcome: 'fine' | 'trouble' | 'none'): void
  /** Leaves a provider out for as long as it asked for. */
  pause(name: string, forMs: number): void
  /** How long until the first of them may be tried again. */
  readWaitMs(): number
}

export interface BreakerOptions {
  readonly failuresMax: number
  readonly openMs: number
  readonly nowMs: () => number
}

interface State {
  /** In a row. */
  failures: number
  /** How often it opened without a good answer in between. */
  opened: number
  openUntilMs: number
  isProbing: boolean
}

const doublingsMax = 3

export function createProviderBreakers(
  names: readonly string[],
  { failuresMax, openMs, nowMs }: BreakerOptions,
): ProviderBreakers {
  const states = new Map<string, State>(
    names.map((name) => [name, { failures: 0, opened: 0, openUntilMs: 0, isProbing: false }]),
  )
  const isAlone = names.length < 2

  function stateOf(name: string): State {
    const state = states.get(name)
    if (!state) throw new Error(`find the breaker of ${name}`)
    return state
  }

  return {
    admit(name) {
      const state = stateOf(name)
      if (isAlone) return true
      if (nowMs() < state.openUntilMs || state.isProbing) return false
      // After a pause one real message asks, and the others go to the next provider meanwhile.
      state.isProbing = state.opened > 0
      return true
    },
    report(name, outcome) {
      const state = stateOf(name)
      state.isProbing = false
      if (outcome === 'none') return
      if (outcome === 'fine') {
        state.failures = 0
        state.opened = 0
        return
      }
      state.failures += 1
      // Those that were on their way when it opened say nothing new: only a failed probe makes the pause longer.
      if (state.failures < failuresMax || nowMs() < state.openUntilMs) return
      state.openUntilMs = nowMs() + openMs * 2 ** Math.min(state.opened, doublingsMax)
      state.opened += 1
    },
    pause(name, forMs) {
      const state = stateOf(name)
      state.openUntilMs = Math.max(state.openUntilMs, nowMs() + forMs)
    },
    readWaitMs() {
      const waits = [...states.values()].map(({ openUntilMs }) => openUntilMs - nowMs())
      return Math.max(0, Math.min(...waits))
    },
  }
}
