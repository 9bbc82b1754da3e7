import { gzipSync, zstdCompressSync } from 'node:zlib'
import { compress as compressLz4 } from 'lz4js'
import { compress as compressSnappy } from 'snappyjs'
import { expect, test } from 'vitest'
import { buildBatch } from '../../../test/broker/build-batch.ts'
import { stampBatch } from './record-batch.ts'
import { findRecordByTime } from './records.ts'

const values = ['a', 'b', 'c', 'd']
const timestamps = [1_000, 1_010, 1_005, 1_020]

function xerial(records: Buffer): Buffer {
  const blocks = [records.subarray(0, 20), records.subarray(20)].map((block) => Buffer.from(compressSnappy(block)))
  const framed = blocks.flatMap((block) => {
    const length = Buffer.alloc(4)
    length.writeInt32BE(block.length)
    return [length, block]
  })
  return Buffer.concat([Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1]), ...framed])
}

test.each([
  ['no codec', 0, (records: Buffer) => records],
  ['gzip', 1, (records: Buffer) => gzipSync(records)],
  ['snappy', 2, (records: Buffer) => compressSnappy(records)],
  ['snappy in xerial frames', 2, xerial],
  ['lz4', 3, (records: Buffer) => compressLz4(records)],
  ['zstd', 4, (records: Buffer) => zstdCompressSync(records)],
])('with %s, the first record at or after a time is found', async (_, attributes, compress) => {
  const batch = buildBatch({ values, timestamps, attributes, compress })
  stampBatch(batch, 100, 0)
  expect(await findRecordByTime(batch, 900)).toEqual({ offset: 100, timestamp: 1_000 })
  expect(await findRecordByTime(batch, 1_001)).toEqual({ offset: 101, timestamp: 1_010 })
  expect(await findRecordByTime(batch, 1_011)).toEqual({ offset: 103, timestamp: 1_020 })
  expect(await findRecordByTime(batch, 1_021)).toBeUndefined()
})
