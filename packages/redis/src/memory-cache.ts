import type { Cache } from './cache.ts'

const TEXTS_MAX = 10_000

export function createMemoryCache(nowMs: () => number = () => performance.now()): Cache {
  const texts = new Map<string, { readonly text: string; readonly untilMs: number }>()
  /** Loads on their way; a change in between takes theirs away. */
  const loading = new Map<string, Set<object>>()

  async function loadAndKeep(key: string, ttlMs: number, load: () => Promise<string>): Promise<string> {
    const turn = {}
    const turns = loading.get(key) ?? new Set()
    loading.set(key, turns.add(turn))
    try {
      const text = await load()
      if (turns.has(turn)) keep(key, text, nowMs() + ttlMs)
      return text
    } finally {
      turns.delete(turn)
      if (turns.size === 0 && loading.get(key) === turns) loading.delete(key)
    }
  }

  function keep(key: string, text: string, untilMs: number): void {
    texts.delete(key)
    texts.set(key, { text, untilMs })
    const [oldest] = texts.keys()
    if (texts.size > TEXTS_MAX && oldest !== undefined) texts.delete(oldest)
  }

  return {
    async remember(key, ttlMs, load) {
      const kept = texts.get(key)
      if (kept && kept.untilMs > nowMs()) return kept.text
      return loadAndKeep(key, ttlMs, load)
    },
    async forget(keys) {
      for (const key of keys) {
        texts.delete(key)
        loading.get(key)?.clear()
      }
    },
  }
}
