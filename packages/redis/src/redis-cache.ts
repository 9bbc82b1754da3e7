import { randomUUID } from 'node:crypto'
import type { Redis } from 'ioredis'
import type { Cache } from './cache.ts'
import type { RedisLog } from './connection.ts'

/** Longer than any load takes: until then a reader that began before the change is told from later ones. */
const CHANGE_KEPT_MS = 60_000
/** Of those that could not be forgotten while Redis was away. Beyond it all are, one by one, by their time. */
const OVERDUE_MAX = 10_000

// Sets the text only when nothing was forgotten since the reader looked.
const putScript = `
if (redis.call('GET', KEYS[2]) or '') == ARGV[1] then redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end
return 0
`

export interface RedisCache extends Cache {
  /** What could not be forgotten while Redis was away is forgotten now. */
  catchUp(): Promise<void>
}

export function createRedisCache(client: Redis, prefix: string, log: RedisLog): RedisCache {
  const overdue = new Set<string>()
  const textKey = (key: string) => `${prefix}cache:${key}`
  const changeKey = (key: string) => `${prefix}cache:${key}:changed`

  async function tryRedis<T>(action: () => Promise<T>): Promise<T | undefined> {
    try {
      return await action()
    } catch (error) {
      log.debug({ err: error }, 'cache.away')
      return undefined
    }
  }

  async function remember(key: string, ttlMs: number, load: () => Promise<string>): Promise<string> {
    // What was to be forgotten is still in there.
    const seen = overdue.has(key) ? undefined : await tryRedis(() => client.mget(textKey(key), changeKey(key)))
    if (seen?.[0]) return seen[0]
    const text = await load()
    if (seen) {
      await tryRedis(() => client.eval(putScript, 2, textKey(key), changeKey(key), seen[1] ?? '', text, ttlMs))
    }
    return text
  }

  async function forget(keys: readonly string[]): Promise<void> {
    if (keys.length === 0) return
    const forgotten = await tryRedis(async () => {
      const writes = client.multi()
      for (const key of keys) {
        writes.set(changeKey(key), randomUUID(), 'PX', CHANGE_KEPT_MS)
        writes.unlink(textKey(key))
      }
      return (await writes.exec()) ?? undefined
    })
    for (const key of keys) {
      if (forgotten) overdue.delete(key)
      else if (overdue.size < OVERDUE_MAX) overdue.add(key)
    }
  }

  return { remember, forget, catchUp: () => forget([...overdue]) }
}
