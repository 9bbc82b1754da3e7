import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { type Loop, startLoop } from './loop.ts'

let loop: Loop | undefined

beforeEach(() => vi.useFakeTimers())
afterEach(async () => {
  await loop?.close()
  vi.useRealTimers()
})

function start(work: () => Promise<{ againInMs: number }>): Loop {
  loop = startLoop({
    work,
    decideRestMs: () => 1_000,
    onFatal(error) {
      throw error
    },
  })
  return loop
}

it('that is woken while it works, works once more', async () => {
  const first = Promise.withResolvers<void>()
  const work = vi.fn(async () => {
    await first.promise
    return { againInMs: 60_000 }
  })
  const { wake } = start(work)
  wake()
  wake()
  first.resolve()
  await vi.advanceTimersByTimeAsync(1)
  expect(work).toHaveBeenCalledTimes(2)
})

it('that failed rests as long as was decided, however often it is woken', async () => {
  const work = vi.fn(async () => Promise.reject(new Error('the database is away')))
  const { wake } = start(work)
  wake()
  for (let ms = 0; ms < 900; ms += 10) {
    await vi.advanceTimersByTimeAsync(10)
    wake()
  }
  expect(work).toHaveBeenCalledTimes(1)
  await vi.advanceTimersByTimeAsync(100)
  expect(work).toHaveBeenCalledTimes(2)
})
