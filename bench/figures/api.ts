import { EVENTS_TOPIC } from '@carillon/contracts'
import { childEnvironment, type FleetStage, openStage, readTopicEnds } from '@carillon/testkit'
import { type Load, runLoad } from '../../proofs/api-rate/load.ts'
import type { Figure, FigureOptions, Lap, OpenFigure } from '../figure.ts'

// Each with one request in the air: enough that a batch is on its way to Kafka while the next is read.
const CONNECTIONS = 256
const LAP_MS = { quick: 1_500, full: 8_000 }
/** What a record has beside the body of its request: its id, what it is completed with, its headers. */
const RECORD_BYTES_MORE = 240

const BODY = JSON.stringify({
  type: 'ORDER_SHIPPED',
  title: 'Your order is on its way',
  message: 'It left the house this morning.',
  recipientIds: ['user-1'],
  channels: ['EMAIL'],
})

const programOf = (name: string) => new URL(`../../proofs/api-rate/${name}`, import.meta.url).pathname

/** The same bytes for both sides, over the same bare sockets: a client that costs more than the server would measure itself. */
function callWith(token: string, lapMs: number) {
  const request =
    `POST /api/notifications HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${token}\r\n` +
    `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(BODY)}\r\n\r\n${BODY}`
  return async (port: number): Promise<Load> => {
    const load = await runLoad({ port, request, connections: CONNECTIONS, ms: lapMs })
    if (load.others > 0) throw new Error(`${load.others} of ${load.answers} answers were not 202`)
    return load
  }
}

const lapOf = ({ answers, perSecond }: Load): Lap => ({ count: answers, ms: (answers * 1_000) / perSecond })

async function countRecords({ kafka }: FleetStage): Promise<number> {
  return [...(await readTopicEnds(kafka, EVENTS_TOPIC)).values()].reduce((sum, end) => sum + end, 0)
}

interface Denominator {
  lap(): Promise<Lap>
  close(): void
}

type OpenDenominator = (stage: FleetStage, lapMs: number) => Promise<Denominator>

async function openApiFigure({ quick, on }: FigureOptions, openDenominator: OpenDenominator): Promise<OpenFigure> {
  const lapMs = quick ? LAP_MS.quick : LAP_MS.full
  const stage = await openStage({ broker: on, apps: ['api'] })
  const call = callWith(stage.api.token, lapMs)
  const port = Number(new URL(stage.api.url).port)
  const times: { p50Ms: number; p99Ms: number }[] = []
  const denominator = await openDenominator(stage, lapMs)
  return {
    async subject() {
      const before = await countRecords(stage)
      const load = await call(port)
      const kept = (await countRecords(stage)) - before
      if (kept !== load.answers) throw new Error(`${load.answers} events were accepted, and Kafka holds ${kept}`)
      times.push(load)
      return lapOf(load)
    },
    denominator: denominator.lap,
    describe() {
      const middle = (name: 'p50Ms' | 'p99Ms') =>
        times.map((each) => each[name]).sort((a, b) => a - b)[times.length >> 1] ?? Number.NaN
      return `p50 ${middle('p50Ms').toFixed(1)} ms, p99 ${middle('p99Ms').toFixed(1)} ms at ${CONNECTIONS} connections`
    },
    async close() {
      denominator.close()
      await stage.close()
    },
  }
}

async function openEmptyHandler({ api }: FleetStage, lapMs: number): Promise<Denominator> {
  const child = Bun.spawn([process.execPath, programOf('empty-handler.ts')], { stdout: 'pipe' })
  const call = callWith(api.token, lapMs)
  const { value } = await child.stdout.getReader().read()
  const port = Number(new TextDecoder().decode(value))
  return { lap: async () => lapOf(await call(port)), close: () => child.kill() }
}

async function openRawProduce({ kafka }: FleetStage, lapMs: number): Promise<Denominator> {
  const broker = kafka.connection.brokers[0] ?? ''
  const bytes = BODY.length + RECORD_BYTES_MORE
  return {
    async lap() {
      const child = Bun.spawn(
        [process.execPath, programOf('raw-produce.ts'), broker, EVENTS_TOPIC, `${lapMs}`, `${bytes}`],
        {
          stdout: 'pipe',
          env: { ...childEnvironment(), KAFKAJS_NO_PARTITIONER_WARNING: '1' },
        },
      )
      const perSecond = Number(await new Response(child.stdout).text())
      return { count: (perSecond * lapMs) / 1_000, ms: lapMs }
    },
    close: () => undefined,
  }
}

export const apiFigures: readonly Figure[] = [
  {
    name: 'api accepted a second, against an empty handler',
    of: 'events answered with 202 after acks=all, with auth and validation',
    against: 'an empty Hono handler, sent the same requests',
    goal: 0.38,
    open: (options) => openApiFigure(options, openEmptyHandler),
  },
  {
    name: 'api accepted a second, against raw produce',
    of: 'events answered with 202 after acks=all, with auth and validation',
    against: 'unpatched kafkajs, acks=all, batches of 500 records of the same size one after the other',
    goal: 0.42,
    open: (options) => openApiFigure(options, openRawProduce),
  },
]
