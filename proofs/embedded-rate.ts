import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createClient } from './conformance/line.ts'
import { startKafka, type Target } from './conformance/target.ts'
import { type SpawnedBroker, spawnBroker } from './embedded-broker/spawn-broker.ts'
import type { Proof, ProofOptions, ProofResult } from './proof.ts'

const RECORDS = { full: 200_000, quick: 50_000 }
const PAIRS = { full: 8, quick: 2 }
// Two short pairs tell a collapse from a wobble, and no more: the figure is the full form's.
const SHARE_MIN = { full: 0.8, quick: 0.4 }
const client = fileURLToPath(new URL('./embedded-rate/rate-client.ts', import.meta.url))

interface Measured {
  readonly producedMs: number
  readonly consumedMs: number
}

/** Both brokers stand side by side, each in a process of its own; the same client measures one after the other, in pairs. */
export const proof: Proof = {
  name: 'embedded-rate',
  summary: 'kafkajs produces with acks=all and consumes at no less than 0.8 of the rate that Apache Kafka gives it',
  async run(options) {
    const dataDir = await mkdtemp(join(tmpdir(), 'carillon-rate-'))
    let embedded: SpawnedBroker | undefined
    let kafka: Target | undefined
    try {
      embedded = await spawnBroker(dataDir)
      kafka = await startKafka()
      return await compare(embedded, kafka, options)
    } finally {
      await embedded?.stop()
      await kafka?.stop()
      await rm(dataDir, { recursive: true, force: true })
    }
  },
}

async function compare(embedded: SpawnedBroker, kafka: Target, { quick, print }: ProofOptions): Promise<ProofResult> {
  const records = quick ? RECORDS.quick : RECORDS.full
  const pairs = quick ? PAIRS.quick : PAIRS.full
  const flush = await readFlushSettings(kafka.address)
  print(`${records} records of 300 bytes, acks=all, 3 partitions; Apache Kafka: ${flush}`)
  // Neither is measured cold: the first run compiles.
  for (const { address } of [embedded, kafka]) await measure(address, 'warm', Math.min(records, 50_000))
  const ours: Measured[] = []
  const theirs: Measured[] = []
  const syncs: number[] = []
  for (let pair = 0; pair < pairs; pair++) {
    const syncsBefore = (await embedded.readStats()).fdatasyncs
    const order = pair % 2 === 0 ? [embedded, kafka] : [kafka, embedded]
    for (const broker of order)
      (broker === embedded ? ours : theirs).push(await measure(broker.address, `pair-${pair}`, records))
    syncs.push((await embedded.readStats()).fdatasyncs - syncsBefore)
    print(`pair ${pair + 1}: ${describePair(records, ours[pair], theirs[pair])}, ${syncs[pair]} fdatasyncs of ours`)
  }
  const produced = medianOf(ours.map(({ producedMs }, pair) => (theirs[pair]?.producedMs ?? 0) / producedMs))
  const consumed = medianOf(ours.map(({ consumedMs }, pair) => (theirs[pair]?.consumedMs ?? 0) / consumedMs))
  const rate = (all: readonly Measured[], of: keyof Measured) => toRate(records, medianOf(all.map((one) => one[of])))
  return {
    passed: Math.min(produced, consumed) >= SHARE_MIN[quick ? 'quick' : 'full'] && syncs.every((count) => count > 0),
    figures: {
      pairs,
      records,
      'produced, records/s, ours and Apache’s': `${rate(ours, 'producedMs')}, ${rate(theirs, 'producedMs')}`,
      'consumed, records/s, ours and Apache’s': `${rate(ours, 'consumedMs')}, ${rate(theirs, 'consumedMs')}`,
      'share of Apache’s rate, produced': Number(produced.toFixed(2)),
      'share of Apache’s rate, consumed': Number(consumed.toFixed(2)),
      'fdatasyncs of ours a run': medianOf(syncs),
      'flush settings of Apache’s': flush,
    },
  }
}

async function measure(address: string, topic: string, records: number): Promise<Measured> {
  const admin = createClient(address).admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic, numPartitions: 3, replicationFactor: 1 }], waitForLeaders: true })
  try {
    const child = Bun.spawn([process.execPath, client, address, topic, String(records)], {
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'inherit',
    })
    const [text, code] = await Promise.all([child.stdout.text(), child.exited])
    if (code !== 0) throw new Error(`the client of ${address} ended with ${code}`)
    return JSON.parse(text)
  } finally {
    await admin.deleteTopics({ topics: [topic] })
    await admin.disconnect()
  }
}

async function readFlushSettings(address: string): Promise<string> {
  const admin = createClient(address).admin()
  await admin.connect()
  try {
    const { resources } = await admin.describeConfigs({ includeSynonyms: false, resources: [{ type: 4, name: '1' }] })
    const settings = resources[0]?.configEntries.filter(({ configName }) =>
      /^log\.flush\.(interval|scheduler)/.test(configName),
    )
    return (settings ?? []).map(({ configName, configValue }) => `${configName}=${configValue}`).join(' ')
  } finally {
    await admin.disconnect()
  }
}

function describePair(records: number, ours: Measured | undefined, theirs: Measured | undefined): string {
  const rates = (['producedMs', 'consumedMs'] as const).map((of) => {
    return `${of.replace('Ms', '')} ${toRate(records, ours?.[of] ?? 0)} to Apache’s ${toRate(records, theirs?.[of] ?? 0)} a second`
  })
  return rates.join(', ')
}

function toRate(records: number, tookMs: number): number {
  return Math.round((records / tookMs) * 1_000)
}

function medianOf(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((one, other) => one - other)
  const middle = sorted.length >> 1
  const [low = 0, high = 0] = sorted.length % 2 === 0 ? sorted.slice(middle - 1) : [sorted[middle], sorted[middle]]
  return (low + high) / 2
}
