import { expect, test } from 'vitest'
import { type BatchWish, buildBatch } from '../../../test/broker/build-batch.ts'
import { errorCode } from '../protocol/error-codes.ts'
import { checkProducedBatch, isIntactBatch, readBatchHeader, stampBatch } from './record-batch.ts'

const bytesMax = 10_000

function check(wish: Partial<BatchWish>) {
  const result = checkProducedBatch(buildBatch({ values: ['a', 'b'], ...wish }), bytesMax)
  return 'errorCode' in result ? result.errorCode : 'fine'
}

function announce(batch: Buffer, count: number): void {
  batch.writeInt32BE(count, 57)
  batch.writeInt32BE(count - 1, 23)
}

test('a well-formed batch is taken', () => {
  expect(check({})).toBe('fine')
  expect(check({ producerId: 7, producerEpoch: 0, baseSequence: 0 })).toBe('fine')
})

test.each([
  ['a base offset other than 0', { spoil: (batch) => batch.writeInt32BE(1, 4) }],
  ['an old format', { spoil: (batch) => batch.writeInt8(1, 16) }],
  ['no records', { values: [] }],
  ['a last offset that does not fit the count', { spoil: (batch) => batch.writeInt32BE(5, 23) }],
  ['more records announced than there are', { spoil: (batch) => announce(batch, 3) }],
  ['fewer records announced than there are', { spoil: (batch) => announce(batch, 1) }],
  ['the control bit', { attributes: 0x20 }],
  ['an unknown codec', { attributes: 5 }],
  ['a producer without a sequence', { producerId: 7, producerEpoch: 0, baseSequence: -1 }],
] satisfies [string, Partial<BatchWish>][])('a batch with %s is an invalid record', (_, wish) => {
  expect(check(wish)).toBe(errorCode.invalidRecord)
})

test('null, empty, truncated and doubled records are invalid', () => {
  const batch = buildBatch({ values: ['a'] })
  for (const records of [
    null,
    Buffer.alloc(0),
    batch.subarray(0, 40),
    batch.subarray(0, -1),
    Buffer.concat([batch, batch]),
  ])
    expect(checkProducedBatch(records, bytesMax)).toEqual({ errorCode: errorCode.invalidRecord })
})

test('one flipped bit is a corrupt message', () => {
  const batch = buildBatch({ values: ['abc'] })
  batch.writeUInt8(batch.readUInt8(batch.length - 2) ^ 4, batch.length - 2)
  expect(checkProducedBatch(batch, bytesMax)).toEqual({ errorCode: errorCode.corruptMessage })
})

test('a batch over the limit is too large, one at the limit is not', () => {
  const batch = buildBatch({ values: ['x'.repeat(500)] })
  expect(checkProducedBatch(batch, batch.length - 1)).toEqual({ errorCode: errorCode.messageTooLarge })
  expect(checkProducedBatch(batch, batch.length)).toHaveProperty('header')
})

test('stamping the offset leaves the checksum valid', () => {
  const batch = buildBatch({ values: ['a', 'b', 'c'] })
  stampBatch(batch, 2 ** 40, 0)
  expect(isIntactBatch(batch, 0, batch.length)).toBe(true)
  expect(readBatchHeader(batch)).toMatchObject({ baseOffset: 2 ** 40, lastOffset: 2 ** 40 + 2, recordCount: 3 })
})
