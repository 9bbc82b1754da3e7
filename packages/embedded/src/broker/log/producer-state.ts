import { type ErrorCode, errorCode } from '../protocol/error-codes.ts'
import type { BatchHeader } from '../wire/record-batch.ts'

// What makes a producer idempotent. Each numbers its batches, a partition at a time, without gaps; the broker remembers
// the last five of each. One of these again: it was a retry, and gets the offset that the first got. The next number: a
// new batch. Anything else: something between was lost.

interface RememberedBatch {
  readonly firstSequence: number
  readonly lastSequence: number
  readonly baseOffset: number
}

interface Producer {
  readonly epoch: number
  readonly batches: readonly RememberedBatch[]
}

export type SequenceCheck = { readonly repeatOf: number } | { readonly errorCode: ErrorCode } | 'new'

export interface ProducerState {
  check(header: BatchHeader): SequenceCheck
  remember(header: BatchHeader, baseOffset: number): void
  forgetFrom(offset: number): void
  list(): [number, Producer][]
}

const batchesRemembered = 5
const sequenceCount = 2 ** 31
const producersMax = 2_000

export function createProducerState(known: [number, Producer][] = []): ProducerState {
  const producers = new Map(known)

  function check(header: BatchHeader): SequenceCheck {
    const known = header.producerId < 0 ? undefined : producers.get(header.producerId)
    if (!known) return 'new'
    if (header.producerEpoch < known.epoch) return { errorCode: errorCode.invalidProducerEpoch }
    if (header.producerEpoch > known.epoch)
      return header.baseSequence === 0 ? 'new' : { errorCode: errorCode.outOfOrderSequence }
    const lastSequence = lastSequenceOf(header)
    const repeated = known.batches.find(
      (batch) => batch.firstSequence === header.baseSequence && batch.lastSequence === lastSequence,
    )
    if (repeated) return { repeatOf: repeated.baseOffset }
    const expected = ((known.batches.at(-1)?.lastSequence ?? -1) + 1) % sequenceCount
    return header.baseSequence === expected ? 'new' : { errorCode: errorCode.outOfOrderSequence }
  }

  function remember(header: BatchHeader, baseOffset: number): void {
    if (header.producerId < 0) return
    const known = producers.get(header.producerId)
    const before = known?.epoch === header.producerEpoch ? known.batches : []
    const batch = { firstSequence: header.baseSequence, lastSequence: lastSequenceOf(header), baseOffset }
    // Deleted and set again, so that the map's order is the order of last use.
    producers.delete(header.producerId)
    producers.set(header.producerId, {
      epoch: header.producerEpoch,
      batches: [...before.slice(1 - batchesRemembered), batch],
    })
    if (producers.size > producersMax) for (const oldest of producers.keys()) return void producers.delete(oldest)
  }

  function forgetFrom(offset: number): void {
    for (const [id, { epoch, batches }] of producers) {
      const kept = batches.filter((batch) => batch.baseOffset < offset)
      if (kept.length === 0) producers.delete(id)
      else producers.set(id, { epoch, batches: kept })
    }
  }

  return { check, remember, forgetFrom, list: () => [...producers] }
}

function lastSequenceOf(header: BatchHeader): number {
  return (header.baseSequence + header.recordCount - 1) % sequenceCount
}
