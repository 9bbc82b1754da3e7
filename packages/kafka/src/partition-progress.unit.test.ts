import { expect, test } from 'vitest'
import { createPartitionProgress } from './partition-progress.ts'

test('the commit stays behind the lowest unfinished chunk', () => {
  const progress = createPartitionProgress()
  const [a, b, c] = [progress.begin(10), progress.begin(20), progress.begin(30)]
  expect(progress.findUncommitted()).toBeUndefined()
  progress.finish(b)
  expect(progress.findUncommitted()).toBeUndefined()
  progress.finish(a)
  expect(progress.findUncommitted()).toBe(20)
  progress.finish(c)
  expect(progress.findUncommitted()).toBe(30)
})

test('what is committed is not committed again', () => {
  const progress = createPartitionProgress()
  progress.finish(progress.begin(10))
  progress.markCommitted(10)
  expect(progress.findUncommitted()).toBeUndefined()
  expect(progress.read()).toEqual({ position: 10, committed: 10, logEnd: -1 })
})
