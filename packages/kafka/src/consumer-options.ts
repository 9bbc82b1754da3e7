import type { KafkaAccess } from './connection.ts'
import type { ReceivedBatch } from './record.ts'

export type FatalReason =
  | { readonly reason: 'crashed'; readonly error: unknown }
  | { readonly reason: 'handler_failed'; readonly error: unknown }
  | { readonly reason: 'stalled'; readonly lag: number; readonly idleMs: number }

export interface ConsumerOptions extends KafkaAccess {
  readonly topic: string
  /** Default: the topic without `notification.`. No two topics may share a group. */
  readonly groupId?: string
  /** Resolves when the rows say what happened; only then may the offsets be committed. A rejection is fatal. */
  readonly handle: (batch: ReceivedBatch) => Promise<void>
  /** Called at most once. The process must exit non-zero: nothing more will be consumed here. */
  readonly onFatal: (reason: FatalReason) => void
  readonly batchRecordsMax?: number
  /** A worker with slow sends wants many small batches in flight, so that one slow send holds up none of the others. */
  readonly inFlightBatchesMax?: number
  readonly partitionsConsumedConcurrently?: number
  readonly bytesPerPartitionMax?: number
  /** How long the broker holds an empty fetch. A record ends the wait at once; an idle member costs one fetch each. */
  readonly fetchWaitMs?: number
  readonly commitIntervalMs?: number
  readonly sessionTimeoutMs?: number
  readonly watchdogMs?: number
  readonly closeTimeoutMs?: number
}

export interface ConsumedPartition {
  readonly partition: number
  /** The next offset to be handed over, and the last that was committed; -1 while unknown. */
  readonly position: number
  readonly committed: number
  readonly logEnd: number
  /** Records behind the end of the log, as of the last fetch that brought any. */
  readonly lag: number
}

export interface Consumer {
  /** Stops handing over; what is in flight goes on. The member stays in its group. */
  pause(): void
  resume(): void
  isPaused(): boolean
  /** Values for metrics: what this member knows without asking the broker. */
  readProgress(): { readonly inFlightBatches: number; readonly partitions: readonly ConsumedPartition[] }
  /** Stops fetching, waits for what is in flight, commits, leaves the group. */
  close(): Promise<void>
}
