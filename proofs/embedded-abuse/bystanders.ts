import type { Kafka } from 'kafkajs'
import { within } from '../conformance/expect.ts'

export interface Bystanders {
  /** Stops producing, and waits until all that was produced has been consumed. */
  finish(): Promise<Served>
}

export interface Served {
  readonly produced: number
  readonly consumed: number
  /** Between a record's produce and its arrival, in milliseconds. */
  readonly median: number
  readonly slowest: number
  readonly failures: readonly string[]
}

const PAUSE_MS = 10
const VALUE = 'x'.repeat(300)

/** A producer and a group that want nothing but to be served, on a topic of their own. */
export async function startBystanders(kafka: Kafka, topic: string): Promise<Bystanders> {
  const producer = kafka.producer()
  const consumer = kafka.consumer({ groupId: 'bystanders', maxWaitTimeInMs: 500 })
  const sentAtMs = new Map<number, number>()
  const tookMs: number[] = []
  const failures: string[] = []
  let isOver = false
  await producer.connect()
  await consumer.connect()
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  consumer.on(consumer.events.CRASH, ({ payload }) => failures.push(`consumer: ${payload.error.message}`))
  await consumer.run({
    eachMessage: async ({ message }) => {
      tookMs.push(performance.now() - (sentAtMs.get(Number(message.key)) ?? Number.NaN))
    },
  })

  async function produce(): Promise<void> {
    for (let index = 0; !isOver; index++) {
      sentAtMs.set(index, performance.now())
      await producer
        .send({ topic, acks: -1, messages: [{ key: String(index), value: VALUE }] })
        .catch((error: Error) => failures.push(`producer: ${error.message}`))
      await Bun.sleep(PAUSE_MS)
    }
  }
  const producing = produce()

  return {
    async finish() {
      isOver = true
      await within(60_000, 'the last produce', producing)
      for (const deadlineMs = performance.now() + 60_000; tookMs.length < sentAtMs.size; await Bun.sleep(20))
        if (performance.now() > deadlineMs) break
      await consumer.disconnect()
      await producer.disconnect()
      const sorted = tookMs.toSorted((one, other) => one - other)
      return {
        produced: sentAtMs.size,
        consumed: tookMs.length,
        median: sorted[sorted.length >> 1] ?? Number.NaN,
        slowest: sorted.at(-1) ?? Number.NaN,
        failures,
      }
    },
  }
}
