import type { RateLimit, RateLimiter, SlotAnswer, SlotRequest } from '@carillon/delivery'
import { lateness, nameLimit, queueAheadMsMax } from './rate-limit-rules.ts'

/** Newest first, at most as many as the limit counts. */
interface KeptTimes {
  grants: number[]
  promises: number[]
  goneAtMs: number
}

const SWEEP_EVERY = 1_000

/** What the script does in Redis, for one process. */
export function createMemoryRateLimiter(nowMs: () => number = () => performance.now()): RateLimiter {
  const kept = new Map<string, KeptTimes>()
  let untilSweep = SWEEP_EVERY

  function timesOf(limit: RateLimit): KeptTimes {
    const key = nameLimit(limit)
    const times = kept.get(key) ?? { grants: [], promises: [], goneAtMs: 0 }
    kept.set(key, times)
    return times
  }

  function readFree(limit: RateLimit, now: number): number {
    const oldest = timesOf(limit).grants[limit.count - 1]
    return oldest === undefined ? now : Math.max(now, oldest + limit.windowMs)
  }

  function promise(limit: RateLimit, now: number): number {
    const times = timesOf(limit)
    times.promises = times.promises.filter((at) => at > now)
    const { promises, grants } = times
    const before = promises[limit.count - 1] ?? grants[limit.count - 1 - promises.length]
    const late = Math.min(lateness.msMax, Math.floor(limit.windowMs * lateness.shareOfWindow))
    const own = before === undefined ? now : before + limit.windowMs + late
    const turn = Math.min(Math.max(own, promises[0] ?? now), now + limit.windowMs + queueAheadMsMax)
    times.promises = [turn, ...promises].slice(0, limit.count)
    times.goneAtMs = Math.max(times.goneAtMs, turn)
    return turn
  }

  function grant(limit: RateLimit, now: number): void {
    const times = timesOf(limit)
    times.grants = [now, ...times.grants].slice(0, limit.count)
    times.goneAtMs = Math.max(times.goneAtMs, now + limit.windowMs)
  }

  function countLeft(limit: RateLimit, now: number): number {
    return limit.count - timesOf(limit).grants.filter((at) => at > now - limit.windowMs).length
  }

  function takeSlot({ limits, isQueued = false, tellsLeft = false }: SlotRequest, now: number): SlotAnswer {
    let limiting: RateLimit | undefined
    let freeAtMs = now
    for (const limit of limits) {
      const free = readFree(limit, now)
      if (free <= freeAtMs) continue
      limiting = limit
      freeAtMs = free
    }
    if (limiting === undefined) {
      for (const limit of limits) grant(limit, now)
      if (!tellsLeft || limits.length === 0) return { granted: true }
      return { granted: true, left: Math.min(...limits.map((limit) => countLeft(limit, now))) }
    }
    const full = isQueued ? limits.filter((limit) => readFree(limit, now) > now) : []
    for (const limit of full) freeAtMs = Math.max(freeAtMs, promise(limit, now))
    return { granted: false, freeInMs: freeAtMs - now, limit: limiting }
  }

  function sweep(now: number): void {
    for (const [key, times] of kept) if (times.goneAtMs <= now) kept.delete(key)
    untilSweep = SWEEP_EVERY
  }

  return {
    async takeSlots(requests) {
      const now = Math.floor(nowMs())
      untilSweep -= requests.length
      if (untilSweep <= 0) sweep(now)
      return requests.map((request) => takeSlot(request, now))
    },
  }
}
