import { putInt64 } from '../../src/broker/wire/byte-writer.ts'
import { crc32c } from '../../src/broker/wire/crc32c.ts'
import { batchHeaderBytes } from '../../src/broker/wire/record-batch.ts'

// For tests: one batch as a producer would send it.
export interface BatchWish {
  readonly values: readonly string[]
  readonly timestamps?: readonly number[]
  readonly producerId?: number
  readonly producerEpoch?: number
  readonly baseSequence?: number
  readonly attributes?: number
  // Changes the bytes before the checksum is made.
  readonly spoil?: (batch: Buffer) => void
  readonly compress?: (records: Buffer) => Uint8Array
}

export function buildBatch(wish: BatchWish): Buffer {
  const { values, timestamps = values.map(() => 1_000), compress = (bytes: Buffer) => bytes } = wish
  const baseTimestamp = timestamps[0] ?? 0
  const records = Buffer.concat(
    values.map((value, index) => buildRecord(value, index, (timestamps[index] ?? baseTimestamp) - baseTimestamp)),
  )
  const batch = Buffer.concat([Buffer.alloc(batchHeaderBytes), compress(records)])
  batch.writeInt32BE(batch.length - 12, 8)
  batch.writeInt32BE(-1, 12)
  batch.writeInt8(2, 16)
  batch.writeInt16BE(wish.attributes ?? 0, 21)
  batch.writeInt32BE(values.length - 1, 23)
  putInt64(batch, baseTimestamp, 27)
  putInt64(batch, Math.max(baseTimestamp, ...timestamps), 35)
  putInt64(batch, wish.producerId ?? -1, 43)
  batch.writeInt16BE(wish.producerEpoch ?? -1, 51)
  batch.writeInt32BE(wish.baseSequence ?? -1, 53)
  batch.writeInt32BE(values.length, 57)
  wish.spoil?.(batch)
  batch.writeUInt32BE(crc32c(batch, 21), 17)
  return batch
}

function buildRecord(value: string, offsetDelta: number, timestampDelta: number): Buffer {
  const bytes = Buffer.from(value)
  const body = Buffer.concat([
    Buffer.from([0]),
    varint(timestampDelta),
    varint(offsetDelta),
    varint(-1),
    varint(bytes.length),
    bytes,
    varint(0),
  ])
  return Buffer.concat([varint(body.length), body])
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  let left = value < 0 ? -value * 2 - 1 : value * 2
  for (; left > 127; left = Math.floor(left / 128)) bytes.push((left % 128) | 128)
  return Buffer.from([...bytes, left])
}
