import { decompress } from './decompress.ts'
import { batchHeaderBytes, readBatchHeader } from './record-batch.ts'

// Inside a batch every record is
//   length varint · attributes int8 · timestampDelta varint · offsetDelta varint · key · value · headers
// with zig-zag varints. The broker looks inside for one reason: to find the first record at or after a time.

export interface RecordPlace {
  readonly offset: number
  readonly timestamp: number
}

export async function findRecordByTime(batch: Buffer, timestamp: number): Promise<RecordPlace | undefined> {
  const header = readBatchHeader(batch)
  if (header.maxTimestamp < timestamp) return undefined
  // The base timestamp is the first record's, so in this case nothing needs to be decompressed.
  if (header.baseTimestamp >= timestamp) return { offset: header.baseOffset, timestamp: header.baseTimestamp }
  const records = await decompress(header.codec, batch.subarray(batchHeaderBytes))
  let at = 0
  for (let count = 0; count < header.recordCount; count++) {
    const length = readVarint(records, at)
    const timestampDelta = readVarint(records, length.end + 1)
    const found = header.baseTimestamp + timestampDelta.value
    if (found >= timestamp) {
      const offsetDelta = readVarint(records, timestampDelta.end)
      return { offset: header.baseOffset + offsetDelta.value, timestamp: found }
    }
    at = length.end + length.value
  }
  return undefined
}

function readVarint(bytes: Uint8Array, start: number): { value: number; end: number } {
  let value = 0
  let scale = 1
  for (let at = start; at < start + 10; at++) {
    const byte = bytes[at]
    if (byte === undefined) break
    value += (byte & 0x7f) * scale
    scale *= 128
    if (byte < 0x80) return { value: value % 2 === 0 ? value / 2 : -(value + 1) / 2, end: at + 1 }
  }
  throw new Error(`read a varint at ${start} of ${bytes.length} bytes`)
}
