import type { RateLimit, SlotAnswer } from '@carillon/delivery'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { SharedMemory } from '../src/index.ts'

export interface Subject extends SharedMemory {
  /** Moves the clock of the limiter. */
  advance(ms: number): void
}

const MINUTE_MS = 60_000
const hourMs = 60 * MINUTE_MS

/** What Redis and its twin in memory promise alike. */
export function describeSharedMemory(name: string, open: () => Promise<Subject>): void {
  let subject: Subject
  beforeEach(async () => {
    subject = await open()
  })
  afterEach(() => subject.close())

  const limit = (count: number, windowMs = MINUTE_MS, key = 'one'): RateLimit => ({ key, count, windowMs })
  async function take(...limits: RateLimit[]): Promise<SlotAnswer | undefined> {
    const [answer] = await subject.limiter.takeSlots([{ limits }])
    return answer
  }
  async function queue(...limits: RateLimit[]): Promise<number> {
    const [answer] = await subject.limiter.takeSlots([{ limits, isQueued: true }])
    return answer?.granted === false ? answer.freeInMs : 0
  }

  describe(`the rate limiter ${name}`, () => {
    it('gives as many slots as the limit has, then says when the next one is free', async () => {
      expect(await take(limit(2))).toEqual({ granted: true })
      subject.advance(20_000)
      expect(await take(limit(2))).toEqual({ granted: true })
      expect(await take(limit(2))).toEqual({ granted: false, freeInMs: 40_000, limit: limit(2) })
      subject.advance(40_000)
      expect(await take(limit(2))).toEqual({ granted: true })
      expect(await take(limit(2))).toEqual({ granted: false, freeInMs: 20_000, limit: limit(2) })
    })

    it('says how many slots are left, under the limit that has the fewest, where it is asked', async () => {
      const ask = async (...limits: RateLimit[]) => (await subject.limiter.takeSlots([{ limits, tellsLeft: true }]))[0]
      expect(await ask(limit(3))).toEqual({ granted: true, left: 2 })
      subject.advance(20_000)
      expect(await ask(limit(3), limit(9, MINUTE_MS, 'two'))).toEqual({ granted: true, left: 1 })
      subject.advance(40_000)
      expect(await ask(limit(3))).toEqual({ granted: true, left: 1 })
      expect(await ask(limit(3))).toEqual({ granted: true, left: 0 })
      expect(await ask(limit(3))).toMatchObject({ granted: false, freeInMs: 20_000 })
      subject.advance(60_000)
      expect(await ask(limit(3))).toEqual({ granted: true, left: 2 })
    })

    it('never gives more than the limit in any window, wherever it begins', async () => {
      const steps = fc.array(fc.record({ advanceMs: fc.integer({ min: 0, max: 500 }), isQueued: fc.boolean() }), {
        maxLength: 60,
      })
      let run = 0
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 1, max: 4 }), steps, async (count, taken) => {
          const own = limit(count, 1_000, `run-${run++}`)
          const grantedAtMs: number[] = []
          let nowMs = 0
          for (const { advanceMs, isQueued } of taken) {
            subject.advance(advanceMs)
            nowMs += advanceMs
            const [answer] = await subject.limiter.takeSlots([{ limits: [own], isQueued }])
            if (answer?.granted) grantedAtMs.push(nowMs)
          }
          grantedAtMs.forEach((at, index) => {
            const before = grantedAtMs[index - count]
            if (before !== undefined) expect(at - before).toBeGreaterThanOrEqual(1_000)
          })
        }),
        { numRuns: 30 },
      )
    })

    it('counts each key for itself, and two limits of one key apart', async () => {
      expect(await take(limit(1, MINUTE_MS, 'a'))).toEqual({ granted: true })
      expect(await take(limit(1, MINUTE_MS, 'b'))).toEqual({ granted: true })
      expect(await take(limit(1, hourMs, 'a'))).toEqual({ granted: true })
      expect(await take(limit(1, MINUTE_MS, 'a'))).toMatchObject({ granted: false })
    })

    it('takes a slot under every limit or under none, and names the one that holds longest', async () => {
      const often = limit(5, MINUTE_MS, 'often')
      const seldom = limit(1, hourMs, 'seldom')
      expect(await take(often, seldom)).toEqual({ granted: true })
      for (let n = 0; n < 10; n++) {
        expect(await take(often, seldom)).toEqual({ granted: false, freeInMs: hourMs, limit: seldom })
      }
      for (let n = 0; n < 4; n++) expect(await take(often)).toEqual({ granted: true })
      expect(await take(often)).toMatchObject({ granted: false })
    })

    it('answers several requests in their order, each with what the ones before it left', async () => {
      const answers = await subject.limiter.takeSlots([
        { limits: [limit(1)] },
        { limits: [limit(1)] },
        { limits: [limit(1, MINUTE_MS, 'other')] },
        { limits: [] },
      ])
      expect(answers.map(({ granted }) => granted)).toEqual([true, false, true, true])
      expect(await subject.limiter.takeSlots([])).toEqual([])
    })

    it('sends a waiting crowd back one by one, so that each of it comes once', async () => {
      const own = limit(2)
      const told: number[] = []
      for (let n = 0; n < 8; n++) told.push(await queue(own))
      expect(told.filter((ms) => ms === 0)).toHaveLength(2)
      const waits = told.filter((ms) => ms > 0)
      let nowMs = 0
      for (const wait of waits) {
        // A little late, as the way back takes its time.
        const atMs = Math.max(nowMs, wait + 150)
        subject.advance(atMs - nowMs)
        nowMs = atMs
        expect(await queue(own)).toBe(0)
      }
    })

    it('tells one that only asks the next free time, however many wait', async () => {
      for (let n = 0; n < 10; n++) await queue(limit(1))
      expect(await take(limit(1))).toMatchObject({ granted: false, freeInMs: MINUTE_MS })
    })

    it('sends nobody away for longer than a quarter of an hour beyond the window', async () => {
      const waits: number[] = []
      for (let n = 0; n < 40; n++) waits.push(await queue(limit(1)))
      expect(Math.max(...waits)).toBe(16 * MINUTE_MS)
    })
  })

  describe(`the cache ${name}`, () => {
    const load = (text: string) => vi.fn(async () => text)

    it('loads once and remembers', async () => {
      const first = load('one')
      expect(await subject.cache.remember('k', MINUTE_MS, first)).toBe('one')
      expect(await subject.cache.remember('k', MINUTE_MS, load('two'))).toBe('one')
      expect(await subject.cache.remember('other', MINUTE_MS, load('three'))).toBe('three')
      expect(first).toHaveBeenCalledTimes(1)
    })

    it('loads again after what it was made from has changed', async () => {
      await subject.cache.remember('k', MINUTE_MS, load('one'))
      await subject.cache.forget(['k', 'another'])
      expect(await subject.cache.remember('k', MINUTE_MS, load('two'))).toBe('two')
    })

    it('loads again when its time is over', async () => {
      await subject.cache.remember('k', 30, load('one'))
      await vi.waitFor(async () => expect(await subject.cache.remember('k', 30, load('two'))).toBe('two'))
    })

    it('keeps no text that was loaded before a change and arrives after it', async () => {
      const slow = Promise.withResolvers<string>()
      const reading = subject.cache.remember('k', MINUTE_MS, () => slow.promise)
      // The second reader is answered only after the first one has begun.
      await subject.cache.remember('other', MINUTE_MS, load('x'))
      await subject.cache.forget(['k'])
      slow.resolve('old')
      expect(await reading).toBe('old')
      expect(await subject.cache.remember('k', MINUTE_MS, load('new'))).toBe('new')
    })

    it('keeps nothing of a load that failed', async () => {
      const failing = subject.cache.remember('k', MINUTE_MS, () => Promise.reject(new Error('no rows')))
      await expect(failing).rejects.toThrow('no rows')
      expect(await subject.cache.remember('k', MINUTE_MS, load('fine'))).toBe('fine')
    })
  })

  describe(`the messenger ${name}`, () => {
    it('tells every listener of a topic, in order, and nobody else', async () => {
      const heard: string[] = []
      const note = (who: string) => ({ onMessage: (text: string) => void heard.push(`${who}:${text}`) })
      await subject.messenger.subscribe('t', note('a'))
      await subject.messenger.subscribe('t', note('b'))
      await subject.messenger.subscribe('other', note('c'))
      await subject.messenger.publish('t', '1')
      await subject.messenger.publish('t', '2')
      await vi.waitFor(() => expect(heard).toEqual(['a:1', 'b:1', 'a:2', 'b:2']))
    })

    it('is silent after the subscription was closed, for this listener alone', async () => {
      const heard: string[] = []
      const note = (who: string) => ({ onMessage: (text: string) => void heard.push(`${who}:${text}`) })
      const gone = await subject.messenger.subscribe('t', note('gone'))
      await subject.messenger.subscribe('t', note('stays'))
      await gone.close()
      await subject.messenger.publish('t', '1')
      await vi.waitFor(() => expect(heard).toEqual(['stays:1']))
    })
  })
}
