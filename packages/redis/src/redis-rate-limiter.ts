import type { RateLimiter, SlotAnswer, SlotRequest } from '@carillon/delivery'
import type { Redis } from 'ioredis'
import { nameLimit } from './rate-limit-rules.ts'
import { rateLimitScript } from './rate-limit-script.ts'

export interface RedisRateLimiterOptions {
  /** Decides instead of Redis's own clock; for tests of what takes a day. */
  readonly nowMs?: () => number
}

/** One script for all requests: one round trip, and nothing comes between a look and a grant. */
export function createRedisRateLimiter(
  client: Redis,
  prefix: string,
  { nowMs }: RedisRateLimiterOptions = {},
): RateLimiter {
  return {
    async takeSlots(requests) {
      if (requests.length === 0) return []
      const keys = requests.flatMap(({ limits }) => {
        return limits.flatMap((limit) => {
          const key = `${prefix}rate:${nameLimit(limit)}`
          return [key, `${key}:waiting`]
        })
      })
      const asked = requests.map(({ limits, isQueued = false, tellsLeft = false }) => {
        return { isQueued, tellsLeft, limits: limits.map(({ count, windowMs }) => ({ count, windowMs })) }
      })
      const reply = await client.eval(rateLimitScript, keys.length, ...keys, nowMs?.() ?? '', JSON.stringify(asked))
      return readReply(reply, requests)
    },
  }
}

function readReply(reply: unknown, requests: readonly SlotRequest[]): SlotAnswer[] {
  const answers: unknown[] = Array.isArray(reply) ? reply : []
  return requests.map(({ limits }, index) => {
    const answer = answers[index]
    const [limiting, freeInMs, left = -1] = Array.isArray(answer) ? answer.map(Number) : []
    if (limiting === -1) return left === -1 ? { granted: true } : { granted: true, left }
    const limit = limits[limiting ?? Number.NaN]
    if (limit === undefined || freeInMs === undefined) throw new Error('read what Redis says of a rate')
    return { granted: false, freeInMs, limit }
  })
}
