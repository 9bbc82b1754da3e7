import { expect, test } from 'vitest'
import { buildBatch } from '../../../test/broker/build-batch.ts'
import { errorCode } from '../protocol/error-codes.ts'
import { readBatchHeader } from '../wire/record-batch.ts'
import { createProducerState } from './producer-state.ts'

function header(baseSequence: number, { epoch = 0, count = 2, producerId = 9 } = {}) {
  const values = Array.from({ length: count }, () => 'v')
  return readBatchHeader(buildBatch({ values, producerId, producerEpoch: epoch, baseSequence }))
}

function withBatches(count: number) {
  const state = createProducerState()
  for (let batch = 0; batch < count; batch++) state.remember(header(batch * 2), 100 + batch * 2)
  return state
}

test('one of the last five batches sent again gets the offset of the first time', () => {
  const state = withBatches(7)
  expect(state.check(header(12))).toEqual({ repeatOf: 112 })
  expect(state.check(header(4))).toEqual({ repeatOf: 104 })
  expect(state.check(header(2))).toEqual({ errorCode: errorCode.outOfOrderSequence })
})

test('the next batch is new, a gap is out of order', () => {
  const state = withBatches(3)
  expect(state.check(header(6))).toBe('new')
  expect(state.check(header(8))).toEqual({ errorCode: errorCode.outOfOrderSequence })
})

test('an older epoch is fenced, a newer one begins at 0', () => {
  const state = createProducerState()
  state.remember(header(0, { epoch: 3 }), 0)
  expect(state.check(header(2, { epoch: 2 }))).toEqual({ errorCode: errorCode.invalidProducerEpoch })
  expect(state.check(header(0, { epoch: 4 }))).toBe('new')
  expect(state.check(header(2, { epoch: 4 }))).toEqual({ errorCode: errorCode.outOfOrderSequence })
})

test('an unknown producer may begin anywhere, for its earlier batches may have expired', () => {
  expect(createProducerState().check(header(44))).toBe('new')
})

test('sequences go on at 0 after the largest', () => {
  const state = createProducerState()
  state.remember(header(2 ** 31 - 2), 0)
  expect(state.check(header(0))).toBe('new')
  state.remember(header(2 ** 31 - 1), 2)
  expect(state.check(header(1))).toBe('new')
})

test('what was cut off the log is forgotten, so that it can be sent again', () => {
  const state = withBatches(3)
  state.forgetFrom(104)
  expect(state.check(header(2))).toEqual({ repeatOf: 102 })
  expect(state.check(header(4))).toBe('new')
})

test('a batch without a producer is never a repeat', () => {
  const state = createProducerState()
  state.remember(header(-1, { producerId: -1 }), 0)
  expect(state.check(header(-1, { producerId: -1 }))).toBe('new')
  expect(state.list()).toEqual([])
})

test('the producers that were idle the longest make room for new ones', () => {
  const state = createProducerState()
  for (let producerId = 0; producerId < 2_500; producerId++) state.remember(header(0, { producerId }), producerId)
  expect(state.list()).toHaveLength(2_000)
  expect(state.check(header(0, { producerId: 2_499 }))).toEqual({ repeatOf: 2_499 })
})
