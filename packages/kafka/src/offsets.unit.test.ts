import { expect, test } from 'vitest'
import { createGeneration, findProgress } from './generation.ts'
import { countLag, joinOffsets, readOffset } from './offsets.ts'
import { groupOf } from './topics.ts'
import { countUnseen } from './unseen-records.ts'

test('a group that has committed nothing is told apart from one at offset 0', () => {
  const log = [1, 0, 2].map((partition) => ({ partition, low: '5', high: '9' }))
  const committed = [
    { partition: 0, offset: '-1' },
    { partition: 1, offset: '0' },
    { partition: 2, offset: '-2' },
  ]
  expect(joinOffsets(log, committed)).toEqual([
    { partition: 0, logStart: 5, logEnd: 9, committed: null },
    { partition: 1, logStart: 5, logEnd: 9, committed: 0 },
    { partition: 2, logStart: 5, logEnd: 9, committed: null },
  ])
})

test.each([
  ['nothing committed: all that is there', null, 4],
  ['a commit before the start, which retention moved: all that is there', 2, 4],
  ['a commit in the log', 7, 2],
  ['a commit beyond the end, in a topic made anew: nothing', 100, 0],
])('lag after %s', (_name, committed, lag) => {
  expect(countLag({ partition: 0, logStart: 5, logEnd: 9, committed })).toBe(lag)
})

test('an offset that no number holds is an error, not another offset', () => {
  expect(() => readOffset('9007199254740993')).toThrow('offset out of range')
})

test('unseen are only the records of own partitions beyond the position', async () => {
  const generation = createGeneration([0, 1, 2])
  findProgress(generation, 1).begin(6)
  const readOffsets = async () =>
    [0, 1, 2, 3].map((partition) => ({ partition, logStart: 0, logEnd: 10, committed: partition === 2 ? 9 : null }))
  expect(await countUnseen({ readOffsets }, 'g', 't', generation)).toBe(10 + 4 + 1)
})

test('the group is the topic without its prefix', () => {
  expect(groupOf('notification.email.urgent')).toBe('email.urgent')
  expect(groupOf('other.topic')).toBe('other.topic')
})
