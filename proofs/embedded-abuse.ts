import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BrokerEvent } from '@carillon/embedded'
import type { Kafka } from 'kafkajs'
import { createClient } from './conformance/line.ts'
import { type Attack, listAttacks, type Struck, strikeAll } from './embedded-abuse/attacks.ts'
import { type Served, startBystanders } from './embedded-abuse/bystanders.ts'
import { type SpawnedBroker, spawnBroker } from './embedded-broker/spawn-broker.ts'
import { createRandom, type Random } from './fleet/random.ts'
import type { Proof, ProofOptions, ProofResult } from './proof.ts'

const MB = 1024 * 1024
// The promise is that of the full form. In CI other work takes the broker's turns, and what it has freed is collected later.
const MEMORY_BYTES_MAX = { full: 200 * MB, quick: 300 * MB }
const SERVED_MS_MAX = 5_000
// The broker's own patience is ten and thirty seconds.
const quickLimits = { firstRequestMs: 3_000, frameMs: 3_000, drainMs: 5_000 }

/** Everything at once against one broker with two thousand places, while a producer and a consumer go about their work. */
export const proof: Proof = {
  name: 'embedded-abuse',
  summary:
    'garbage, half and oversized frames, idle and deaf clients: the broker serves on, stays small and says what it closed',
  async run(options) {
    const dataDir = await mkdtemp(join(tmpdir(), 'carillon-abuse-'))
    const broker = await spawnBroker(dataDir, options.quick ? { limits: quickLimits } : {})
    try {
      return await abuse(broker, options)
    } finally {
      await broker.stop()
      await rm(dataDir, { recursive: true, force: true })
    }
  },
}

async function abuse(broker: SpawnedBroker, { seed, quick, print }: ProofOptions): Promise<ProofResult> {
  const kafka = createClient(broker.address)
  await createTopics(kafka)
  await fill(kafka, 64)
  const quietBytes = await broker.readPeakMemoryBytes()
  print(`${quick ? 'shortened limits' : 'the broker’s own limits'}; ${toMb(quietBytes)} before the abuse`)
  const bystanders = await startBystanders(kafka, 'served')
  const random = createRandom(seed)
  const struck: Struck[] = []
  const rows: Record<string, string> = {}
  let served: Served
  try {
    await strike(broker, random, struck, rows)
  } finally {
    for (const one of struck) one.end()
    served = await bystanders.finish()
  }
  const peakBytes = await broker.readPeakMemoryBytes()
  const { connections } = await broker.readStats()
  const isServed = served.failures.length === 0 && served.consumed === served.produced && served.slowest < SERVED_MS_MAX
  return {
    passed:
      isServed &&
      peakBytes < MEMORY_BYTES_MAX[quick ? 'quick' : 'full'] &&
      Object.values(rows).every((row) => row.startsWith('closed')),
    figures: {
      ...rows,
      'records produced and consumed meanwhile': `${served.produced}, ${served.consumed}`,
      'from produce to arrival, ms, median and slowest': `${served.median.toFixed(0)}, ${served.slowest.toFixed(0)}`,
      failures: served.failures.slice(0, 3).join('; ') || 0,
      'connections left': connections,
      'memory before, at its peak': `${toMb(quietBytes)}, ${toMb(peakBytes)}`,
    },
  }
}

async function strike(broker: SpawnedBroker, random: Random, struck: Struck[], rows: Record<string, string>) {
  for (const [index, attack] of listAttacks('large').entries())
    struck.push(await strikeAll(attack, broker.address, `127.0.1.${index + 1}`, random.fork(attack.name)))
  for (const { attack, remotes, closed } of struck) {
    const failure = await closed((remote) => reasonsOf(broker, [remote]).length > 0).then(
      () => undefined,
      (error: Error) => error.message,
    )
    rows[attack.name] = failure ?? describe(attack, reasonsOf(broker, remotes))
  }
}

function reasonsOf({ events }: SpawnedBroker, remotes: readonly string[]): string[] {
  const wanted = new Set(remotes)
  const isOurs = (event: BrokerEvent) => event.event === 'connection.closed' && wanted.has(event.remote)
  return events.flatMap((event) => (isOurs(event) && 'reason' in event ? [event.reason] : []))
}

function describe({ reason }: Attack, reasons: readonly string[]): string {
  const other = reasons.find((given) => !reason.test(given))
  if (other !== undefined) return `closed for another reason: ${other}`.replace('closed', 'CLOSED')
  const kinds = Map.groupBy(reasons, (given) => given.replaceAll(/-?\d+/g, 'N'))
  return `closed: ${[...kinds].map(([kind, of]) => `${of.length} × ${kind}`).join('; ')}`
}

async function createTopics(kafka: Kafka): Promise<void> {
  const admin = kafka.admin()
  await admin.connect()
  await admin.createTopics({ topics: ['served', 'large'].map((topic) => ({ topic, numPartitions: 1 })) })
  await admin.disconnect()
}

/** For those who ask for everything and read nothing. */
async function fill(kafka: Kafka, mebibytes: number): Promise<void> {
  const producer = kafka.producer()
  await producer.connect()
  const value = Buffer.alloc(64 * 1024, 'large')
  for (let done = 0; done < mebibytes * 16; done += 8)
    await producer.send({ topic: 'large', acks: -1, messages: Array.from({ length: 8 }, () => ({ value })) })
  await producer.disconnect()
}

function toMb(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(0)} MB`
}
