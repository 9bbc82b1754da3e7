import type { Consumer } from 'kafkajs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { offsetCommit } from '../../src/broker/protocol/group-offsets.ts'
import { openClient } from './ask.ts'
import { createKafka, openTestBroker, type TestBroker } from './open-test-broker.ts'

let broker: TestBroker
const opened: { disconnect(): Promise<void> }[] = []

beforeEach(async () => {
  broker = await openTestBroker()
})

afterEach(async () => {
  await Promise.all(opened.splice(0).map((client) => client.disconnect()))
  await broker.remove()
})

// As a consumer without a group membership commits. (kafkajs's own setOffsets joins the group and polls for 5 s.)
async function commit(groupId: string, topic: string, offset: number): Promise<void> {
  const client = await openClient(broker)
  const partitions = [{ index: 0, offset, metadata: null }]
  const answer = await client.ask(offsetCommit, 5, {
    groupId,
    generationId: -1,
    memberId: '',
    retentionTimeMs: -1,
    topics: [{ name: topic, partitions }],
  })
  client.close()
  expect(answer.topics[0]?.partitions[0]?.errorCode).toBe(0)
}

async function storedOffset(groupId: string, topic: string): Promise<string | undefined> {
  const admin = await openAdmin()
  const [found] = await admin.fetchOffsets({ groupId, topics: [topic] })
  return found?.partitions[0]?.offset
}

async function openAdmin() {
  const admin = createKafka(broker).admin()
  await admin.connect()
  opened.push(admin)
  return admin
}

async function openProducer() {
  const producer = createKafka(broker).producer()
  await producer.connect()
  opened.push(producer)
  return producer
}

async function openConsumer(groupId: string): Promise<Consumer> {
  const consumer = createKafka(broker).consumer({ groupId, heartbeatInterval: 100, maxWaitTimeInMs: 100 })
  await consumer.connect()
  opened.push(consumer)
  return consumer
}

// Resolves with the values when so many were read.
async function read(consumer: Consumer, topic: string, count: number): Promise<string[]> {
  const values: string[] = []
  const done = Promise.withResolvers<string[]>()
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  await consumer.run({
    eachMessage: async ({ message }) => {
      values.push(String(message.value))
      if (values.length === count) done.resolve(values)
    },
  })
  return done.promise
}

test('records that were produced are consumed, with keys and headers', async () => {
  const admin = await openAdmin()
  await admin.createTopics({ topics: [{ topic: 't', numPartitions: 2 }] })
  const producer = await openProducer()
  await producer.send({ topic: 't', messages: [{ key: 'k', value: 'v', headers: { trace: 'abc' }, partition: 1 }] })
  const consumer = await openConsumer('g')
  const done = Promise.withResolvers<unknown>()
  await consumer.subscribe({ topics: ['t'], fromBeginning: true })
  await consumer.run({
    eachMessage: async ({ partition, message }) =>
      done.resolve([partition, String(message.key), String(message.value), String(message.headers?.trace)]),
  })
  expect(await done.promise).toEqual([1, 'k', 'v', 'abc'])
})

test('a group goes on where it stood, also after the broker was restarted', async () => {
  const admin = await openAdmin()
  await admin.createTopics({ topics: [{ topic: 't' }] })
  const producer = await openProducer()
  await producer.send({ topic: 't', messages: ['a', 'b', 'c'].map((value) => ({ value })) })
  const first = await openConsumer('g')
  expect(await read(first, 't', 3)).toEqual(['a', 'b', 'c'])
  await first.disconnect()
  broker = await broker.reopen()
  await producer.send({ topic: 't', messages: [{ value: 'd' }] })
  expect(await read(await openConsumer('g'), 't', 1)).toEqual(['d'])
})

test('the partitions of a member that leaves go to the one that stays', async () => {
  const admin = await openAdmin()
  await admin.createTopics({ topics: [{ topic: 't', numPartitions: 4 }] })
  const shares = new Map<string, number>()
  const changed = { notify: () => {} }
  const follow = async (name: string) => {
    const consumer = await openConsumer('g')
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      shares.set(name, payload.memberAssignment.t?.length ?? 0)
      changed.notify()
    })
    await consumer.subscribe({ topics: ['t'] })
    await consumer.run({ eachMessage: async () => {} })
    return consumer
  }
  const until = (wanted: Record<string, number>) =>
    new Promise<void>((resolve) => {
      changed.notify = () => {
        if (Object.entries(wanted).every(([name, count]) => shares.get(name) === count)) resolve()
      }
      changed.notify()
    })
  await follow('one')
  await until({ one: 4 })
  const two = await follow('two')
  await until({ one: 2, two: 2 })
  await two.disconnect()
  await until({ one: 4 })
  expect((await admin.describeGroups(['g'])).groups[0]).toMatchObject({
    state: 'Stable',
    protocol: 'RoundRobinAssigner',
  })
})

test('offsets of a group are read, and deleted with it', async () => {
  const admin = await openAdmin()
  await admin.createTopics({ topics: [{ topic: 't' }] })
  await commit('g', 't', -2)
  expect(await storedOffset('g', 't')).toBe('-2')
  await commit('g', 't', 2)
  expect(await storedOffset('g', 't')).toBe('2')
  expect((await admin.describeGroups(['g'])).groups[0]?.state).toBe('Empty')
  await admin.deleteGroups(['g'])
  expect(await storedOffset('g', 't')).toBe('-1')
  expect((await admin.describeGroups(['g'])).groups[0]?.state).toBe('Dead')
  await expect(admin.deleteGroups(['g'])).rejects.toMatchObject({ groups: [{ errorCode: 69 }] })
})

test('a topic that is created again begins empty, and nobody stands where the old one was read', async () => {
  const admin = await openAdmin()
  await admin.createTopics({ topics: [{ topic: 't' }] })
  await (await openProducer()).send({ topic: 't', messages: [{ value: 'old' }] })
  await commit('g', 't', 1)
  await admin.deleteTopics({ topics: ['t'] })
  expect(await admin.listTopics()).toEqual([])
  await admin.createTopics({ topics: [{ topic: 't' }] })
  expect(await admin.fetchTopicOffsets('t')).toMatchObject([{ low: '0', high: '0' }])
  expect(await storedOffset('g', 't')).toBe('-1')
})

test('settings of a topic are altered, kept over a restart, and refused where they mean nothing', async () => {
  const admin = await openAdmin()
  await admin.createTopics({ topics: [{ topic: 't', configEntries: [{ name: 'retention.ms', value: '1000' }] }] })
  const setting = async (asked = admin) => {
    const { resources } = await asked.describeConfigs({ includeSynonyms: true, resources: [{ type: 2, name: 't' }] })
    return resources[0]?.configEntries.find(({ configName }) => configName === 'retention.ms')?.configValue
  }
  const alter = (name: string, value: string) =>
    admin.alterConfigs({ validateOnly: false, resources: [{ type: 2, name: 't', configEntries: [{ name, value }] }] })
  expect(await setting()).toBe('1000')
  await alter('retention.ms', '2000')
  await expect(alter('cleanup.policy', 'compact')).rejects.toMatchObject({ code: 40 })
  broker = await broker.reopen()
  expect(await setting(await openAdmin())).toBe('2000')
})

test('no topic is created by use', async () => {
  const producer = createKafka(broker).producer({ retry: { retries: 1 } })
  opened.push(producer)
  await producer.connect()
  await expect(producer.send({ topic: 'unknown', messages: [{ value: 'a' }] })).rejects.toThrow(
    'does not host this topic-partition',
  )
  expect(await (await openAdmin()).listTopics()).toEqual([])
})
