import type { EachBatchPayload } from 'kafkajs'
import { findProgress, type Generation } from './generation.ts'
import type { Membership } from './membership.ts'
import { readOffset } from './offsets.ts'
import { readRecord } from './read-record.ts'
import type { ReceivedBatch } from './record.ts'
import type { Slots } from './slots.ts'

interface BatchReaderOptions {
  readonly membership: Membership
  readonly slots: Slots
  readonly batchRecordsMax: number
  readonly handle: (batch: ReceivedBatch) => Promise<void>
  readonly onFinished: () => void
  readonly onFailed: (error: unknown) => void
}

/** Cuts what was fetched into chunks and hands each over as soon as a slot is free. */
export function createBatchReader({
  membership,
  slots,
  batchRecordsMax,
  handle,
  onFinished,
  onFailed,
}: BatchReaderOptions) {
  async function handOver(batch: ReceivedBatch, generation: Generation, nextOffset: number): Promise<void> {
    const progress = findProgress(generation, batch.partition)
    const chunk = progress.begin(nextOffset)
    try {
      await handle(batch)
      progress.finish(chunk)
      onFinished()
    } catch (error) {
      onFailed(error)
    } finally {
      slots.free()
    }
  }

  return async function readBatch(payload: EachBatchPayload): Promise<void> {
    const { batch, heartbeat, resolveOffset } = payload
    const { topic, generation } = membership
    generation.commit = payload.commitOffsetsIfNecessary
    findProgress(generation, batch.partition).noteLogEnd(readOffset(batch.highWatermark))
    const mayHandOver = () =>
      membership.phase === 'running' &&
      membership.generation === generation &&
      payload.isRunning() &&
      !payload.isStale()

    for (let from = 0; from < batch.messages.length; from += batchRecordsMax) {
      if (!(await slots.take(mayHandOver, heartbeat))) return
      const records = batch.messages.slice(from, from + batchRecordsMax).map(readRecord)
      const lastOffset = records.at(-1)?.offset ?? 0
      const isWhole = from + batchRecordsMax >= batch.messages.length
      // Behind the last record there may be offsets that no consumer sees: transaction markers, compacted records.
      const nextOffset = (isWhole ? readOffset(batch.lastOffset()) : lastOffset) + 1
      membership.lookedAtMs = Date.now()
      void handOver({ topic, partition: batch.partition, records }, generation, nextOffset)
      // Moves only the position of the next fetch; the commit follows the rows.
      resolveOffset(String(lastOffset))
    }
  }
}
