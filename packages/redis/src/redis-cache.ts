import { randomUUID } from 'node:crypto'
import type { Redis } from 'ioredis'
import type { Cache } from './cache.ts'
import type { RedisLog } from './connection.ts'

/**
 * Every text carries the generation that it was kept in, and only those of the newest one count. A process ends the
 * generation whenever its connection stands anew and whenever it could not forget something: a text may outlive the
 * process that was to forget it, or come back with an old snapshot of Redis. That costs everybody one load a text.
 */

/** Longer than any load takes: until then a reader that began before the change is told from later ones. */
const CHANGE_KEPT_MS = 60_000
/** Somebody who looks begins another. */
const GENERATION_KEPT_MS = 31 * 86_400_000
const RETRY_MS = 1_000

// Sets the text only when nothing was forgotten since the reader looked.
const putScript = `
if (redis.call('GET', KEYS[2]) or '') == ARGV[1] then redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end
return 0
`

export interface RedisCache extends Cache {
  /** Nothing that was kept until now counts any more, for whichever process. */
  forgetAll(): Promise<void>
  close(): void
}

export function createRedisCache(client: Redis, prefix: string, log: RedisLog): RedisCache {
  const generationKey = `${prefix}cache-generation`
  const textKey = (key: string) => `${prefix}cache:${key}`
  const changeKey = (key: string) => `${prefix}cache-change:${key}`
  let isBehind = false
  let failures = 0
  let retry: ReturnType<typeof setTimeout> | undefined
  let isClosed = false

  async function tryRedis<T>(action: () => Promise<T>): Promise<T | undefined> {
    try {
      return await action()
    } catch (error) {
      log.debug({ err: error }, 'cache.away')
      return undefined
    }
  }

  async function remember(key: string, ttlMs: number, load: () => Promise<string>): Promise<string> {
    // What was to be forgotten may still be in there.
    const seen = isBehind ? undefined : await tryRedis(() => client.mget(textKey(key), changeKey(key), generationKey))
    if (seen === undefined) return load()
    const [kept, change, known] = seen
    const generation = known ?? (await tryRedis(startGeneration))
    if (!generation) return load()
    const mark = `${generation} `
    if (kept?.startsWith(mark)) return kept.slice(mark.length)
    const text = await load()
    const values = [change ?? '', mark + text, ttlMs]
    await tryRedis(() => client.eval(putScript, 2, textKey(key), changeKey(key), ...values))
    return text
  }

  async function startGeneration(): Promise<string | null> {
    await client.set(generationKey, randomUUID(), 'PX', GENERATION_KEPT_MS, 'NX')
    return client.get(generationKey)
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
    if (!forgotten) fallBehind()
  }

  function fallBehind(): void {
    isBehind = true
    failures += 1
    if (isClosed || retry !== undefined) return
    retry = setTimeout(() => {
      retry = undefined
      void forgetAll()
    }, RETRY_MS)
    retry.unref()
  }

  async function forgetAll(): Promise<void> {
    const known = failures
    // A removal, for a Redis that is full takes nothing new.
    const isDone = await tryRedis(() => client.unlink(generationKey))
    if (isDone === undefined) fallBehind()
    else if (failures === known) isBehind = false
  }

  return {
    remember,
    forget,
    forgetAll,
    close() {
      isClosed = true
      clearTimeout(retry)
    },
  }
}
