import type { ProducerState } from './producer-state.ts'
import type { Segment } from './segment.ts'

// One partition's log. Records live in offsets startOffset … endOffset - 1, in one segment after the other. Consumers
// see what lies before the high watermark, which here means: what a power cut cannot take back. (Otherwise a consumer
// could commit past a record that is then lost, and would skip the one that gets its offset.)
export interface LogState {
  readonly directory: string
  // Ascending and never empty; the last one is appended to.
  readonly segments: Segment[]
  startOffset: number
  endOffset: number
  durable: DurableEnd
  producers: ProducerState
}

export interface DurableEnd {
  readonly offset: number
  readonly segment: Segment
  readonly bytes: number
}

// What a clean close remembers of the last segment, so that the next start need not read it.
export interface CleanEnd {
  readonly base: number
  readonly bytes: number
  readonly endOffset: number
  readonly producers: ReturnType<ProducerState['list']>
}

export function activeSegment(state: LogState): Segment {
  const last = state.segments.at(-1)
  if (!last) throw new Error(`find the last segment of ${state.directory}`)
  return last
}

export function segmentIndexOf(state: LogState, offset: number): number {
  let low = 0
  let high = state.segments.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((state.segments[middle]?.base ?? 0) <= offset) low = middle + 1
    else high = middle
  }
  return Math.max(0, low - 1)
}

export function readableBytes(state: LogState, segment: Segment): number {
  return segment === state.durable.segment ? state.durable.bytes : segment.bytes
}
