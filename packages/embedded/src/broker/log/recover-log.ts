import { closeSync, existsSync, fdatasyncSync, ftruncateSync, openSync, unlinkSync } from 'node:fs'
import { isIntactBatch, lastOffsetAt, readBatchHeader } from '../wire/record-batch.ts'
import { activeSegment, type CleanEnd, type LogState } from './log-state.ts'
import { createProducerState, type ProducerState } from './producer-state.ts'
import { createSegment, findSegments, noteBatch, type Segment, type SegmentSummary, walkBatches } from './segment.ts'
import { createSparseIndex } from './sparse-index.ts'

export interface CutTail {
  readonly file: string
  readonly bytesKept: number
  readonly bytesCut: number
  readonly nextOffset: number
}

export interface RecoveredLog {
  readonly state: LogState
  readonly cut?: CutTail
}

// A log that was closed cleanly is taken at its word. Otherwise the last segment is read batch by batch, and everything
// from the first one that is torn or fails its checksum is cut off: no acknowledgement with acks=all covered it.
export function recoverLog(directory: string, startOffset: number, clean: CleanEnd | undefined): RecoveredLog {
  const segments = existsSync(directory) ? findSegments(directory) : []
  const last = segments.at(-1)
  if (!last) {
    const empty = createSegment(directory, startOffset)
    return { state: startState(directory, [empty], startOffset, startOffset, createProducerState()) }
  }
  if (clean && clean.base === last.base && clean.bytes === last.bytes)
    return {
      state: startState(directory, segments, startOffset, clean.endOffset, createProducerState(clean.producers)),
    }
  const producers = createProducerState()
  const before = segments.at(-2)
  if (before) replayProducers(before, producers)
  const { endOffset, cut } = recoverLastSegment(last, producers)
  const state = startState(directory, segments, startOffset, endOffset, producers)
  return cut ? { state, cut } : { state }
}

function startState(
  directory: string,
  segments: Segment[],
  startOffset: number,
  endOffset: number,
  producers: ProducerState,
): LogState {
  const [first] = segments
  const last = segments.at(-1)
  if (!first || !last) throw new Error(`open ${directory} without a segment`)
  return {
    directory,
    segments,
    // A start that lies behind the end can only be left over from a log whose tail was lost: nothing is readable.
    startOffset: Math.min(Math.max(startOffset, first.base), endOffset),
    endOffset,
    durable: { offset: endOffset, segment: last, bytes: last.bytes },
    producers,
  }
}

function recoverLastSegment(segment: Segment, producers: ProducerState): { endOffset: number; cut?: CutTail } {
  let endOffset = segment.base
  const summary: SegmentSummary = { index: createSparseIndex(), maxTimestamp: -1 }
  const end = walkBatches(segment, 0, { wholeBatches: true }, (bytes, at, position) => {
    const header = readBatchHeader(bytes, at)
    if (header.baseOffset !== endOffset || !isIntactBatch(bytes, at, at + header.bytes)) return false
    endOffset = lastOffsetAt(bytes, at) + 1
    noteBatch(summary, bytes, at, position)
    producers.remember(header, header.baseOffset)
    return true
  })
  segment.summary = summary
  const bytesCut = segment.bytes - end
  segment.bytes = end
  settle(segment, end)
  return bytesCut === 0
    ? { endOffset }
    : { endOffset, cut: { file: segment.path, bytesKept: end, bytesCut, nextOffset: endOffset } }
}

// What was read may so far exist in the page cache only, and is about to be shown to consumers.
function settle(segment: Segment, bytes: number): void {
  const fd = openSync(segment.path, 'r+')
  try {
    ftruncateSync(fd, bytes)
    fdatasyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

function replayProducers(segment: Segment, producers: ProducerState): void {
  walkBatches(segment, 0, { wholeBatches: false }, (bytes, at) => {
    const header = readBatchHeader(bytes, at)
    producers.remember(header, header.baseOffset)
    return true
  })
}

// After a failed sync nobody knows what reached the disk, so the log goes back to the last place that is known to.
// Memory first: should the disk refuse this as well, the next append overwrites what was to be cut.
export function cutToDurable(state: LogState): void {
  const { segment: last, bytes, offset } = state.durable
  const dropped: Segment[] = []
  while (activeSegment(state) !== last) dropped.push(...state.segments.splice(-1))
  last.bytes = bytes
  last.summary = undefined
  state.endOffset = offset
  state.producers.forgetFrom(offset)
  for (const segment of dropped) {
    if (segment.fd !== undefined) closeSync(segment.fd)
    unlinkSync(segment.path)
  }
  last.fd ??= openSync(last.path, 'r+')
  ftruncateSync(last.fd, bytes)
}
