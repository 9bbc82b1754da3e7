import { appendFile, mkdir, mkdtemp, rm, statfs, unlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Producer } from 'kafkajs'
import { within } from './conformance/expect.ts'
import { createClient } from './conformance/line.ts'
import { run } from './conformance/tools.ts'
import { spawnBroker } from './embedded-broker/spawn-broker.ts'
import { readTopic } from './embedded-disk/read-topic.ts'
import { createRandom, type Random } from './fleet/random.ts'
import type { Proof, ProofOptions, ProofResult } from './proof.ts'

const DISK_MB = { full: 96, quick: 24 }
const ROUNDS = { full: 5, quick: 2 }
// Longer than any answer may take: a producer that hears nothing has hung.
const ANSWER_MS_MAX = 15_000
const REFUSALS = 20
const TOPIC = 'filling'

interface Tally {
  /** Value by offset, as the acknowledgement named it. */
  readonly acknowledged: Map<number, string>
  readonly refusals: Map<string, number>
  slowestMs: number
}

/** A disk of a few megabytes that fills up, gets some space back, and fills up again; in between the broker is killed too. */
export const proof: Proof = {
  name: 'embedded-disk',
  summary:
    'on a full disk producers get an error at once, nothing acknowledged is lost, and it goes on when there is space',
  async run(options) {
    const mountPoint = await mkdtemp(join(tmpdir(), 'carillon-disk-'))
    const size = options.quick ? DISK_MB.quick : DISK_MB.full
    const mounted = await run(['mount', '-t', 'tmpfs', '-o', `size=${size}m`, 'tmpfs', mountPoint])
    try {
      if (mounted.code === 0) return await fillAgainAndAgain(mountPoint, size, options)
      options.print(`a small disk could not be mounted, which takes root: ${mounted.err.trim()}`)
      return { passed: false, figures: { 'mounted a small disk': 'no' } }
    } finally {
      if (mounted.code === 0) await run(['umount', mountPoint])
      await rm(mountPoint, { recursive: true, force: true })
    }
  },
}

async function fillAgainAndAgain(
  disk: string,
  size: number,
  { seed, quick, print }: ProofOptions,
): Promise<ProofResult> {
  const random = createRandom(seed)
  const tally: Tally = { acknowledged: new Map(), refusals: new Map(), slowestMs: 0 }
  const dataDir = join(disk, 'broker')
  await mkdir(dataDir)
  let broker = await spawnBroker(dataDir)
  await createTopic(broker.address)
  let failuresTold = 0
  let recoveries = 0
  try {
    for (let round = 1; round <= (quick ? ROUNDS.quick : ROUNDS.full); round++) {
      // What is given back later: the first round has most of the disk, each further one a little.
      const ballast = await fillWithBallast(disk, round === 1 ? 0.5 : 0.02)
      await produceUntilFull(broker.address, random, tally)
      const lost = await findLost(broker.address, tally)
      if (lost.length > 0) throw new Error(`lost while the disk was full: ${lost.slice(0, 5)}`)
      failuresTold += broker.events.filter(({ event }) => event === 'storage.failed').length
      if (round % 2 === 0) {
        await broker.kill()
        broker = await spawnBroker(dataDir)
      }
      await unlink(ballast)
      recoveries += await produceSome(broker.address, tally)
      print(
        `round ${round}: ${tally.acknowledged.size} acknowledged, ${sum(tally.refusals)} refused, then ${recoveries} after space was back`,
      )
    }
    const lost = await findLost(broker.address, tally)
    return {
      passed: lost.length === 0 && sum(tally.refusals) > 0 && failuresTold > 0 && recoveries > 0,
      figures: {
        'disk, MB': size,
        'records acknowledged': tally.acknowledged.size,
        'produces refused': [...tally.refusals].map((entry) => entry.join(' × ')).join(', '),
        'acknowledged after space was back': recoveries,
        'slowest answer, ms': Math.round(tally.slowestMs),
        'failures in the log': failuresTold,
        'acknowledged records lost': lost.length,
      },
    }
  } finally {
    await broker.stop()
  }
}

/** Takes all but a share of what is free. */
async function fillWithBallast(disk: string, freeShare: number): Promise<string> {
  const path = join(disk, 'ballast')
  const { bavail, bsize } = await statfs(disk)
  const bytes = Math.floor(bavail * bsize * (1 - freeShare))
  const block = Buffer.alloc(64 * 1024)
  await writeFile(path, '')
  for (let left = bytes; left > 0; left -= block.length)
    await appendFile(path, block.subarray(0, Math.min(left, block.length)))
  return path
}

/** Goes on for a while after the first refusal: smaller batches may still fit, and each gets an answer. */
async function produceUntilFull(address: string, random: Random, tally: Tally): Promise<void> {
  const producer = await openProducer(address)
  let refused = 0
  for (let count = 0; refused < REFUSALS; count++) {
    const value = `${count}-`.padEnd(1 + random.below(60_000), 'x')
    if (!(await produceOne(producer, value, tally))) refused++
  }
  await producer.disconnect()
}

async function produceSome(address: string, tally: Tally): Promise<number> {
  const producer = await openProducer(address)
  let accepted = 0
  for (let count = 0; count < 10; count++) if (await produceOne(producer, `again-${count}`, tally)) accepted++
  await producer.disconnect()
  if (accepted < 10) throw new Error(`only ${accepted} of 10 records were taken with space on the disk`)
  return accepted
}

async function produceOne(producer: Producer, value: string, tally: Tally): Promise<boolean> {
  const startedAtMs = performance.now()
  const answer = producer.send({ topic: TOPIC, acks: -1, messages: [{ value }] }).then(
    ([result]) => Number(result?.baseOffset),
    (error: Error & { type?: string }) => error.type ?? error.message,
  )
  const outcome = await within(ANSWER_MS_MAX, 'the answer to a produce', answer)
  tally.slowestMs = Math.max(tally.slowestMs, performance.now() - startedAtMs)
  if (typeof outcome === 'number') {
    tally.acknowledged.set(outcome, value)
    return true
  }
  tally.refusals.set(outcome, (tally.refusals.get(outcome) ?? 0) + 1)
  return false
}

async function findLost(address: string, { acknowledged }: Tally): Promise<number[]> {
  const found = await readTopic(createClient(address), TOPIC)
  return [...acknowledged].flatMap(([offset, value]) => (found.get(offset) === value ? [] : [offset]))
}

async function openProducer(address: string): Promise<Producer> {
  // Without retries: what the broker answers is what is counted.
  const producer = createClient(address).producer({ retry: { retries: 0 } })
  await producer.connect()
  return producer
}

async function createTopic(address: string): Promise<void> {
  const admin = createClient(address).admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic: TOPIC, numPartitions: 1 }] })
  await admin.disconnect()
}

function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((total, count) => total + count, 0)
}
