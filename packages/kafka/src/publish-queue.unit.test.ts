import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createPublication, createPublishQueue, measureRecord, type QueuedRecord } from './publish-queue.ts'
import type { PublishedRecord } from './record.ts'

const publication = { acknowledge: () => undefined, fail: () => undefined }
const queuedOf = (bytes: number, index: number): QueuedRecord => ({
  record: { topic: 't', value: null },
  bytes,
  publication,
  index,
  queuedAtMs: 0,
})

test('batches keep the order and both bounds, and every record leaves once', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 900 }), { maxLength: 9_000 }),
      fc.integer({ min: 1, max: 600 }),
      (sizes, most) => {
        const queue = createPublishQueue()
        for (const [index, bytes] of sizes.entries()) queue.add(queuedOf(bytes, index))
        expect(queue.countBytes()).toBe(sizes.reduce((sum, bytes) => sum + bytes, 0))
        const taken: number[] = []
        while (queue.countRecords() > 0) {
          const batch = queue.takeBatch(most, 700)
          expect(batch.length).toBeGreaterThan(0)
          expect(batch.length).toBeLessThanOrEqual(most)
          if (batch.length > 1) expect(batch.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(700)
          taken.push(...batch.map(({ index }) => index))
        }
        expect(taken).toEqual(sizes.map((_, index) => index))
        expect(queue.countBytes()).toBe(0)
        expect(queue.takeBatch(1, 1)).toEqual([])
      },
    ),
    { numRuns: 30 },
  )
})

test('a record that alone is over the bound goes alone', () => {
  const queue = createPublishQueue()
  for (const [index, bytes] of [10, 5_000, 10].entries()) queue.add(queuedOf(bytes, index))
  const sizes = [1, 2, 3].map(() => queue.takeBatch(500, 100).map(({ bytes }) => bytes))
  expect(sizes).toEqual([[10], [5_000], [10]])
})

test('bytes count key, value and every header', () => {
  const bare = measureRecord({ topic: 't', value: null })
  expect(measureRecord({ topic: 't', key: 'é', value: Buffer.alloc(7) }) - bare).toBe(9)
  expect(measureRecord({ topic: 't', value: null, headers: { ab: ['x', 'yz'], c: null } }) - bare).toBe(
    4 + 3 + 4 + 4 + 4 + 1,
  )
})

test('a call is answered when its last record is, in the order in which it was given', () => {
  const answers: PublishedRecord[][] = []
  const { acknowledge } = createPublication(
    2,
    (published) => answers.push(published),
    () => undefined,
  )
  acknowledge(1, { partition: 0, offset: 8 })
  expect(answers).toEqual([])
  acknowledge(0, { partition: 3, offset: 5 })
  expect(answers).toEqual([
    [
      { partition: 3, offset: 5 },
      { partition: 0, offset: 8 },
    ],
  ])
})
