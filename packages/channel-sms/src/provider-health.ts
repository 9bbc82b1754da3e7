/**
 * How each provider does in each country, from its own answers, most of all the newest: what is older counts half after
 * every half-life. A provider that mostly fails in a country stands behind the others there. Nothing is tried on purpose to
 * find out: its failures fade, it stands in front again, and either answers well or falls behind anew.
 */
export interface ProviderHealth {
  /** The names in their order, those that do badly in this country last. */
  order(country: string, names: readonly string[]): readonly string[]
  report(country: string, name: string, isGood: boolean): void
}

export interface HealthOptions {
  readonly nowMs: () => number
  readonly halfLifeMs?: number
}

/** Fewer failures than this are an accident. */
const failuresMin = 3
const shareMax = 0.5
/** There are fewer countries than this; whatever comes from outside must not grow without an end. */
const placesMax = 1_000

interface Tally {
  good: number
  bad: number
  atMs: number
}

export function createProviderHealth({ nowMs, halfLifeMs = 5 * 60_000 }: HealthOptions): ProviderHealth {
  const tallies = new Map<string, Tally>()
  const keyOf = (country: string, name: string) => `${country} ${name}`

  function fade(tally: Tally): Tally {
    const now = nowMs()
    const share = 0.5 ** ((now - tally.atMs) / halfLifeMs)
    return { good: tally.good * share, bad: tally.bad * share, atMs: now }
  }

  function isIll(country: string, name: string): boolean {
    const tally = tallies.get(keyOf(country, name))
    if (!tally) return false
    const { good, bad } = fade(tally)
    return bad >= failuresMin && bad / (good + bad) > shareMax
  }

  return {
    order(country, names) {
      const ill = names.filter((name) => isIll(country, name))
      return ill.length === 0 ? names : [...names.filter((name) => !ill.includes(name)), ...ill]
    },
    report(country, name, isGood) {
      const key = keyOf(country, name)
      const tally = fade(tallies.get(key) ?? { good: 0, bad: 0, atMs: nowMs() })
      tallies.delete(key)
      tallies.set(key, isGood ? { ...tally, good: tally.good + 1 } : { ...tally, bad: tally.bad + 1 })
      const [oldest] = tallies.keys()
      if (tallies.size > placesMax && oldest !== undefined) tallies.delete(oldest)
    },
  }
}
