import { createTopics, type KafkaAccess, type ReceivedRecord, runConsumer } from '@carillon/kafka'

export interface TopicRecord extends ReceivedRecord {
  readonly partition: number
}

/** Where the partitions of a topic end, by number. */
export type TopicEnds = ReadonlyMap<number, number>

export async function readTopicEnds(access: KafkaAccess, topic: string): Promise<TopicEnds> {
  const topics = createTopics(access)
  try {
    const offsets = await topics.readOffsets('testkit.nobody', topic)
    return new Map(offsets.map(({ partition, logEnd }) => [partition, logEnd]))
  } finally {
    await topics.close()
  }
}

/** Everything that the topic holds by now, from `since` on. */
export async function readTopic(access: KafkaAccess, topic: string, since?: TopicEnds): Promise<TopicRecord[]> {
  const ends = await readTopicEnds(access, topic)
  const missing = new Set([...ends].filter(([, end]) => end > 0).map(([partition]) => partition))
  const found: TopicRecord[] = []
  if (missing.size === 0) return found
  const done = Promise.withResolvers<void>()
  const consumer = await runConsumer({
    ...access,
    topic,
    groupId: `testkit.${crypto.randomUUID()}`,
    onFatal: ({ reason }) => done.reject(new Error(`read ${topic}: ${reason}`)),
    async handle({ partition, records }) {
      for (const record of records) {
        if (record.offset >= (since?.get(partition) ?? 0)) found.push({ ...record, partition })
        if (record.offset + 1 >= (ends.get(partition) ?? 0)) missing.delete(partition)
      }
      if (missing.size === 0) done.resolve()
    },
  })
  try {
    await done.promise
  } finally {
    await consumer.close()
  }
  return found
}
