// The way of a batch: fetched → cut into chunks → handed over (the fetch position moves at once) → finished, in any order →
// committed behind the lowest unfinished one. Fetching therefore never waits for a send, only for a free slot, and a crash
// repeats at most what was in flight.
import type { Consumer as KafkaConsumer } from 'kafkajs'
import { createBatchReader } from './batch-reader.ts'
import { createClient } from './client.ts'
import { createCommitter } from './committer.ts'
import type { Consumer, ConsumerOptions, FatalReason } from './consumer-options.ts'
import { createGeneration, describePartitions } from './generation.ts'
import { followGroup, type Membership } from './membership.ts'
import { createSlots } from './slots.ts'
import { createTopics, groupOf } from './topics.ts'
import { countUnseen } from './unseen-records.ts'
import { startWatchdog } from './watchdog.ts'

// A record ends the wait at once. A longer one would hold up who joins the group, and who leaves it.
const FETCH_WAIT_MS = 1_000
const RETRY = { initialRetryTime: 200, multiplier: 2, factor: 0.2, maxRetryTime: 2_000, retries: 8 }
// With its broker gone the client would wait for answers that never come.
const FAREWELL_MS_MAX = 3_000

/** Resolves once the member has joined its group. */
export async function runConsumer(options: ConsumerOptions): Promise<Consumer> {
  const { topic, groupId = groupOf(topic), log } = options
  const membership: Membership = { topic, phase: 'running', generation: createGeneration([]), lookedAtMs: Date.now() }
  // A client that crashed for want of a broker starts over by itself, and would do so after it was closed.
  const kafkaConsumer = openKafkaConsumer(options, groupId, () => membership.phase !== 'closing')
  const slots = createSlots(options.inFlightBatchesMax ?? 2)
  const committer = createCommitter({ membership, intervalMs: options.commitIntervalMs ?? 100, log })
  const joined = Promise.withResolvers<void>()
  joined.promise.catch(() => undefined)

  function fail(reason: FatalReason): void {
    if (membership.phase === 'failed' || membership.phase === 'closing') return
    membership.phase = 'failed'
    applyPause(kafkaConsumer, membership)
    const cause = 'error' in reason ? reason.error : undefined
    joined.reject(new Error(`consume ${topic}: ${reason.reason}`, { cause }))
    options.onFatal(reason)
  }

  followGroup(kafkaConsumer, membership, {
    onRebalance: () => void committer.commitNow(),
    onJoin() {
      applyPause(kafkaConsumer, membership)
      joined.resolve()
    },
    onProgress: committer.schedule,
    onCrash: (error) => fail({ reason: 'crashed', error }),
  })
  const watching = createTopics(options)
  const watchdog = startWatchdog({
    limitMs: options.watchdogMs ?? 60_000,
    isExpectedToRead: () => membership.phase === 'running' && slots.hasFree(),
    readLookedAtMs: () => membership.lookedAtMs,
    readLag: () => countUnseen(watching, groupId, topic, membership.generation),
    onStalled: (stall) => fail({ reason: 'stalled', ...stall }),
  })
  const readBatch = createBatchReader({
    membership,
    slots,
    batchRecordsMax: options.batchRecordsMax ?? 1_000,
    handle: options.handle,
    onFinished: committer.schedule,
    onFailed: (error) => fail({ reason: 'handler_failed', error }),
  })

  let closing: Promise<void> | undefined
  function close(): Promise<void> {
    membership.phase = 'closing'
    closing ??= stop()
    return closing
  }

  async function stop(): Promise<void> {
    applyPause(kafkaConsumer, membership)
    await slots.waitUntilEmpty(options.closeTimeoutMs ?? 20_000)
    watchdog.stop()
    await withinLimit(watching.close())
    await withinLimit(committer.close())
    await withinLimit(kafkaConsumer.disconnect())
  }

  try {
    await startReading(kafkaConsumer, options, readBatch)
    await joined.promise
  } catch (cause) {
    await close()
    throw new Error(`consume ${topic}`, { cause })
  }

  return {
    pause() {
      if (membership.phase === 'running') membership.phase = 'paused'
      applyPause(kafkaConsumer, membership)
    },
    resume() {
      if (membership.phase === 'paused') membership.phase = 'running'
      membership.lookedAtMs = Date.now()
      applyPause(kafkaConsumer, membership)
    },
    isPaused: () => membership.phase === 'paused',
    readProgress: () => ({
      inFlightBatches: slots.countTaken(),
      partitions: describePartitions(membership.generation),
    }),
    close,
  }
}

function openKafkaConsumer(options: ConsumerOptions, groupId: string, mayRestart: () => boolean): KafkaConsumer {
  const sessionTimeout = options.sessionTimeoutMs ?? 10_000
  return createClient(options, { retry: RETRY }).consumer({
    groupId,
    sessionTimeout,
    heartbeatInterval: Math.floor(sessionTimeout / 4),
    rebalanceTimeout: Math.max(20_000, sessionTimeout),
    allowAutoTopicCreation: false,
    minBytes: 1,
    maxBytesPerPartition: options.bytesPerPartitionMax ?? 1024 * 1024,
    maxWaitTimeInMs: options.fetchWaitMs ?? FETCH_WAIT_MS,
    retry: { ...RETRY, restartOnFailure: async () => mayRestart() },
  })
}

async function startReading(
  consumer: KafkaConsumer,
  { topic, partitionsConsumedConcurrently = 4 }: ConsumerOptions,
  eachBatch: ReturnType<typeof createBatchReader>,
): Promise<void> {
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  await consumer.run({ autoCommit: false, eachBatchAutoResolve: false, partitionsConsumedConcurrently, eachBatch })
}

// The client forgets a pause when it starts over after a lost connection, and takes none before it has joined; so the phase is
// applied again with every join.
function applyPause(consumer: KafkaConsumer, { topic, phase }: Membership): void {
  try {
    if (phase === 'running') consumer.resume([{ topic }])
    else consumer.pause([{ topic }])
  } catch {
    // Not joined: applied with the join.
  }
}

async function withinLimit(farewell: Promise<void>): Promise<void> {
  const limit = Promise.withResolvers<void>()
  const timer = setTimeout(limit.resolve, FAREWELL_MS_MAX)
  await Promise.race([farewell.catch(() => undefined), limit.promise])
  clearTimeout(timer)
}
