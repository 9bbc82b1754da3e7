import type { Consumer, Kafka } from 'kafkajs'
import { eventually, expect, expectEqual } from './expect.ts'
import type { Line, Stage } from './line.ts'

export const clientLines: Line[] = [
  { number: 13, name: 'two kafkajs members: no partition owned twice in a generation', check: shareWithTwoMembers },
  { number: 14, name: 'the whole kafkajs admin', check: administrate },
]

interface Member {
  readonly consumer: Consumer
  readonly seen: { partition: number; offset: number; value: string }[]
  owned: number[]
}

// What each member owns, by the generation that its first heartbeat after the join names.
type Ownership = Map<number, number[][]>

async function openMember(kafka: Kafka, topic: string, groupId: string, ownership: Ownership): Promise<Member> {
  const consumer = kafka.consumer({ groupId, sessionTimeout: 6_000, heartbeatInterval: 100, maxWaitTimeInMs: 100 })
  const member: Member = { consumer, seen: [], owned: [] }
  let isNew = false
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    member.owned = payload.memberAssignment[topic] ?? []
    isNew = true
  })
  consumer.on(consumer.events.HEARTBEAT, ({ payload }) => {
    if (!isNew) return
    isNew = false
    ownership.set(payload.groupGenerationId, [...(ownership.get(payload.groupGenerationId) ?? []), member.owned])
  })
  await consumer.connect()
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  await consumer.run({
    eachMessage: async ({ partition, message }) => {
      member.seen.push({ partition, offset: Number(message.offset), value: String(message.value) })
    },
  })
  return member
}

async function shareWithTwoMembers({ kafka, createTopic }: Stage): Promise<void> {
  const topic = await createTopic('shared', 4)
  const ownership: Ownership = new Map()
  const producer = kafka.producer()
  await producer.connect()
  const send = (value: string) =>
    producer.send({ topic, messages: [0, 1, 2, 3].map((partition) => ({ partition, value })) })
  const first = await openMember(kafka, topic, 'sharers', ownership)
  const opened = [first]
  try {
    await send('alone')
    await eventually(15_000, async () => expectEqual(first.seen.length, 4, 'records of the only member'))
    const second = await openMember(kafka, topic, 'sharers', ownership)
    opened.push(second)
    await eventually(15_000, async () =>
      expectEqual([first.owned.length, second.owned.length], [2, 2], 'partitions of each after the rebalance'),
    )
    await pauseAndResume(second, topic, send)
    await seekBack(second, topic, send)
    await second.consumer.disconnect()
    opened.pop()
    await eventually(15_000, async () => expectEqual(first.owned.length, 4, 'partitions after the other has left'))
  } finally {
    await Promise.all([...opened.map(({ consumer }) => consumer.disconnect()), producer.disconnect()])
  }
  for (const [generation, shares] of ownership) {
    const owned = shares.flat()
    expectEqual(new Set(owned).size, owned.length, `partitions owned once in generation ${generation}`)
  }
}

type Send = (value: string) => Promise<unknown>

async function pauseAndResume({ consumer, seen, owned }: Member, topic: string, send: Send): Promise<void> {
  const [partition = -1] = owned
  const countOf = (value: string) => seen.filter((each) => each.value === value && each.partition === partition).length
  await send('before')
  await eventually(10_000, async () => expectEqual(countOf('before'), 1, 'records before the pause'))
  consumer.pause([{ topic, partitions: [partition] }])
  await send('paused')
  await eventually(10_000, async () => {
    const others = seen.filter((each) => each.value === 'paused' && each.partition !== partition)
    expectEqual(others.length, 1, 'records of the other partition during the pause')
  })
  expectEqual(countOf('paused'), 0, 'records during the pause')
  consumer.resume([{ topic, partitions: [partition] }])
  await eventually(10_000, async () => expectEqual(countOf('paused'), 1, 'records after the pause'))
}

async function seekBack({ consumer, seen, owned }: Member, topic: string, send: Send): Promise<void> {
  const [partition = -1] = owned
  consumer.seek({ topic, partition, offset: '0' })
  await send('sought')
  await eventually(10_000, async () => {
    const again = seen.filter((each) => each.partition === partition && each.offset === 0)
    expect(again.length > 0, 'the first record is read again')
  })
}

async function administrate({ kafka, createTopic }: Stage): Promise<void> {
  const topic = await createTopic('administered', 2)
  const admin = kafka.admin()
  const producer = kafka.producer()
  await Promise.all([admin.connect(), producer.connect()])
  try {
    await producer.send({ topic, messages: [0, 1].map((partition) => ({ partition, value: 'x' })) })
    await checkTopicsOf(admin, topic)
    await checkOffsetsOf(admin, topic)
    await checkGroupsOf(admin, topic)
    await admin.deleteTopics({ topics: [topic] })
    await eventually(5_000, async () => expect(!(await admin.listTopics()).includes(topic), 'deleted'))
  } finally {
    await Promise.all([admin.disconnect(), producer.disconnect()])
  }
}

type Admin = ReturnType<Kafka['admin']>

async function checkTopicsOf(admin: Admin, topic: string): Promise<void> {
  expect((await admin.listTopics()).includes(topic), 'listed')
  expectEqual(
    await admin.createTopics({ topics: [{ topic, numPartitions: 1, replicationFactor: 1 }] }),
    false,
    'a second create',
  )
  await admin.createPartitions({ topicPartitions: [{ topic, count: 3 }] })
  const { topics } = await eventually(5_000, async () => {
    const metadata = await admin.fetchTopicMetadata({ topics: [topic] })
    expectEqual(metadata.topics[0]?.partitions.length, 3, 'partitions')
    return metadata
  })
  expect(topics[0]?.partitions.every(({ leader }) => leader >= 0) ?? false, 'leaders')
  expectEqual((await admin.describeCluster()).brokers.length, 1, 'brokers')
  const resource = { type: 2, name: topic }
  await admin.alterConfigs({
    validateOnly: false,
    resources: [{ ...resource, configEntries: [{ name: 'retention.ms', value: '7200000' }] }],
  })
  await eventually(5_000, async () => {
    const { resources } = await admin.describeConfigs({ includeSynonyms: false, resources: [resource] })
    const setting = resources[0]?.configEntries.find(({ configName }) => configName === 'retention.ms')
    expectEqual(setting?.configValue, '7200000', 'the altered setting')
  })
}

async function checkOffsetsOf(admin: Admin, topic: string): Promise<void> {
  const byPartition = (found: { partition: number; offset: string }[]) =>
    found.sort((one, other) => one.partition - other.partition).map(({ offset }) => offset)
  const offsets = await admin.fetchTopicOffsets(topic)
  expectEqual(byPartition(offsets), ['1', '1', '0'], 'end offsets')
  const inTheFuture = await admin.fetchTopicOffsetsByTimestamp(topic, Date.now() + 3_600_000)
  expectEqual(byPartition(inTheFuture), ['1', '1', '0'], 'offsets of a time to come')
  expectEqual(
    byPartition(await admin.fetchTopicOffsetsByTimestamp(topic, 1)),
    ['0', '0', '0'],
    'offsets of a time long ago',
  )
  await admin.deleteTopicRecords({ topic, partitions: [{ partition: 1, offset: '1' }] })
  const lows = (await admin.fetchTopicOffsets(topic)).sort((one, other) => one.partition - other.partition)
  expectEqual(
    lows.map(({ low }) => low),
    ['0', '1', '0'],
    'starts after deleteTopicRecords',
  )
}

async function checkGroupsOf(admin: Admin, topic: string): Promise<void> {
  const groupId = 'administered-group'
  const stored = async () => {
    const [found] = await admin.fetchOffsets({ groupId, topics: [topic] })
    return found?.partitions.sort((one, other) => one.partition - other.partition).map(({ offset }) => offset)
  }
  await admin.setOffsets({ groupId, topic, partitions: [{ partition: 0, offset: '1' }] })
  expectEqual(await stored(), ['1', '-1', '-1'], 'offsets that were set')
  await admin.resetOffsets({ groupId, topic, earliest: true })
  expectEqual((await stored())?.[0], '-2', 'offsets after the reset')
  const { groups } = await admin.listGroups()
  expect(
    groups.some((group) => group.groupId === groupId),
    'the group is listed',
  )
  const described = await admin.describeGroups([groupId])
  expectEqual(described.groups[0]?.state, 'Empty', 'its state')
  await admin.deleteGroups([groupId])
  const after = await admin.describeGroups([groupId])
  expectEqual(after.groups[0]?.state, 'Dead', 'its state after the delete')
}
