import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { startWatchdog } from './watchdog.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function watch() {
  const seen = { lag: 0, isExpectedToRead: true, lookedAtMs: Date.now(), stalls: 0, isBrokerUp: true }
  const { stop } = startWatchdog({
    limitMs: 60_000,
    isExpectedToRead: () => seen.isExpectedToRead,
    readLookedAtMs: () => seen.lookedAtMs,
    readLag: async () => {
      if (!seen.isBrokerUp) throw new Error('connection refused')
      return seen.lag
    },
    onStalled: () => {
      seen.stalls += 1
    },
  })
  return { seen, stop }
}

test('records that nobody looks at for a minute are a stall', async () => {
  const { seen, stop } = watch()
  seen.lag = 5
  await vi.advanceTimersByTimeAsync(60_000)
  expect(seen.stalls).toBe(0)
  await vi.advanceTimersByTimeAsync(30_000)
  expect(seen.stalls).toBeGreaterThan(0)
  stop()
})

test('a record that arrives after an hour of silence is not yet a stall', async () => {
  const { seen, stop } = watch()
  await vi.advanceTimersByTimeAsync(3_600_000)
  seen.lag = 1
  await vi.advanceTimersByTimeAsync(45_000)
  expect(seen.stalls).toBe(0)
  seen.lookedAtMs = Date.now()
  seen.lag = 0
  await vi.advanceTimersByTimeAsync(600_000)
  expect(seen.stalls).toBe(0)
  stop()
})

test.each([
  ['paused', { isExpectedToRead: false }],
  ['cut off from the broker', { isBrokerUp: false }],
])('a member that is %s is never a stall', async (_name, state) => {
  const { seen, stop } = watch()
  Object.assign(seen, state, { lag: 9 })
  await vi.advanceTimersByTimeAsync(600_000)
  expect(seen.stalls).toBe(0)
  stop()
})

test('a member that looks at records, however slowly, is no stall', async () => {
  const { seen, stop } = watch()
  seen.lag = 100
  for (let minute = 0; minute < 10; minute++) {
    await vi.advanceTimersByTimeAsync(50_000)
    seen.lookedAtMs = Date.now()
  }
  expect(seen.stalls).toBe(0)
  stop()
})
