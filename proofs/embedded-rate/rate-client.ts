// One measurement in a process of its own: bun rate-client.ts ADDRESS TOPIC RECORDS
// Prints {"producedMs":…,"consumedMs":…}. A fresh process each time, so that none inherits another one's warm code or garbage.
import { Kafka, logLevel, type Message, Partitioners } from 'kafkajs'

const [address = '', topic = '', records = '0'] = process.argv.slice(2)
const count = Number(records)
const batchRecords = 1_000
const inFlight = 4
const partitions = 3

const kafka = new Kafka({ clientId: 'rate', brokers: [address], logLevel: logLevel.NOTHING, requestTimeout: 60_000 })
process.stdout.write(`${JSON.stringify({ producedMs: await produce(), consumedMs: await consume() })}\n`)

async function produce(): Promise<number> {
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner, maxInFlightRequests: inFlight })
  await producer.connect()
  const messages: Message[] = Array.from({ length: batchRecords }, (_, index) => ({
    partition: index % partitions,
    value: Buffer.alloc(300, `${index}-`),
  }))
  let left = count / batchRecords
  const startedAtMs = performance.now()
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      while (left-- > 0) await producer.sendBatch({ acks: -1, topicMessages: [{ topic, messages }] })
    }),
  )
  const tookMs = performance.now() - startedAtMs
  await producer.disconnect()
  return tookMs
}

async function consume(): Promise<number> {
  const consumer = kafka.consumer({ groupId: `rate-${topic}` })
  const everything = Promise.withResolvers<void>()
  const joined = Promise.withResolvers<void>()
  let seen = 0
  consumer.on(consumer.events.CRASH, ({ payload }) => everything.reject(payload.error))
  consumer.on(consumer.events.GROUP_JOIN, () => joined.resolve())
  await consumer.connect()
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  await consumer.run({
    eachBatch: async ({ batch }) => {
      seen += batch.messages.length
      if (seen >= count) everything.resolve()
    },
  })
  await joined.promise
  const startedAtMs = performance.now()
  await everything.promise
  const tookMs = performance.now() - startedAtMs
  await consumer.disconnect()
  return tookMs
}
