import { randomUUID } from 'node:crypto'
import { createClient } from './client.ts'
import type { KafkaAccess } from './connection.ts'
import { readRecord } from './read-record.ts'
import { forgetGroup, type ReadRecord } from './read-spans.ts'

export interface Followed extends ReadRecord {
  readonly topic: string
}

const RETRY = { initialRetryTime: 200, multiplier: 2, factor: 0.2, maxRetryTime: 2_000, retries: 4 }

/**
 * Shows each record that comes from now on to a person. Nobody's work: a group of its own, no commits, and no trace when it
 * is closed. Resolves when it listens.
 */
export async function followTopics(
  access: KafkaAccess,
  topics: readonly string[],
  onRecord: (record: Followed) => void,
): Promise<{ readonly failed: Promise<never>; close(): Promise<void> }> {
  const client = createClient(access, { retry: RETRY })
  const groupId = `carillon-reader-${randomUUID()}`
  const consumer = client.consumer({ groupId, maxWaitTimeInMs: 500, retry: RETRY })
  const joined = Promise.withResolvers<void>()
  const failed = Promise.withResolvers<never>()
  failed.promise.catch(() => undefined)
  consumer.on(consumer.events.GROUP_JOIN, () => joined.resolve())
  consumer.on(consumer.events.CRASH, ({ payload }) => failed.reject(payload.error))

  async function close(): Promise<void> {
    await consumer.disconnect()
    await forgetGroup(client, groupId)
  }
  try {
    await consumer.connect()
    await consumer.subscribe({ topics: [...topics], fromBeginning: false })
    await consumer.run({
      autoCommit: false,
      eachMessage: async ({ topic, partition, message }) => onRecord({ ...readRecord(message), topic, partition }),
    })
    await Promise.race([joined.promise, failed.promise])
    return { failed: failed.promise, close }
  } catch (cause) {
    await close().catch(() => undefined)
    throw new Error(`follow ${topics.join(', ')}`, { cause })
  }
}
