import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import {
  type Consumer,
  type ConsumerOptions,
  createProducer,
  createTopics,
  type FatalReason,
  type KafkaAccess,
  type ReceivedBatch,
  runConsumer,
} from '../src/index.ts'
import { accessTo, createTopic, openBroker, type TestBroker, waitUntil } from './broker.ts'

let broker: TestBroker
let access: KafkaAccess
const opened: Consumer[] = []

beforeAll(async () => {
  broker = await openBroker()
  access = accessTo(broker.address)
}, 60_000)
afterEach(async () => {
  await Promise.all(opened.splice(0).map((consumer) => consumer.close()))
})
afterAll(() => broker.close())

interface Watched {
  readonly consumer: Consumer
  readonly batches: ReceivedBatch[]
  readonly fatal: FatalReason[]
  values(): string[]
}

async function watch(topic: string, options: Partial<ConsumerOptions> = {}): Promise<Watched> {
  const batches: ReceivedBatch[] = []
  const fatal: FatalReason[] = []
  const { handle = async () => undefined, ...rest } = options
  const consumer = await runConsumer({
    ...access,
    topic,
    handle(batch) {
      batches.push(batch)
      return handle(batch)
    },
    onFatal: (reason) => fatal.push(reason),
    ...rest,
  })
  opened.push(consumer)
  return {
    consumer,
    batches,
    fatal,
    values: () => batches.flatMap(({ records }) => records.map(({ value }) => `${value}`)),
  }
}

async function fill(topic: string, count: number, from = 0): Promise<string[]> {
  const values = Array.from({ length: count }, (_, i) => `v${from + i}`)
  const producer = createProducer(access)
  await producer.publishMany(values.map((value) => ({ topic, key: value, value })))
  await producer.close()
  return values
}

async function readCommitted(topic: string): Promise<number> {
  const topics = createTopics(access)
  const offsets = await topics.readOffsets(topic, topic)
  await topics.close()
  return offsets.reduce((sum, { committed }) => sum + (committed ?? 0), 0)
}

function awaitCommitted(topic: string, count: number): Promise<void> {
  let last = -1
  const isReached = async () => {
    last = await readCommitted(topic)
    return last === count
  }
  return waitUntil(isReached, () => `committed ${last} of ${count}`)
}

test('every record is handed over once, in the order of its partition, and committed', async () => {
  const topic = await createTopic(access, 3)
  const values = await fill(topic, 4_000)
  const { batches, values: seen } = await watch(topic)
  await awaitCommitted(topic, values.length)
  expect(seen().sort()).toEqual([...values].sort())
  expect(Math.max(...batches.map(({ records }) => records.length))).toBeLessThanOrEqual(1_000)
  for (const partition of [0, 1, 2]) {
    const offsets = batches
      .filter((b) => b.partition === partition)
      .flatMap(({ records }) => records.map((r) => r.offset))
    expect(offsets).toEqual(offsets.map((_, i) => i))
  }
})

test('a member that starts again goes on where its group has committed', async () => {
  const topic = await createTopic(access, 2)
  await fill(topic, 50)
  const first = await watch(topic)
  await awaitCommitted(topic, 50)
  await first.consumer.close()
  const later = await fill(topic, 30, 50)
  const second = await watch(topic)
  await awaitCommitted(topic, 80)
  expect(second.values().sort()).toEqual([...later].sort())
})

test('nothing is committed beyond a batch whose rows are not written yet', async () => {
  const topic = await createTopic(access, 1)
  await fill(topic, 40)
  const slow = Promise.withResolvers<void>()
  const { batches, consumer } = await watch(topic, {
    batchRecordsMax: 10,
    inFlightBatchesMax: 4,
    handle: ({ records }) => (records[0]?.offset === 10 ? slow.promise : Promise.resolve()),
  })
  await waitUntil(
    () => batches.length === 4,
    () => `${batches.length} batches`,
  )
  await awaitCommitted(topic, 10)
  expect(consumer.readProgress()).toMatchObject({
    inFlightBatches: 1,
    partitions: [{ position: 40, committed: 10, lag: 30 }],
  })
  slow.resolve()
  await awaitCommitted(topic, 40)
})

test('no more batches are in flight than allowed, and a slow one does not stop the others', async () => {
  const topic = await createTopic(access, 1)
  await fill(topic, 200)
  const slow = Promise.withResolvers<void>()
  let inFlight = 0
  let most = 0
  const { values } = await watch(topic, {
    batchRecordsMax: 5,
    inFlightBatchesMax: 3,
    async handle({ records }) {
      most = Math.max(most, ++inFlight)
      if (records[0]?.offset === 0) await slow.promise
      await new Promise((resolve) => setImmediate(resolve))
      inFlight -= 1
    },
  })
  await waitUntil(
    () => values().length === 200,
    () => `${values().length} of 200`,
  )
  expect(most).toBe(3)
  slow.resolve()
  await awaitCommitted(topic, 200)
})

test('a handler that fails is fatal, and its records are handed over again', async () => {
  const topic = await createTopic(access, 1)
  await fill(topic, 30)
  const { fatal, batches } = await watch(topic, {
    batchRecordsMax: 10,
    handle: async ({ records }) => {
      if (records[0]?.offset === 10) throw new Error('no such column')
    },
  })
  await waitUntil(
    () => fatal.length > 0,
    () => 'not fatal',
  )
  expect(fatal).toMatchObject([{ reason: 'handler_failed', error: { message: 'no such column' } }])
  const handedOver = batches.length
  await Promise.all(opened.splice(0).map((consumer) => consumer.close()))
  expect(batches.length).toBe(handedOver)
  expect(await readCommitted(topic)).toBe(10)
  const again = await watch(topic)
  await awaitCommitted(topic, 30)
  expect(again.batches[0]?.records[0]?.offset).toBe(10)
})

test('a paused member hands over nothing, stays in its group, and goes on', async () => {
  const topic = await createTopic(access, 1)
  const lines: string[] = []
  const log = { ...access.log, debug: (_: object, line: string) => void lines.push(line) }
  const { consumer, values } = await watch(topic, { sessionTimeoutMs: 6_000, log })
  await fill(topic, 10)
  await awaitCommitted(topic, 10)
  consumer.pause()
  // The client itself stops fetching: handing nothing over would leave it fetching the same records in a circle.
  expect(lines).toContain('Pausing fetching from 1 topics')
  await fill(topic, 10, 10)
  await new Promise((resolve) => setTimeout(resolve, 7_000))
  expect(values()).toHaveLength(10)
  expect(consumer.isPaused()).toBe(true)
  consumer.resume()
  await awaitCommitted(topic, 20)
  expect(values()).toHaveLength(20)
})

test('closing waits for what is in flight, commits it and leaves the group at once', async () => {
  const topic = await createTopic(access, 1)
  await fill(topic, 20)
  const slow = Promise.withResolvers<void>()
  const { consumer, batches } = await watch(topic, { handle: () => slow.promise })
  await waitUntil(
    () => batches.length === 1,
    () => 'nothing handed over',
  )
  const closing = consumer.close()
  setTimeout(slow.resolve, 300)
  await closing
  expect(await readCommitted(topic)).toBe(20)
  const startMs = Date.now()
  await watch(topic)
  expect(Date.now() - startMs).toBeLessThan(4_000)
})

test('closing does not wait for ever', async () => {
  const topic = await createTopic(access, 1)
  await fill(topic, 1)
  const { consumer, batches } = await watch(topic, { handle: () => new Promise(() => undefined), closeTimeoutMs: 300 })
  await waitUntil(
    () => batches.length === 1,
    () => 'nothing handed over',
  )
  const startMs = Date.now()
  await consumer.close()
  expect(Date.now() - startMs).toBeLessThan(3_000)
  expect(await readCommitted(topic)).toBe(0)
})

test('a second member takes its share, and work of partitions that moved commits nothing', async () => {
  const topic = await createTopic(access, 4)
  await fill(topic, 200)
  const slow = Promise.withResolvers<void>()
  const first = await watch(topic, { inFlightBatchesMax: 8, batchRecordsMax: 10, handle: () => slow.promise })
  await waitUntil(
    () => first.batches.length === 8,
    () => `${first.batches.length} batches`,
  )
  const second = await watch(topic, { batchRecordsMax: 10 })
  // The first holds its slots with work of the old generation, so only what the second owns can be committed.
  const moved = () => new Set(second.batches.map(({ partition }) => partition))
  await waitUntil(
    () => moved().size === 2,
    () => `second saw ${[...moved()]}`,
  )
  const topics = createTopics(access)
  const committedOf = async () => (await topics.readOffsets(topic, topic)).map(({ committed }) => committed)
  const ends = (await topics.readOffsets(topic, topic)).map(({ logEnd }) => logEnd)
  await waitUntil(
    async () => {
      const committed = await committedOf()
      return [...moved()].every((partition) => committed[partition] === ends[partition])
    },
    () => 'the second did not commit its partitions',
  )
  const kept = [0, 1, 2, 3].filter((partition) => !moved().has(partition))
  expect(await committedOf()).toEqual(
    [0, 1, 2, 3].map((partition) => (kept.includes(partition) ? null : ends[partition])),
  )
  slow.resolve()
  await awaitCommitted(topic, 200)
  await topics.close()
})
