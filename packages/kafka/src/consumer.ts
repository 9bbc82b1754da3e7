// The way of a batch: fetched → cut into chunks → handed over (the fetch position moves at once) → finished, in any order →
// committed behind the lowest unfinished one. Fetching therefore never waits for a send, only for a free slot, and a crash
// repeats at most what was in flight.
import type { EachBatchPayload, Consumer as KafkaConsumer } from 'kafkajs'
import { createClient } from './client.ts'
import { createCommitter } from './committer.ts'
import type { KafkaAccess } from './connection.ts'
import { createGeneration, findProgress, type Generation } from './generation.ts'
import { countLag, readOffset } from './offsets.ts'
import { readRecord } from './read-record.ts'
import type { ReceivedBatch } from './record.ts'
import { createSlots } from './slots.ts'
import { createTopics, groupOf } from './topics.ts'
import { startWatchdog } from './watchdog.ts'

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
  readonly fetchWaitMs?: number
  readonly commitIntervalMs?: number
  readonly sessionTimeoutMs?: number
  readonly watchdogMs?: number
  readonly closeTimeoutMs?: number
}

export interface ConsumedPartition {
  readonly partition: number
  /** The next offset to be handed over, and the next to be consumed after a restart; -1 while unknown. */
  readonly position: number
  readonly committed: number
  readonly logEnd: number
  /** Records behind the end of the log as of the last fetch that brought any. */
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

const RETRY = { initialRetryTime: 200, multiplier: 2, factor: 0.2, maxRetryTime: 2_000, retries: 8 }
const DISCONNECT_MS_MAX = 5_000

/** Resolves once the member has joined its group. */
export async function runConsumer(options: ConsumerOptions): Promise<Consumer> {
  const { topic, groupId = groupOf(topic), batchRecordsMax = 1_000, closeTimeoutMs = 20_000, log } = options
  const consumer = openKafkaConsumer(options, groupId)
  const slots = createSlots(options.inFlightBatchesMax ?? 2)
  const committer = createCommitter({
    topic,
    intervalMs: options.commitIntervalMs ?? 100,
    readGeneration: () => generation,
    log,
  })
  const joined = Promise.withResolvers<void>()
  joined.promise.catch(() => undefined)
  let generation = createGeneration([])
  let lookedAtMs = Date.now()
  let state: 'running' | 'paused' | 'closing' | 'failed' = 'running'
  let closing: Promise<void> | undefined

  function fail(reason: FatalReason): void {
    if (state === 'failed' || state === 'closing') return
    state = 'failed'
    applyPause()
    joined.reject(
      new Error(`consume ${topic}: ${reason.reason}`, { cause: 'error' in reason ? reason.error : undefined }),
    )
    options.onFatal(reason)
  }

  // The client forgets a pause when it starts over after a lost connection, and cannot take one before it has joined.
  function applyPause(): void {
    try {
      if (state === 'running') consumer.resume([{ topic }])
      else consumer.pause([{ topic }])
    } catch (error) {
      log.debug({ topic, err: error }, 'kafka.pause.deferred')
    }
  }

  async function eachBatch(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload
    const ofGeneration = generation
    const progress = findProgress(ofGeneration, batch.partition)
    ofGeneration.commit = payload.commitOffsetsIfNecessary
    progress.noteLogEnd(readOffset(batch.highWatermark))
    const mayHandOver = () =>
      state === 'running' && generation === ofGeneration && payload.isRunning() && !payload.isStale()
    for (let from = 0; from < batch.messages.length; from += batchRecordsMax) {
      if (!(await slots.take(mayHandOver, payload.heartbeat))) return
      const records = batch.messages.slice(from, from + batchRecordsMax).map(readRecord)
      const last = records.at(-1)
      if (last === undefined) return
      const isWhole = from + batchRecordsMax >= batch.messages.length
      // Behind the last record there may be offsets that no consumer sees: transaction markers, compacted records.
      const nextOffset = (isWhole ? readOffset(batch.lastOffset()) : last.offset) + 1
      lookedAtMs = Date.now()
      void handOver({ topic, partition: batch.partition, records }, ofGeneration, nextOffset)
      payload.resolveOffset(String(last.offset))
    }
  }

  async function handOver(batch: ReceivedBatch, ofGeneration: Generation, nextOffset: number): Promise<void> {
    const progress = findProgress(ofGeneration, batch.partition)
    const chunk = progress.begin(nextOffset)
    try {
      await options.handle(batch)
      progress.finish(chunk)
      if (generation === ofGeneration) committer.schedule()
    } catch (error) {
      fail({ reason: 'handler_failed', error })
    } finally {
      slots.free()
    }
  }

  consumer.on('consumer.rebalancing', () => {
    // Sent before the client asks to join again, and under the old generation, from which the broker still takes it.
    void committer.commitNow()
    generation = createGeneration([])
  })
  consumer.on('consumer.group_join', ({ payload }) => {
    generation = createGeneration(payload.memberAssignment[topic] ?? [])
    lookedAtMs = Date.now()
    applyPause()
    joined.resolve()
  })
  consumer.on('consumer.crash', ({ payload }) => {
    generation = createGeneration([])
    if (!payload.restart) fail({ reason: 'crashed', error: payload.error })
  })
  // A batch of nothing but markers is not handed over, yet it is progress.
  consumer.on('consumer.start_batch_process', ({ payload }) => {
    if (payload.batchSize > 0) return
    const progress = findProgress(generation, payload.partition)
    progress.finish(progress.begin(readOffset(payload.lastOffset) + 1))
    committer.schedule()
  })

  const watchdog = startWatchdog({
    limitMs: options.watchdogMs ?? 60_000,
    isExpectedToRead: () => state === 'running' && slots.hasFree(),
    readLookedAtMs: () => lookedAtMs,
    readLag: () => readUnseen(options, groupId, generation),
    onStalled: (stall) => fail({ reason: 'stalled', ...stall }),
  })

  async function stop(): Promise<void> {
    applyPause()
    await slots.waitUntilEmpty(closeTimeoutMs)
    await committer.commitNow()
    committer.close()
    watchdog.stop()
    await disconnect(consumer)
  }

  function close(): Promise<void> {
    state = 'closing'
    closing ??= stop()
    return closing
  }

  try {
    await consumer.connect()
    await consumer.subscribe({ topic, fromBeginning: true })
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: options.partitionsConsumedConcurrently ?? 4,
      eachBatch,
    })
    await joined.promise
  } catch (cause) {
    await close()
    throw new Error(`consume ${topic}`, { cause })
  }

  return {
    pause() {
      if (state === 'running') state = 'paused'
      applyPause()
    },
    resume() {
      if (state === 'paused') state = 'running'
      lookedAtMs = Date.now()
      applyPause()
    },
    isPaused: () => state === 'paused',
    readProgress: () => ({ inFlightBatches: slots.countTaken(), partitions: readPartitions(generation) }),
    close,
  }
}

function openKafkaConsumer(options: ConsumerOptions, groupId: string): KafkaConsumer {
  const sessionTimeout = options.sessionTimeoutMs ?? 10_000
  return createClient(options, { retry: RETRY }).consumer({
    groupId,
    sessionTimeout,
    heartbeatInterval: Math.floor(sessionTimeout / 4),
    rebalanceTimeout: Math.max(20_000, sessionTimeout),
    allowAutoTopicCreation: false,
    minBytes: 1,
    maxBytesPerPartition: options.bytesPerPartitionMax ?? 1024 * 1024,
    maxWaitTimeInMs: options.fetchWaitMs ?? 200,
    retry: RETRY,
  })
}

/** Records of this member's partitions that it has not even looked at. */
async function readUnseen(
  access: KafkaAccess & { topic: string },
  groupId: string,
  generation: Generation,
): Promise<number> {
  const topics = createTopics(access)
  try {
    const offsets = await topics.readOffsets(groupId, access.topic)
    let unseen = 0
    for (const of of offsets) {
      if (!generation.assigned.includes(of.partition)) continue
      const position = generation.partitions.get(of.partition)?.read().position ?? -1
      unseen += countLag({ ...of, committed: Math.max(of.committed ?? of.logStart, position) })
    }
    return unseen
  } finally {
    await topics.close()
  }
}

function readPartitions(generation: Generation): ConsumedPartition[] {
  return [...generation.partitions].map(([partition, progress]) => {
    const { position, committed, logEnd } = progress.read()
    return { partition, position, committed, logEnd, lag: committed < 0 ? 0 : Math.max(0, logEnd - committed) }
  })
}

async function disconnect(consumer: KafkaConsumer): Promise<void> {
  const limit = Promise.withResolvers<void>()
  const timer = setTimeout(limit.resolve, DISCONNECT_MS_MAX)
  await Promise.race([consumer.disconnect().catch(() => undefined), limit.promise])
  clearTimeout(timer)
}
