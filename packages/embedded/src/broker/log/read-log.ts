import { batchBytesAt, batchHeaderBytes, lastOffsetAt } from '../wire/record-batch.ts'
import { findRecordByTime, type RecordPlace } from '../wire/records.ts'
import { activeSegment, type LogState, readableBytes, segmentIndexOf } from './log-state.ts'
import { readSegment, type Segment, summarize, walkBatches } from './segment.ts'

export interface ReadLimits {
  readonly bytesMax: number
  // The first batch may be larger than `bytesMax`, up to this: otherwise a consumer with a small limit would never
  // get past a large batch.
  readonly firstBatchBytesMax: number
}

const nothing: Buffer = Buffer.alloc(0)
// At least one index entry's worth: what lies between the entry and the wanted offset is read and stepped over.
const readAheadBytes = 20 * 1024

// Whole batches as they lie on disk, beginning with the one that holds `offset`, from one segment.
export function readBatches(state: LogState, offset: number, limits: ReadLimits): Buffer | 'out of range' {
  if (offset < state.startOffset || offset > state.endOffset) return 'out of range'
  for (let index = segmentIndexOf(state, offset); index < state.segments.length; index++) {
    if (offset >= state.durable.offset) return nothing
    const segment = state.segments[index]
    const found = segment && readFromSegment(segment, readableBytes(state, segment), offset, limits)
    if (found) return found
  }
  return nothing
}

function readFromSegment(
  segment: Segment,
  end: number,
  offset: number,
  { bytesMax, firstBatchBytesMax }: ReadLimits,
): Buffer | undefined {
  const from = offset === segment.base ? 0 : summarize(segment).index.positionOfOffset(offset)
  if (from + batchHeaderBytes > end) return undefined
  const chunk = readSegment(segment, from, Math.min(end - from, bytesMax + readAheadBytes))
  let at = 0
  while (at + batchHeaderBytes <= chunk.length && lastOffsetAt(chunk, at) < offset) at += batchBytesAt(chunk, at)
  if (from + at >= end) return undefined
  // The wanted batch begins behind a batch that is larger than the chunk.
  if (at + batchHeaderBytes > chunk.length) return readFirst(segment, from + at, end, offset, firstBatchBytesMax)
  const stop = endOfWholeBatches(chunk, at, bytesMax)
  if (stop > at) return chunk.subarray(at, stop)
  return readFirst(segment, from + at, end, offset, firstBatchBytesMax)
}

function endOfWholeBatches(chunk: Buffer, start: number, bytesMax: number): number {
  const limit = Math.min(chunk.length, start + bytesMax)
  let stop = start
  while (stop + batchHeaderBytes <= limit) {
    const next = stop + batchBytesAt(chunk, stop)
    if (next > limit) break
    stop = next
  }
  return stop
}

function readFirst(
  segment: Segment,
  position: number,
  end: number,
  offset: number,
  bytesMax: number,
): Buffer | undefined {
  let at = position
  while (at + batchHeaderBytes <= end) {
    const header = readSegment(segment, at, batchHeaderBytes)
    const length = batchBytesAt(header, 0)
    if (lastOffsetAt(header, 0) >= offset) return length <= bytesMax ? readSegment(segment, at, length) : nothing
    at += length
  }
  return undefined
}

export async function findByTime(state: LogState, timestamp: number): Promise<RecordPlace | undefined> {
  for (const segment of [...state.segments]) {
    if (segment === activeSegment(state) && segment.bytes === 0) break
    const summary = summarize(segment)
    if (summary.maxTimestamp < timestamp) continue
    const found = await findInSegment(state, segment, summary.index.positionOfTime(timestamp), timestamp)
    if (found) return found
  }
  return undefined
}

async function findInSegment(
  state: LogState,
  segment: Segment,
  from: number,
  timestamp: number,
): Promise<RecordPlace | undefined> {
  const end = readableBytes(state, segment)
  const candidates: Buffer[] = []
  walkBatches(segment, from, { wholeBatches: true }, (bytes, at, position) => {
    const isReadable = position < end
    const isWanted =
      isReadable &&
      lastOffsetAt(bytes, at) >= state.startOffset &&
      bytes.readBigInt64BE(at + 35) >= BigInt(Math.ceil(timestamp))
    if (isWanted) candidates.push(bytes.subarray(at, at + batchBytesAt(bytes, at)))
    return isReadable && candidates.length === 0
  })
  const [batch] = candidates
  return batch ? await findRecordByTime(batch, timestamp) : undefined
}
