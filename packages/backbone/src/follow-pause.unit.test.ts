import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { followPause } from './follow-pause.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

async function start() {
  const asked = { isPaused: false, isDown: false }
  const part = { pause: vi.fn(), resume: vi.fn() }
  const onChange = vi.fn()
  const stop = await followPause({
    isPaused: async () => (asked.isDown ? Promise.reject(new Error('away')) : asked.isPaused),
    listParts: () => [part],
    onChange,
    everyMs: 1_000,
  })
  const look = () => vi.advanceTimersByTimeAsync(1_000)
  return { asked, part, onChange, stop, look }
}

it('pauses and resumes when it is asked to, and says so once', async () => {
  const { asked, part, onChange, stop, look } = await start()
  await look()
  expect([part.pause.mock.calls.length, part.resume.mock.calls.length]).toEqual([0, 0])
  asked.isPaused = true
  await look()
  await look()
  expect(part.pause).toHaveBeenCalled()
  asked.isPaused = false
  await look()
  await look()
  expect(part.resume).toHaveBeenCalledTimes(1)
  expect(onChange.mock.calls).toEqual([[true], [false]])
  stop()
})

it('pauses before anything begins what was paused when it ended', async () => {
  const part = { pause: vi.fn(), resume: vi.fn() }
  const stop = await followPause({ isPaused: async () => true, listParts: () => [part], onChange: () => undefined })
  expect(part.pause).toHaveBeenCalledTimes(1)
  stop()
})

it('keeps to what was asked last while the database is away', async () => {
  const { asked, part, onChange, stop, look } = await start()
  asked.isPaused = true
  await look()
  asked.isDown = true
  await look()
  expect([part.resume.mock.calls.length, onChange.mock.calls]).toEqual([0, [[true]]])
  stop()
})

it('looks no more once it was stopped', async () => {
  const { asked, part, stop, look } = await start()
  stop()
  asked.isPaused = true
  await look()
  expect(part.pause).not.toHaveBeenCalled()
  expect(vi.getTimerCount()).toBe(0)
})
