import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createTimeLimit } from './time-limit.ts'

describe('a time limit', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('tells each when its own time is over, in their order, and those not that ended before', () => {
    const limit = createTimeLimit(100)
    const over: string[] = []
    limit.start(() => over.push('first'))
    vi.advanceTimersByTime(60)
    const second = limit.start(() => over.push('second'))
    limit.start(() => over.push('third'))
    vi.advanceTimersByTime(39)
    expect(over).toEqual([])
    vi.advanceTimersByTime(1)
    expect(over).toEqual(['first'])
    limit.end(second)
    vi.advanceTimersByTime(59)
    expect(over).toEqual(['first'])
    vi.advanceTimersByTime(1)
    expect(over).toEqual(['first', 'third'])
  })

  it('begins anew after all have ended, and leaves no timer behind', () => {
    const limit = createTimeLimit(100)
    const onOver = vi.fn()
    limit.end(limit.start(onOver))
    expect(vi.getTimerCount()).toBe(0)
    vi.advanceTimersByTime(50)
    limit.start(onOver)
    vi.advanceTimersByTime(99)
    expect(onOver).not.toHaveBeenCalled()
    vi.advanceTimersByTime(1)
    expect(onOver).toHaveBeenCalledTimes(1)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('makes nobody late when one whose time is over begins another', () => {
    const limit = createTimeLimit(100)
    const over: string[] = []
    limit.start(() => {
      over.push('first')
      limit.start(() => over.push('again'))
    })
    vi.advanceTimersByTime(60)
    limit.start(() => over.push('second'))
    vi.advanceTimersByTime(40)
    expect(vi.getTimerCount()).toBe(1)
    vi.advanceTimersByTime(60)
    expect(over).toEqual(['first', 'second'])
    vi.advanceTimersByTime(40)
    expect(over).toEqual(['first', 'second', 'again'])
    expect(vi.getTimerCount()).toBe(0)
  })
})
