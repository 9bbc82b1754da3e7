import { EVENTS_TOPIC } from '@carillon/contracts'
import { childEnvironment, type FleetStage, openStage, readTopicEnds } from '@carillon/testkit'
import { type Load, runLoad } from './api-rate/load.ts'
import { brokerKindOf } from './fleet/broker-kind.ts'
import type { Proof, ProofResult } from './proof.ts'

interface Sizes {
  readonly rounds: number
  readonly ms: number
  /** Of the goals: a machine that is busy with other things is no reason to stop CI, a rate that collapsed is. */
  readonly share: number
}

const FULL: Sizes = { rounds: 8, ms: 4_000, share: 1 }
const QUICK: Sizes = { rounds: 2, ms: 1_500, share: 0.1 }
const GOALS = { emptyHandler: 0.38, rawProduce: 0.42 }
const CONNECTIONS = 256

/** Events accepted a second, 202 after acks=all, beside what the runtime and the Kafka client do at their best. */
export const proof: Proof = {
  name: 'api-rate',
  summary: 'accepted events a second against an empty handler and against bare batches of the Kafka client, in turns',
  async run({ quick, on, print }) {
    const stage = await openStage({ broker: brokerKindOf(on), apps: ['api'] })
    const empty = Bun.spawn([process.execPath, fileOf('empty-handler.ts')], { stdout: 'pipe' })
    try {
      return await measure(stage, await readPort(empty.stdout), quick ? QUICK : FULL, print)
    } finally {
      empty.kill()
      await stage.close()
    }
  },
}

const fileOf = (name: string) => new URL(`./api-rate/${name}`, import.meta.url).pathname

async function readPort(stdout: ReadableStream<Uint8Array>): Promise<number> {
  for await (const chunk of stdout) return Number(new TextDecoder().decode(chunk))
  throw new Error('the empty handler ended')
}

async function measure(
  stage: FleetStage,
  emptyPort: number,
  { rounds, ms, share }: Sizes,
  print: (line: string) => void,
): Promise<ProofResult> {
  const body = JSON.stringify(EVENT)
  const request = (token: string) =>
    `POST /api/notifications HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\n` +
    `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
  const load = (port: number, loadMs: number) =>
    runLoad({ port, request: request(stage.api.token), connections: CONNECTIONS, ms: loadMs })
  const apiPort = Number(new URL(stage.api.url).port)
  await Promise.all([load(apiPort, ms), load(emptyPort, ms)])
  const before = await countRecords(stage)
  const laps: { accepted: Load; empty: Load; raw: number }[] = []
  let produced = 0
  for (let round = 1; round <= rounds; round++) {
    const accepted = await load(apiPort, ms)
    const empty = await load(emptyPort, ms)
    const rawBefore = await countRecords(stage)
    const raw = await produceRaw(stage, ms, body.length + 120)
    produced += (await countRecords(stage)) - rawBefore
    laps.push({ accepted, empty, raw })
    print(`round ${round}: ${describe(accepted)}, empty handler ${describe(empty)}, raw ${raw}/s`)
  }
  const counted = (await countRecords(stage)) - before - produced
  const acceptedInAll = laps.reduce((sum, { accepted }) => sum + accepted.answers, 0)
  const others = laps.reduce((sum, { accepted }) => sum + accepted.others, 0)
  const ofEmpty = median(laps.map(({ accepted, empty }) => accepted.perSecond / empty.perSecond))
  const ofRaw = median(laps.map(({ accepted, raw }) => accepted.perSecond / raw))
  const isComplete = others === 0 && counted === acceptedInAll
  return {
    passed: isComplete && ofEmpty >= GOALS.emptyHandler * share && ofRaw >= GOALS.rawProduce * share,
    figures: {
      'accepted a second': Math.round(median(laps.map(({ accepted }) => accepted.perSecond))),
      'p50, p99 in ms': `${median(laps.map((lap) => lap.accepted.p50Ms)).toFixed(1)}, ${median(laps.map((lap) => lap.accepted.p99Ms)).toFixed(1)}`,
      'an empty handler, a second': Math.round(median(laps.map(({ empty }) => empty.perSecond))),
      'raw batches of 500, records a second': Math.round(median(laps.map(({ raw }) => raw))),
      'of an empty handler': `${ofEmpty.toFixed(2)} (goal ${GOALS.emptyHandler})`,
      'of raw batches': `${ofRaw.toFixed(2)} (goal ${GOALS.rawProduce})`,
      'accepted, and found in the log': `${acceptedInAll}, ${counted}`,
      'answers that were not 202': others,
    },
  }
}

const EVENT = {
  type: 'EVENT_APPROVAL',
  title: 'Approved',
  message: 'Your event has been approved',
  recipientIds: ['user-1', 'user-2'],
  channels: ['EMAIL', 'PUSH', 'IN_APP'],
  metadata: { eventId: 'event-123', actionUrl: '/events/event-123', actionText: 'Open' },
}

async function produceRaw(stage: FleetStage, ms: number, bytes: number): Promise<number> {
  const broker = stage.kafka.connection.brokers[0] ?? ''
  const child = Bun.spawn([process.execPath, fileOf('raw-produce.ts'), broker, EVENTS_TOPIC, `${ms}`, `${bytes}`], {
    stdout: 'pipe',
    env: { ...childEnvironment(), KAFKAJS_NO_PARTITIONER_WARNING: '1' },
  })
  return Number(await new Response(child.stdout).text())
}

async function countRecords({ kafka }: FleetStage): Promise<number> {
  return [...(await readTopicEnds(kafka, EVENTS_TOPIC)).values()].reduce((sum, end) => sum + end, 0)
}

function describe({ perSecond, p50Ms, p99Ms }: Load): string {
  return `${Math.round(perSecond)}/s (p50 ${p50Ms.toFixed(1)}, p99 ${p99Ms.toFixed(1)} ms)`
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}
