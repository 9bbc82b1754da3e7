import type { RateLimiter } from '@carillon/delivery'
import type { Cache } from './cache.ts'
import { connectFor, createConnection, disconnect, type RedisLog } from './connection.ts'
import { createMemoryCache } from './memory-cache.ts'
import { createMemoryMessenger } from './memory-messenger.ts'
import { createMemoryRateLimiter } from './memory-rate-limiter.ts'
import type { Messenger } from './messenger.ts'
import { createRedisCache } from './redis-cache.ts'
import { createRedisMessenger } from './redis-messenger.ts'
import { createRedisRateLimiter, type RedisRateLimiterOptions } from './redis-rate-limiter.ts'

/** What processes share beside Postgres and Kafka. It may be flushed at any moment without a loss or a duplicate. */
export interface SharedMemory {
  readonly limiter: RateLimiter
  readonly cache: Cache
  readonly messenger: Messenger
  close(): Promise<void>
}

export interface RedisOptions extends RedisRateLimiterOptions {
  readonly url: string
  /** Names the connections, so that an operator tells them apart. */
  readonly name: string
  readonly log: RedisLog
  /** Before every key and topic; for installations that share a Redis. */
  readonly prefix?: string
}

const FIRST_CONNECTION_MS_MAX = 2_000

/** Opens also when Redis is away: then everything answers as without it, until it comes. */
export async function openRedis({ prefix = 'carillon:', ...options }: RedisOptions): Promise<SharedMemory> {
  const { url, name, log } = options
  const client = createConnection({ url, name, log, onUp: () => void cache.forgetAll() })
  const subscriber = createConnection({
    url,
    name: `${name}-subscriber`,
    log,
    onUp: () => void messenger.catchUp(),
  })
  const cache = createRedisCache(client, prefix, log)
  const messenger = createRedisMessenger(client, subscriber, prefix, log)
  await Promise.all([client, subscriber].map((one) => connectFor(one, FIRST_CONNECTION_MS_MAX)))
  return {
    limiter: createRedisRateLimiter(client, prefix, options),
    cache,
    messenger,
    async close() {
      cache.close()
      for (const one of [client, subscriber]) disconnect(one)
    },
  }
}

/** The same for one process, where no Redis is configured. */
export function createMemoryTwin(nowMs?: () => number): SharedMemory {
  return {
    limiter: createMemoryRateLimiter(nowMs),
    cache: createMemoryCache(nowMs),
    messenger: createMemoryMessenger(),
    close: async () => undefined,
  }
}
