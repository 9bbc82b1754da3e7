import { createServer } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createProducer, type KafkaAccess, type OutgoingRecord, PublishError } from '../src/index.ts'
import { accessTo, createTopic, openBroker, readTopic, type TestBroker } from './broker.ts'

let broker: TestBroker
let access: KafkaAccess

beforeAll(async () => {
  broker = await openBroker()
  access = accessTo(broker.address)
}, 60_000)
afterAll(() => broker.close())

test('every caller gets the partition and offset at which its own record lies', async () => {
  const topic = await createTopic(access, 5)
  const producer = createProducer(access)
  const values = Array.from({ length: 3_000 }, (_, i) => `value-${i}`)
  const published = await Promise.all(
    values.map((value, i) => producer.publish({ topic, key: `key-${i % 97}`, value })),
  )
  await producer.close()

  const stored = new Map((await readTopic(broker.address, topic)).map((r) => [`${r.partition}/${r.offset}`, r.payload]))
  expect(stored.size).toBe(values.length)
  expect(published.map(({ partition, offset }) => stored.get(`${partition}/${offset}`))).toEqual(values)
})

test('one call may publish to several topics and lanes and is answered in its own order', async () => {
  const [plain, urgent] = [await createTopic(access, 3), `${await createTopic(access, 1)}`]
  const producer = createProducer({ ...access, laneOf: (topic) => (topic === urgent ? 'urgent' : 'normal') })
  const records: OutgoingRecord[] = Array.from({ length: 1_200 }, (_, i) => ({
    topic: i % 3 === 0 ? urgent : plain,
    key: null,
    value: `v${i}`,
  }))
  const published = await producer.publishMany(records)
  await producer.close()

  const stored = new Map<string, string | null>()
  for (const topic of [plain, urgent]) {
    for (const r of await readTopic(broker.address, topic)) stored.set(`${topic}/${r.partition}/${r.offset}`, r.payload)
  }
  const found = published.map(({ partition, offset }, i) => stored.get(`${records[i]?.topic}/${partition}/${offset}`))
  expect(found).toEqual(records.map(({ value }) => value))
})

test('keys go where the Java client and kcat would put them', async () => {
  const topic = await createTopic(access, 7)
  const producer = createProducer(access)
  const keys = ['user-1', 'u', '', 'ключ', 'a-rather-long-key-of-a-recipient-0123456789']
  const ours = await producer.publishMany(keys.map((key) => ({ topic, key, value: key })))
  await producer.close()
  // From Apache Kafka's own Utils.murmur2: toPositive(murmur2(key)) % 7.
  expect(ours.map(({ partition }) => partition)).toEqual([3, 3, 2, 4, 1])
})

test('bytes, headers, tombstones and timestamps arrive as they were given', async () => {
  const topic = await createTopic(access, 1)
  const producer = createProducer(access)
  await producer.publish({
    topic,
    key: Buffer.from([1, 2]),
    value: 'text',
    headers: { a: 'x', b: ['1', '2'], c: null, d: undefined },
  })
  await producer.publish({ topic, key: 'k', value: null, timestampMs: 1_700_000_000_123 })
  await producer.close()
  const [first, second] = await readTopic(broker.address, topic)
  expect(first?.headers).toEqual(['a', 'x', 'b', '1', 'b', '2', 'c', ''])
  expect(second).toMatchObject({ key: 'k', payload: null, ts: 1_700_000_000_123 })
})

test('a record that the broker refuses fails alone, not with the batch that it came in', async () => {
  const topic = await createTopic(access, 1, { 'max.message.bytes': '2000' })
  const producer = createProducer(access)
  const values = ['a', 'x'.repeat(5_000), 'b', 'c']
  const results = await Promise.allSettled(values.map((value) => producer.publish({ topic, key: 'k', value })))
  await producer.close()
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled'])
  const refused = results[1]
  expect(refused?.status === 'rejected' && refused.reason).toMatchObject({
    name: 'PublishError',
    code: 'too_large',
    retriable: false,
  })
})

test('a topic that does not exist fails its own records only', async () => {
  const topic = await createTopic(access, 1)
  const producer = createProducer(access)
  const [missing, good] = await Promise.allSettled([
    producer.publish({ topic: `${topic}.missing`, value: 'x' }),
    producer.publish({ topic, value: 'y' }),
  ])
  await producer.close()
  expect(good.status).toBe('fulfilled')
  expect(missing.status === 'rejected' && missing.reason).toMatchObject({ code: 'unknown_topic' })
}, 30_000)

test('a full queue refuses at once and sends nothing of the refused call', async () => {
  const topic = await createTopic(access, 1)
  const producer = createProducer({ ...access, queueRecordsMax: 10 })
  const first = producer.publishMany(Array.from({ length: 10 }, () => ({ topic, value: 'kept' })))
  await expect(producer.publish({ topic, value: 'refused' })).rejects.toMatchObject({
    code: 'queue_full',
    retriable: true,
  })
  await first
  await producer.close()
  expect(await readTopic(broker.address, topic)).toHaveLength(10)
})

test('closing sends what is queued and refuses what comes later', async () => {
  const topic = await createTopic(access, 1)
  const producer = createProducer(access)
  const pending = Array.from({ length: 1_500 }, (_, i) => producer.publish({ topic, value: `${i}` }))
  await producer.close()
  expect(await Promise.all(pending)).toHaveLength(1_500)
  await expect(producer.publish({ topic, value: 'late' })).rejects.toBeInstanceOf(PublishError)
})

test.each(['is not there', 'takes connections and never answers'])(
  'a broker that %s is an error in bounded time, also for those who wait in the queue',
  async (state) => {
    const silent = createServer(() => undefined)
    if (state !== 'is not there') await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const address = silent.address()
    const port = typeof address === 'object' && address !== null ? address.port : 9
    const producer = createProducer({
      ...accessTo(`127.0.0.1:${port}`),
      deliveryTimeoutMs: 700,
      closeTimeoutMs: 100,
      batchRecordsMax: 1,
    })
    const startMs = Date.now()
    const results = await Promise.allSettled(['a', 'b', 'c'].map((value) => producer.publish({ topic: 't', value })))
    expect(Date.now() - startMs).toBeLessThan(1_200)
    for (const result of results) {
      expect(result.status === 'rejected' && result.reason).toMatchObject({ code: 'unavailable', retriable: true })
    }
    await producer.close()
    expect(Date.now() - startMs).toBeLessThan(6_000)
    silent.close()
  },
)
