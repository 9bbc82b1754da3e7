import { Kafka, logLevel } from 'kafkajs'
import type { Target } from './target.ts'

// One line of the list: it throws where it does not hold.
export interface Line {
  readonly number: number
  readonly name: string
  // Then the two brokers take turns, so that neither waits for a processor that the other has.
  readonly measuresTime?: true
  check(stage: Stage): Promise<void>
}

export interface Stage {
  readonly target: Target
  readonly address: string
  readonly kafka: Kafka
  readonly kills: number
  // From the seed: the same run of numbers every time.
  random(): number
  createTopic(name: string, partitions?: number): Promise<string>
}

export function createStage(target: Target, seed: number, kills: number): Stage {
  const kafka = createClient(target.address)
  return {
    target,
    address: target.address,
    kafka,
    kills,
    random: createRandom(seed),
    async createTopic(name, numPartitions = 1) {
      const admin = kafka.admin()
      await admin.connect()
      try {
        await admin.createTopics({ topics: [{ topic: name, numPartitions, replicationFactor: 1 }] })
      } finally {
        await admin.disconnect()
      }
      return name
    },
  }
}

export function createClient(address: string): Kafka {
  return new Kafka({
    clientId: 'conformance',
    brokers: [address],
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 50, maxRetryTime: 500, retries: 30 },
  })
}

// mulberry32
function createRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
