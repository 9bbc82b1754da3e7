import { Kafka, logLevel } from 'kafkajs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTopics, type FatalReason, runConsumer } from '../src/index.ts'
import { accessTo, createTopic, startKafka, type TestBroker, waitUntil } from './broker.ts'

let broker: TestBroker

// Apache Kafka whatever endpoint the run names: the embedded broker knows no transactions.
beforeAll(async () => {
  broker = await startKafka()
})
afterAll(() => broker.close())

test('a topic that ends in transaction markers is read to its end and is no stall', async () => {
  const access = accessTo(broker.address)
  const topic = await createTopic(access, 1)
  const client = new Kafka({ brokers: [broker.address], logLevel: logLevel.NOTHING })
  const producer = client.producer({ transactionalId: topic, idempotent: true, maxInFlightRequests: 1 })
  await producer.connect()
  for (const isKept of [true, false]) {
    const transaction = await producer.transaction()
    await transaction.send({ topic, messages: [{ value: isKept ? 'kept' : 'aborted' }] })
    await (isKept ? transaction.commit() : transaction.abort())
  }
  await producer.disconnect()

  const seen: string[] = []
  const fatal: FatalReason[] = []
  const topics = createTopics(access)
  const consumer = await runConsumer({
    ...access,
    topic,
    watchdogMs: 400,
    handle: async ({ records }) => void seen.push(...records.map(({ value }) => `${value}`)),
    onFatal: (reason) => fatal.push(reason),
  })
  const readCommitted = async () => (await topics.readOffsets(topic, topic))[0]?.committed
  await waitUntil(
    async () => (await readCommitted()) === 4,
    () => 'not committed to the end',
  )
  // Four watchdog limits: a marker taken for an unseen record would be a stall by now.
  await new Promise((resolve) => setTimeout(resolve, 1_600))
  expect(seen).toEqual(['kept'])
  expect(fatal).toEqual([])
  await Promise.all([consumer.close(), topics.close()])
})
