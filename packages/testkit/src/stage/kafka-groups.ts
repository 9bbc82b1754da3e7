import { channelTopic, eventsTopic, groupOf, type Lane, READ_TOPIC } from '@carillon/contracts'
import { Kafka, logLevel } from 'kafkajs'

export interface ConsumedTopic {
  readonly groupId: string
  readonly topic: string
}

const LANES: readonly Lane[] = ['urgent', 'normal']
const SEATS_MS_MAX = 30_000

/** What router, email and escalation consume. */
export const FLEET_GROUPS: readonly ConsumedTopic[] = [
  ...LANES.map(eventsTopic),
  ...LANES.map((lane) => channelTopic('EMAIL', lane)),
  READ_TOPIC,
].map((topic) => ({ groupId: groupOf(topic), topic }))

/** As an operator does it, with everybody of the groups stopped. A member that was killed keeps its seat for a while. */
export async function moveGroups(
  address: string,
  groups: readonly ConsumedTopic[],
  to: 'earliest' | 'latest',
): Promise<void> {
  const kafka = new Kafka({ clientId: 'testkit', brokers: [address], logLevel: logLevel.NOTHING })
  const admin = kafka.admin()
  await admin.connect()
  try {
    // Side by side: the client joins each group for a fetch of five seconds.
    await Promise.all(
      groups.map(async ({ groupId, topic }) => {
        const ends = await admin.fetchTopicOffsets(topic)
        const offsetOf = { earliest: 'low', latest: 'high' } as const
        const partitions = ends.map((end) => ({ partition: end.partition, offset: end[offsetOf[to]] }))
        await untilEmpty(() => admin.setOffsets({ groupId, topic, partitions }))
      }),
    )
  } finally {
    await admin.disconnect()
  }
}

async function untilEmpty(move: () => Promise<unknown>): Promise<void> {
  for (const deadlineMs = performance.now() + SEATS_MS_MAX; ; await new Promise((next) => setTimeout(next, 250))) {
    try {
      await move()
      return
    } catch (cause) {
      if (performance.now() > deadlineMs) throw new Error('move a consumer group', { cause })
    }
  }
}
