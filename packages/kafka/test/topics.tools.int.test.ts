import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  createDeadLetters,
  createProducer,
  createTopics,
  type KafkaAccess,
  runConsumer,
  type Topics,
} from '../src/index.ts'
import { accessTo, createTopic, openBroker, produceWithKcat, readTopic, type TestBroker, waitUntil } from './broker.ts'

let broker: TestBroker
let access: KafkaAccess
let topics: Topics

beforeAll(async () => {
  broker = await openBroker()
  access = accessTo(broker.address)
  topics = createTopics(access)
}, 60_000)
afterAll(async () => {
  await topics.close()
  await broker.close()
})

test('what is missing is created, what exists is left alone, and differences are told', async () => {
  const [a, b] = [`test.${randomUUID()}`, `test.${randomUUID()}`]
  const first = { name: a, partitions: 3, configs: { 'retention.ms': '3600000' } }
  const second = { name: b, partitions: 1 }
  expect(await topics.ensureTopics([first])).toEqual([{ name: a, status: 'created' }])
  expect(await topics.ensureTopics([first, second])).toEqual([
    { name: a, status: 'exists' },
    { name: b, status: 'created' },
  ])
  expect(await topics.ensureTopics([{ name: a, partitions: 6, configs: { 'retention.ms': '1000' } }, second])).toEqual([
    {
      name: a,
      status: 'different',
      differences: [
        { what: 'partitions', wanted: '6', actual: '3' },
        { what: 'retention.ms', wanted: '1000', actual: '3600000' },
      ],
    },
    { name: b, status: 'exists' },
  ])
  const described = await topics.describeTopics([a, 'no.such.topic'])
  expect(described).toMatchObject([
    { name: a, partitions: 3, replicationFactor: 1, configs: { 'retention.ms': '3600000' } },
  ])
  expect((await topics.describeTopics()).map(({ name }) => name)).toContain(b)
})

test('two processes that create the same topics at once both succeed', async () => {
  const definitions = Array.from({ length: 4 }, () => ({ name: `test.${randomUUID()}`, partitions: 2 }))
  const other = createTopics(access)
  const results = await Promise.all([topics.ensureTopics(definitions), other.ensureTopics(definitions)])
  await other.close()
  for (const { status } of results.flat()) expect(['created', 'exists']).toContain(status)
})

test('offsets and lag are read for a group that has committed and for one that has not', async () => {
  const topic = await createTopic(access, 2)
  expect(await topics.readOffsets('nobody', topic)).toEqual([
    { partition: 0, logStart: 0, logEnd: 0, committed: null },
    { partition: 1, logStart: 0, logEnd: 0, committed: null },
  ])
  const producer = createProducer(access)
  await producer.publishMany(Array.from({ length: 10 }, (_, i) => ({ topic, partition: i < 7 ? 0 : 1, value: `${i}` })))
  await producer.close()
  expect(await topics.readLag([{ groupId: 'nobody', topic }])).toEqual([
    { groupId: 'nobody', topic, partition: 0, logStart: 0, logEnd: 7, committed: null, lag: 7 },
    { groupId: 'nobody', topic, partition: 1, logStart: 0, logEnd: 3, committed: null, lag: 3 },
  ])
  const consumer = await runConsumer({ ...access, topic, handle: async () => undefined, onFatal: () => undefined })
  const isDone = async () => (await topics.readLag([{ groupId: topic, topic }])).every(({ lag }) => lag === 0)
  await waitUntil(isDone, () => 'still behind')
  await consumer.close()
  expect((await topics.readOffsets(topic, topic)).map(({ committed }) => committed)).toEqual([7, 3])
})

test('a broker that is not there is not reachable, in bounded time', async () => {
  const nowhere = createTopics(accessTo('127.0.0.1:9'))
  expect(await nowhere.isReachable(500)).toBe(false)
  expect(await topics.isReachable(5_000)).toBe(true)
  await nowhere.close()
})

test('a record that is no JSON becomes a dead letter with its bytes untouched', async () => {
  const topic = await createTopic(access, 1)
  const deadLetterTopic = await createTopic(access, 1)
  await produceWithKcat(broker.address, topic, ['-H', 'tenant-id=t1', '-k', 'the-key'], ['{ not json'])
  const producer = createProducer(access)
  const deadLetters = createDeadLetters(producer)
  const consumer = await runConsumer({
    ...access,
    topic,
    async handle({ partition, records }) {
      const letters = records.map((record) => ({ topic, partition, record, reason: 'malformed', message: 'no JSON' }))
      await deadLetters.sendMany(deadLetterTopic, letters)
    },
    onFatal: () => undefined,
  })
  await waitUntil(
    async () => (await readTopic(broker.address, deadLetterTopic)).length === 1,
    () => 'no dead letter',
  )
  await Promise.all([consumer.close(), producer.close()])
  const [letter] = await readTopic(broker.address, deadLetterTopic)
  const [original] = await readTopic(broker.address, topic)
  expect(letter).toMatchObject({ key: 'the-key', payload: '{ not json' })
  const headers = Object.fromEntries(
    Array.from(
      { length: (letter?.headers?.length ?? 0) / 2 },
      (_, i) => letter?.headers?.slice(i * 2, i * 2 + 2) ?? [],
    ),
  )
  expect(headers).toMatchObject({
    'tenant-id': 't1',
    'x-original-topic': topic,
    'x-original-partition': '0',
    'x-original-offset': '0',
    'x-original-time': new Date(original?.ts ?? 0).toISOString(),
    'x-reason-code': 'malformed',
    'x-reason-message': 'no JSON',
    'x-attempts': '1',
  })
})
