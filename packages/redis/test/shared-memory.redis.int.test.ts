import { randomUUID } from 'node:crypto'
import { readRedisUrl } from '@carillon/testkit'
import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createClosedLimiter, createMemoryTwin, createOpenLimiter, openRedis } from '../src/index.ts'
import { describeSharedMemory } from './conformance.ts'
import { type CutWire, openCutWire } from './cut-wire.ts'

const redisUrl = readRedisUrl()
const url = redisUrl
const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

function createLog() {
  return { debug: vi.fn(), info: vi.fn(), warn: vi.fn() }
}

async function open(options: { nowMs?: () => number; through?: CutWire; prefix?: string } = {}) {
  const { through, prefix = `test-${randomUUID()}:`, ...more } = options
  const log = createLog()
  const memory = await openRedis({ url: through?.url ?? url, name: 'test', log, prefix, ...more })
  closers.push(memory.close)
  return { ...memory, log, prefix }
}

describeSharedMemory('in Redis', async () => {
  let nowMs = 1_000_000
  const memory = await open({ nowMs: () => nowMs })
  return {
    ...memory,
    advance(ms) {
      nowMs += ms
    },
  }
})

const slot = { limits: [{ key: 'one', count: 1, windowMs: 60_000 }] }

describe('the rate limiter in Redis', () => {
  it('answers as its twin in memory does, whatever is asked', async () => {
    let nowMs = 5_000
    const redis = await open({ nowMs: () => nowMs })
    const step = fc.record({
      advanceMs: fc.integer({ min: 0, max: 4_000 }),
      requests: fc.array(
        fc.record({
          isQueued: fc.boolean(),
          limits: fc.uniqueArray(
            fc.record({
              key: fc.constantFrom('a', 'b', 'c'),
              count: fc.integer({ min: 1, max: 3 }),
              windowMs: fc.constantFrom(10_000, 30_000),
            }),
            { maxLength: 3, selector: (limit) => JSON.stringify(limit) },
          ),
        }),
        { maxLength: 4 },
      ),
    })
    let run = 0
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        run += 1
        const twin = createMemoryTwin(() => nowMs)
        for (const { advanceMs, requests } of steps) {
          nowMs += advanceMs
          const asked = requests.map(({ isQueued, limits }) => {
            return { isQueued, limits: limits.map((limit) => ({ ...limit, key: `${run}-${limit.key}` })) }
          })
          expect(await redis.limiter.takeSlots(asked)).toEqual(await twin.limiter.takeSlots(asked))
        }
      }),
      { numRuns: 60 },
    )
  })

  it('counts for all processes by the clock of Redis', async () => {
    const one = await open()
    const two = await open({ prefix: one.prefix })
    expect(await one.limiter.takeSlots([slot])).toEqual([{ granted: true }])
    const [answer] = await two.limiter.takeSlots([slot])
    expect(answer).toMatchObject({ granted: false })
    if (answer?.granted === false) expect(answer.freeInMs).toBeGreaterThan(50_000)
  })

  it('with Redis away counts for its own process where it may, and gives nothing where it may not', async () => {
    const wire = await openCutWire(url)
    closers.push(wire.close)
    const { limiter } = await open({ through: wire })
    const openLimiter = createOpenLimiter(limiter, createMemoryTwin().limiter)
    const closedLimiter = createClosedLimiter(limiter, 5_000)
    wire.cut()
    await expect(limiter.takeSlots([slot])).rejects.toThrow()
    expect(await openLimiter.takeSlots([slot])).toEqual([{ granted: true }])
    expect(await openLimiter.takeSlots([slot])).toMatchObject([{ granted: false }])
    expect(await closedLimiter.takeSlots([slot, { limits: [] }])).toEqual([
      { granted: false, freeInMs: 5_000, limit: slot.limits[0] },
      { granted: true },
    ])
    wire.mend()
    await vi.waitFor(async () => expect(await closedLimiter.takeSlots([slot])).toEqual([{ granted: true }]), 10_000)
  })
})

describe('a Redis that is away and comes back', () => {
  it('costs the cache nothing but its speed, and no text that should have been forgotten is seen again', async () => {
    const wire = await openCutWire(url)
    closers.push(wire.close)
    const { cache, log } = await open({ through: wire })
    expect(await cache.remember('k', 60_000, async () => 'old')).toBe('old')
    wire.cut()
    await cache.forget(['k'])
    expect(await cache.remember('k', 60_000, async () => 'new')).toBe('new')
    expect(await cache.remember('k', 60_000, async () => 'newer')).toBe('newer')
    wire.mend()
    await vi.waitFor(() => expect(log.info).toHaveBeenCalledWith(expect.anything(), 'redis.up'), 10_000)
    expect(await cache.remember('k', 60_000, async () => 'newest')).not.toBe('old')
    // Once an outage and connection, however many tries fail.
    expect(log.warn.mock.calls.length).toBeLessThanOrEqual(2)
  })

  it('leaves nothing to be trusted of what was kept before a process came, or came back', async () => {
    const wire = await openCutWire(url)
    closers.push(wire.close)
    const reader = await open()
    expect(await reader.cache.remember('k', 60_000, async () => 'old')).toBe('old')
    const writer = await open({ through: wire, prefix: reader.prefix })
    // One that was killed between its commit and its `forget` starts again.
    await vi.waitFor(async () => {
      expect(await reader.cache.remember('k', 60_000, async () => 'newer')).toBe('newer')
    })
    expect(await reader.cache.remember('k', 60_000, async () => 'unseen')).toBe('newer')
    wire.cut()
    await writer.cache.forget(['k'])
    wire.mend()
    await vi.waitFor(async () => {
      expect(await reader.cache.remember('k', 60_000, async () => 'newest')).toBe('newest')
    }, 10_000)
    expect(await reader.cache.remember('k', 60_000, async () => 'unseen')).toBe('newest')
  })

  it('tells listeners that they may have missed something, and tells them again what comes', async () => {
    const wire = await openCutWire(url)
    closers.push(wire.close)
    const { messenger, prefix } = await open({ through: wire })
    const direct = await open({ prefix })
    const onGap = vi.fn()
    const heard: string[] = []
    await messenger.subscribe('t', { onMessage: (text) => heard.push(text), onGap })
    wire.cut()
    await messenger.publish('t', 'into the void')
    wire.mend()
    await vi.waitFor(() => expect(onGap).toHaveBeenCalledTimes(1), 10_000)
    await direct.messenger.publish('t', 'again')
    await vi.waitFor(() => expect(heard).toEqual(['again']))
  })

  it('is no reason not to start', async () => {
    const wire = await openCutWire(url)
    closers.push(wire.close)
    wire.cut()
    const { cache, messenger } = await open({ through: wire })
    const heard: string[] = []
    await messenger.subscribe('t', { onMessage: (text) => heard.push(text) })
    expect(await cache.remember('k', 60_000, async () => 'loaded')).toBe('loaded')
    wire.mend()
    await vi.waitFor(async () => {
      await messenger.publish('t', 'hello')
      expect(heard).toContain('hello')
    }, 10_000)
  })
})
