import { randomUUID } from 'node:crypto'
import type { EachBatchPayload } from 'kafkajs'
import { createClient } from './client.ts'
import type { KafkaAccess } from './connection.ts'
import { readRecord } from './read-record.ts'
import type { ReceivedRecord } from './record.ts'

/** From an offset up to another one, which is left out. */
export interface Span {
  readonly partition: number
  readonly from: number
  readonly to: number
}

export interface ReadRecord extends ReceivedRecord {
  readonly partition: number
}

const RETRY = { initialRetryTime: 200, multiplier: 2, factor: 0.2, maxRetryTime: 2_000, retries: 4 }
const READ_MS_MAX = 30_000

/**
 * Reads parts of a topic for a person and not for work: in a group of its own that is gone afterwards, committing nothing.
 * What retention has deleted meanwhile is left out.
 */
export async function readSpans(access: KafkaAccess, topic: string, spans: readonly Span[]): Promise<ReadRecord[]> {
  const wanted = new Map(spans.filter(({ from, to }) => from < to).map((span) => [span.partition, span]))
  const found: ReadRecord[] = []
  if (wanted.size === 0) return found
  const groupId = `carillon-reader-${randomUUID()}`
  const client = createClient(access, { retry: RETRY })
  const consumer = client.consumer({ groupId, maxWaitTimeInMs: 200, retry: RETRY })
  const done = Promise.withResolvers<void>()
  consumer.on(consumer.events.CRASH, ({ payload }) => done.reject(payload.error))

  async function read({ batch, resolveOffset }: EachBatchPayload): Promise<void> {
    const span = wanted.get(batch.partition)
    if (!span) return
    for (const message of batch.messages) {
      const offset = Number(message.offset)
      if (offset >= span.from && offset < span.to) found.push({ ...readRecord(message), partition: batch.partition })
    }
    resolveOffset(batch.lastOffset())
    if (Number(batch.lastOffset()) + 1 >= span.to) wanted.delete(batch.partition)
    if (wanted.size === 0) done.resolve()
  }

  try {
    await consumer.connect()
    await consumer.subscribe({ topics: [topic], fromBeginning: true })
    await consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch: read })
    for (const { partition, from } of wanted.values()) consumer.seek({ topic, partition, offset: String(from) })
    await within(done.promise)
    return found
  } catch (cause) {
    throw new Error(`read ${topic}`, { cause })
  } finally {
    await consumer.disconnect()
    await forgetGroup(client, groupId)
  }
}

/** A group without members is forgotten by the broker in days; nobody should see it until then. */
export async function forgetGroup(client: ReturnType<typeof createClient>, groupId: string): Promise<void> {
  const admin = client.admin()
  try {
    await admin.connect()
    await admin.deleteGroups([groupId])
  } catch {
    // It may never have come to be.
  } finally {
    await admin.disconnect()
  }
}

async function within(promise: Promise<void>): Promise<void> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Error(`it took longer than ${READ_MS_MAX} ms`)), READ_MS_MAX)
  try {
    await Promise.race([promise, late.promise])
  } finally {
    clearTimeout(timer)
  }
}
