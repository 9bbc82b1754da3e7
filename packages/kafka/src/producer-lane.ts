// A lane sends one batch at a time, and all that arrived meanwhile is the next: under load batches grow by themselves, and no
// timer delays a record that is alone. Records leave the lane in the order in which they came.
import type { Producer as KafkaProducer } from 'kafkajs'
import { createClient } from './client.ts'
import type { KafkaAccess } from './connection.ts'
import { PublishError } from './publish-error.ts'
import { createPublishQueue, type QueuedRecord } from './publish-queue.ts'
import { classifySendError, createKafkaProducer, sendBatch } from './send-batch.ts'

export interface LaneLimits {
  readonly batchRecordsMax: number
  readonly batchBytesMax: number
  readonly deliveryTimeoutMs: number
}

// Few and short: the callers' own deadline is what bounds the whole, and a restarted broker is back within seconds.
const RETRY = { initialRetryTime: 100, multiplier: 2, factor: 0.2, maxRetryTime: 1_000, retries: 4 }

export function createLane(access: KafkaAccess, limits: LaneLimits) {
  const queue = createPublishQueue()
  const inFlight = new Set<QueuedRecord>()
  const idleWaiters: (() => void)[] = []
  const times = { requestTimeoutMs: limits.deliveryTimeoutMs, retry: RETRY }
  let connecting: Promise<KafkaProducer> | undefined
  let isSending = false
  let deadline: NodeJS.Timeout | undefined

  async function openProducer(): Promise<KafkaProducer> {
    const producer = createKafkaProducer(createClient(access, times))
    try {
      await producer.connect()
      return producer
    } catch (error) {
      connecting = undefined
      void producer.disconnect().catch(() => undefined)
      throw error
    }
  }

  function connect(): Promise<KafkaProducer> {
    connecting ??= openProducer()
    return connecting
  }

  // A client that lost its brokers, or whose topics changed under it, does not always find back; a fresh one does.
  async function dropClient(): Promise<void> {
    const dropped = connecting
    connecting = undefined
    await dropped?.then((producer) => producer.disconnect()).catch(() => undefined)
  }

  async function drain(): Promise<void> {
    isSending = true
    // Lets everything that is published in this same turn join the first batch.
    await Promise.resolve()
    for (let batch = takeBatch(); batch.length > 0; batch = takeBatch()) {
      await deliver(batch)
      inFlight.clear()
    }
    isSending = false
    for (const wake of idleWaiters.splice(0)) wake()
  }

  function takeBatch(): QueuedRecord[] {
    const batch = queue.takeBatch(limits.batchRecordsMax, limits.batchBytesMax)
    for (const queued of batch) inFlight.add(queued)
    return batch
  }

  async function deliver(batch: readonly QueuedRecord[]): Promise<void> {
    try {
      await sendBatch(await connect(), batch, limits.deliveryTimeoutMs)
    } catch (cause) {
      const error = classifySendError(cause)
      if (error.code === 'unavailable' || error.code === 'unknown_topic') void dropClient()
      const parts = splitBatch(batch, error)
      if (parts.length === 1) for (const queued of batch) queued.publication.fail(error)
      else for (const part of parts) await deliver(part)
    }
  }

  /** Answers callers whose time is over, though the client below may still be trying. */
  function expireOverdue(): void {
    deadline = undefined
    const dueMs = Date.now() - limits.deliveryTimeoutMs
    const error = new PublishError('unavailable', `no acknowledgement within ${limits.deliveryTimeoutMs} ms`)
    for (const queued of inFlight) {
      if (queued.queuedAtMs > dueMs) continue
      inFlight.delete(queued)
      queued.publication.fail(error)
    }
    for (let first = queue.peek(); first !== undefined && first.queuedAtMs <= dueMs; first = queue.peek()) {
      queue.shift()
      first.publication.fail(error)
    }
    armDeadline()
  }

  function armDeadline(): void {
    if (deadline !== undefined) return
    const oldest = inFlight.values().next().value ?? queue.peek()
    if (oldest === undefined) return
    deadline = setTimeout(expireOverdue, Math.max(1, oldest.queuedAtMs + limits.deliveryTimeoutMs - Date.now()))
    deadline.unref()
  }

  function waitUntilIdle(timeoutMs: number): Promise<void> {
    if (!isSending) return Promise.resolve()
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, timeoutMs)
      idleWaiters.push(() => {
        clearTimeout(timer)
        resolve()
      })
    })
  }

  return {
    connect: async (): Promise<void> => void (await connect()),
    add(records: readonly QueuedRecord[]): void {
      for (const queued of records) queue.add(queued)
      armDeadline()
      if (!isSending) void drain()
    },
    countRecords: (): number => queue.countRecords() + inFlight.size,
    countBytes: (): number => queue.countBytes(),
    async close(timeoutMs: number): Promise<void> {
      await waitUntilIdle(timeoutMs)
      clearTimeout(deadline)
      const error = new PublishError('closed', 'the producer closed before the broker acknowledged')
      for (const queued of inFlight) queued.publication.fail(error)
      for (let first = queue.shift(); first !== undefined; first = queue.shift()) first.publication.fail(error)
      await dropClient()
    },
  }
}

export type Lane = ReturnType<typeof createLane>

/** One record that the broker will not take must not fail its neighbours: they are sent again without it. */
function splitBatch(batch: readonly QueuedRecord[], error: PublishError): (readonly QueuedRecord[])[] {
  if (error.code === 'unavailable' || batch.length === 1) return [batch]
  const byTopic = Map.groupBy(batch, ({ record }) => record.topic)
  if (byTopic.size > 1) return [...byTopic.values()]
  if (error.code === 'unknown_topic') return [batch]
  const half = batch.length >> 1
  return [batch.slice(0, half), batch.slice(half)]
}
