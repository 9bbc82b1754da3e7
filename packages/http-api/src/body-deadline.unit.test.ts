import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createBodyDeadline } from './body-deadline.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const never = () => new Promise<string>(() => undefined)

function track(receiving: Promise<string>) {
  const tracked: { got?: string } = {}
  void receiving.then((got) => {
    tracked.got = got
  })
  return tracked
}

it('gives up each body at its own time, and none that has arrived', async () => {
  const receiveInTime = createBodyDeadline(100)
  const first = track(receiveInTime(never()))
  const arrived = track(receiveInTime(Promise.resolve('all of it')))
  await vi.advanceTimersByTimeAsync(40)
  const second = track(receiveInTime(never()))
  await vi.advanceTimersByTimeAsync(59)
  expect([first.got, arrived.got, second.got]).toEqual([undefined, 'all of it', undefined])
  await vi.advanceTimersByTimeAsync(1)
  expect([first.got, second.got]).toEqual(['too_late', undefined])
  await vi.advanceTimersByTimeAsync(40)
  expect(second.got).toBe('too_late')
})

it('watches again after everybody was served', async () => {
  const receiveInTime = createBodyDeadline(100)
  await receiveInTime(Promise.resolve('all of it'))
  await vi.advanceTimersByTimeAsync(500)
  expect(vi.getTimerCount()).toBe(0)
  const late = track(receiveInTime(never()))
  await vi.advanceTimersByTimeAsync(100)
  expect(late.got).toBe('too_late')
})

it('takes a body that broke off for one that is late', async () => {
  expect(await createBodyDeadline(100)(Promise.reject(new Error('gone')))).toBe('too_late')
})
