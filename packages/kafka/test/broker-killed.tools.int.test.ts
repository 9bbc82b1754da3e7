import { afterAll, beforeAll, expect, test } from 'vitest'
import { createProducer, createTopics, type FatalReason, PublishError, runConsumer } from '../src/index.ts'
import { accessTo, createTopic, type KillableBroker, readTopic, startKafka, waitUntil } from './broker.ts'

let broker: KillableBroker

// Killing needs a broker of its own, whatever endpoint the run names.
beforeAll(async () => {
  broker = await startKafka()
})
afterAll(() => broker.close())

test('a broker killed in mid-produce and started again: nothing acknowledged is lost, and the consumer goes on', async () => {
  const access = accessTo(broker.address)
  const topic = await createTopic(access, 3)
  const producer = createProducer({ ...access, deliveryTimeoutMs: 4_000 })
  const acknowledged: string[] = []
  const refused: unknown[] = []
  const seen = new Set<string>()
  const fatal: FatalReason[] = []
  const consumer = await runConsumer({
    ...access,
    topic,
    sessionTimeoutMs: 6_000,
    handle: async ({ records }) => records.forEach(({ value }) => void seen.add(`${value}`)),
    onFatal: (reason) => fatal.push(reason),
  })

  let isProducing = true
  const produce = async (lane: number) => {
    for (let i = 0; isProducing; i++) {
      const value = `${lane}-${i}`
      await producer.publish({ topic, key: value, value }).then(
        () => acknowledged.push(value),
        (error) => refused.push(error),
      )
    }
  }
  const producing = Array.from({ length: 20 }, (_, lane) => produce(lane))

  for (let kill = 0; kill < 3; kill++) {
    const before = acknowledged.length
    await waitUntil(
      () => acknowledged.length > before + 500,
      () => `${acknowledged.length} acknowledged`,
      40_000,
    )
    await broker.kill()
    await broker.restart()
  }
  const before = acknowledged.length
  await waitUntil(
    () => acknowledged.length > before + 500,
    () => `${acknowledged.length} acknowledged`,
    40_000,
  )
  isProducing = false
  await Promise.all(producing)

  await waitUntil(
    () => acknowledged.every((value) => seen.has(value)),
    () => `${seen.size} seen, ${JSON.stringify(fatal)}`,
    60_000,
  )
  const stored = new Set((await readTopic(broker.address, topic)).map(({ payload }) => payload))
  expect(acknowledged.filter((value) => !stored.has(value))).toEqual([])
  expect(refused.every((error) => error instanceof PublishError && error.retriable)).toBe(true)
  expect(fatal).toEqual([])

  const topics = createTopics(access)
  let lag = -1
  await waitUntil(
    async () => {
      lag = (await topics.readLag([{ groupId: topic, topic }])).reduce((sum, of) => sum + of.lag, 0)
      return lag === 0
    },
    () => `lag ${lag}`,
  )
  await Promise.all([consumer.close(), producer.close(), topics.close()])
}, 180_000)

test('without a broker, closing ends in bounded time', async () => {
  const access = accessTo(broker.address)
  const topic = await createTopic(access, 1)
  const producer = createProducer({ ...access, closeTimeoutMs: 500 })
  const seen: string[] = []
  const consumer = await runConsumer({
    ...access,
    topic,
    handle: async ({ records }) => void seen.push(...records.map(({ value }) => `${value}`)),
    onFatal: ({ reason }) => seen.push(reason),
  })
  await producer.publish({ topic, value: 'x' })
  await waitUntil(
    () => seen.length === 1,
    () => 'not consumed',
  )
  await broker.kill()
  const pending = producer.publish({ topic, value: 'y' }).catch((error: unknown) => error)
  const startMs = Date.now()
  await Promise.all([consumer.close(), producer.close()])
  expect(Date.now() - startMs).toBeLessThan(10_000)
  expect(await pending).toMatchObject({ name: 'PublishError', retriable: true })
  expect(seen).toEqual(['x'])
})
