import type { Kafka } from 'kafkajs'
import { within } from '../conformance/expect.ts'

const READ_MS_MAX = 60_000

/** Everything that a topic's one partition holds, by offset. */
export async function readTopic(kafka: Kafka, topic: string): Promise<Map<number, string>> {
  const found = new Map<number, string>()
  const admin = kafka.admin()
  await admin.connect()
  const [end] = await admin.fetchTopicOffsets(topic)
  await admin.disconnect()
  if (Number(end?.offset) === 0) return found
  const consumer = kafka.consumer({ groupId: `reader-${crypto.randomUUID()}`, maxWaitTimeInMs: 100 })
  const done = Promise.withResolvers<void>()
  consumer.on(consumer.events.CRASH, ({ payload }) => done.reject(payload.error))
  await consumer.connect()
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  try {
    await consumer.run({
      // A full disk stores no offsets either.
      autoCommit: false,
      eachMessage: async ({ message }) => {
        found.set(Number(message.offset), String(message.value))
        if (Number(message.offset) + 1 >= Number(end?.offset)) done.resolve()
      },
    })
    await within(READ_MS_MAX, `reading ${topic}`, done.promise)
  } finally {
    await consumer.disconnect()
  }
  return found
}
