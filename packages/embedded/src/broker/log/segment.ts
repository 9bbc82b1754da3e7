import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { batchBytesAt, batchHeaderBytes, readBatchHeader } from '../wire/record-batch.ts'
import { createSparseIndex, type SparseIndex } from './sparse-index.ts'

// A segment is a file of record batches, one after the other, named after the offset of its first record.
export interface Segment {
  readonly base: number
  readonly path: string
  bytes: number
  // Known while the segment is written; after a restart, only once something was looked up in it.
  summary: SegmentSummary | undefined
  // Open only while this is the segment that is appended to.
  fd: number | undefined
  // A new file can vanish in a power cut until its directory has been synced too.
  isListedDurably: boolean
}

export interface SegmentSummary {
  readonly index: SparseIndex
  maxTimestamp: number
}

const suffix = '.log'
const scanChunkBytes = 1024 * 1024

export function createSegment(directory: string, base: number): Segment {
  return {
    base,
    path: join(directory, `${String(base).padStart(20, '0')}${suffix}`),
    bytes: 0,
    summary: { index: createSparseIndex(), maxTimestamp: -1 },
    fd: undefined,
    isListedDurably: false,
  }
}

export function findSegments(directory: string): Segment[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith(suffix))
    .map((name) => Number(name.slice(0, -suffix.length)))
    .filter((base) => Number.isSafeInteger(base))
    .sort((one, other) => one - other)
    .map((base) => {
      const segment = createSegment(directory, base)
      return { ...segment, bytes: statSync(segment.path).size, summary: undefined, isListedDurably: true }
    })
}

export function readSegment(segment: Segment, position: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length)
  const fd = segment.fd ?? openSync(segment.path, 'r')
  try {
    let done = 0
    while (done < length) {
      const count = readSync(fd, bytes, done, length - done, position + done)
      if (count === 0) break
      done += count
    }
    return done === length ? bytes : bytes.subarray(0, done)
  } finally {
    if (segment.fd === undefined) closeSync(fd)
  }
}

export function summarize(segment: Segment): SegmentSummary {
  if (segment.summary) return segment.summary
  const summary: SegmentSummary = { index: createSparseIndex(), maxTimestamp: -1 }
  walkBatches(segment, 0, { wholeBatches: false }, (bytes, at, position) => {
    noteBatch(summary, bytes, at, position)
    return true
  })
  segment.summary = summary
  return summary
}

export function noteBatch(summary: SegmentSummary, bytes: Buffer, at: number, position: number): void {
  const { baseOffset, maxTimestamp } = readBatchHeader(bytes, at)
  summary.index.add(baseOffset, position, maxTimestamp)
  summary.maxTimestamp = Math.max(summary.maxTimestamp, maxTimestamp)
}

type Visit = (bytes: Buffer, at: number, position: number) => boolean

// Visits batch after batch until `visit` says no or what follows is no whole batch; answers where it stopped. Without
// `wholeBatches` only the headers are sure to be in `bytes`, and large batches are stepped over without being read.
export function walkBatches(
  segment: Segment,
  from: number,
  { wholeBatches }: { wholeBatches: boolean },
  visit: Visit,
): number {
  let position = from
  let chunk: Buffer = Buffer.alloc(0)
  let chunkStart = from
  const ensure = (length: number) => {
    if (position + length <= chunkStart + chunk.length) return
    chunk = readSegment(segment, position, Math.min(Math.max(length, scanChunkBytes), segment.bytes - position))
    chunkStart = position
  }
  while (position + batchHeaderBytes <= segment.bytes) {
    ensure(batchHeaderBytes)
    const length = batchBytesAt(chunk, position - chunkStart)
    if (length < batchHeaderBytes || position + length > segment.bytes) break
    if (wholeBatches) ensure(length)
    if (!visit(chunk, position - chunkStart, position)) break
    position += length
  }
  return position
}
