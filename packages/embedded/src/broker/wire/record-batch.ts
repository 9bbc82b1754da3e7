import { type ErrorCode, errorCode } from '../protocol/error-codes.ts'
import { int64At } from './byte-reader.ts'
import { putInt64 } from './byte-writer.ts'
import { crc32c } from './crc32c.ts'

// A record batch, as it travels and as it lies on disk (the two are the same, byte for byte):
//
//    0  baseOffset            8   the broker's to set, not covered by the checksum
//    8  length                4   of what follows this field
//   12  partitionLeaderEpoch  4   the broker's to set, not covered by the checksum
//   16  magic                 1   2
//   17  crc                   4   CRC-32C of everything from 21 on
//   21  attributes            2   bits 0-2 codec, 4 transactional, 5 control
//   23  lastOffsetDelta       4   offsets in the batch are baseOffset … baseOffset + lastOffsetDelta
//   27  baseTimestamp         8
//   35  maxTimestamp          8
//   43  producerId            8   -1: not idempotent
//   51  producerEpoch         2
//   53  baseSequence          4
//   57  recordCount           4
//   61  records                   compressed as a whole when a codec is set
export const batchHeaderBytes = 61
const lengthEnd = 12
const crcStart = 21
const transactionalBit = 0x10
const controlBit = 0x20
const codecMask = 0x07
const codecMax = 4

export interface BatchHeader {
  readonly baseOffset: number
  readonly bytes: number
  readonly codec: number
  readonly lastOffset: number
  readonly baseTimestamp: number
  readonly maxTimestamp: number
  readonly producerId: number
  readonly producerEpoch: number
  readonly baseSequence: number
  readonly recordCount: number
}

export function batchBytesAt(bytes: Buffer, at: number): number {
  return lengthEnd + bytes.readInt32BE(at + 8)
}

export function lastOffsetAt(bytes: Buffer, at: number): number {
  return int64At(bytes, at) + bytes.readInt32BE(at + 23)
}

export function readBatchHeader(bytes: Buffer, at = 0): BatchHeader {
  return {
    baseOffset: int64At(bytes, at),
    bytes: batchBytesAt(bytes, at),
    codec: bytes.readInt16BE(at + 21) & codecMask,
    lastOffset: lastOffsetAt(bytes, at),
    baseTimestamp: int64At(bytes, at + 27),
    maxTimestamp: int64At(bytes, at + 35),
    producerId: int64At(bytes, at + 43),
    producerEpoch: bytes.readInt16BE(at + 51),
    baseSequence: bytes.readInt32BE(at + 53),
    recordCount: bytes.readInt32BE(at + 57),
  }
}

export function stampBatch(batch: Buffer, baseOffset: number, leaderEpoch: number): void {
  putInt64(batch, baseOffset, 0)
  batch.writeInt32BE(leaderEpoch, 12)
}

export function isIntactBatch(bytes: Buffer, at: number, end: number): boolean {
  return bytes.readInt8(at + 16) === 2 && bytes.readUInt32BE(at + 17) === crc32c(bytes, at + crcStart, end)
}

export type ProducedBatch = { readonly header: BatchHeader } | { readonly errorCode: ErrorCode }

export function checkProducedBatch(records: Buffer | null, bytesMax: number): ProducedBatch {
  if (records === null || records.length < batchHeaderBytes) return { errorCode: errorCode.invalidRecord }
  if (records.readInt8(16) !== 2) return { errorCode: errorCode.invalidRecord }
  const header = readBatchHeader(records)
  // Shorter: truncated. Longer: a second batch.
  if (header.bytes !== records.length) return { errorCode: errorCode.invalidRecord }
  if (header.bytes > bytesMax) return { errorCode: errorCode.messageTooLarge }
  if (!isIntactBatch(records, 0, records.length)) return { errorCode: errorCode.corruptMessage }
  return hasValidFields(records, header) ? { header } : { errorCode: errorCode.invalidRecord }
}

export function isTransactional(batch: Buffer): boolean {
  return (batch.readInt16BE(21) & transactionalBit) !== 0
}

function hasValidFields(batch: Buffer, header: BatchHeader): boolean {
  if (header.baseOffset !== 0 || header.recordCount <= 0) return false
  if (header.lastOffset !== header.recordCount - 1) return false
  if ((batch.readInt16BE(21) & controlBit) !== 0 || header.codec > codecMax) return false
  if (header.producerId >= 0 && (header.producerEpoch < 0 || header.baseSequence < 0)) return false
  return header.codec !== 0 || holdsRecords(batch, header.recordCount)
}

// Walks the lengths only: a consumer that trusts the count must find exactly that many whole records.
function holdsRecords(batch: Buffer, count: number): boolean {
  let at = batchHeaderBytes
  for (let record = 0; record < count; record++) {
    let length = 0
    let shift = 0
    let byte = 0x80
    while (byte & 0x80) {
      if (at >= batch.length || shift > 28) return false
      byte = batch[at++] ?? 0
      length |= (byte & 0x7f) << shift
      shift += 7
    }
    at += (length >>> 1) ^ -(length & 1)
    if ((length & 1) !== 0 || at > batch.length) return false
  }
  return at === batch.length
}
