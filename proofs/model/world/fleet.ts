import { decodeRead, startAgenda, startClock } from '@carillon/clock'
import { channelTopic, EVENTS_DLQ, eventsTopic, type Lane, READ_TOPIC, type SentChannel } from '@carillon/contracts'
import { createDeliveryWorker, decodeWakeUp, MAX_RESENDS, retryPolicyOf } from '@carillon/delivery'
import { type EventRecord, type RoutingPorts, routeEvents, toRecords } from '@carillon/routing'
import { shippedCatalogue } from '@carillon/templates'
import { ROUTING } from '../differential/run-call.ts'
import { FIRST_LOOK_MS } from '../stores.ts'
import { type FleetProcess, Outage, type Received } from './fleet-process.ts'
import type { Log } from './log.ts'
import type { Provider } from './provider.ts'

/** The processes, wired as the apps wire them, from the same parts; what differs is only what lies below the ports. */

export const KINDS = ['router', 'worker', 'clock', 'api'] as const
export type ProcessKind = (typeof KINDS)[number]

export const SENT_BY_MODEL: readonly SentChannel[] = ['EMAIL', 'SMS']
const LANES: readonly Lane[] = ['urgent', 'normal']
const TIMEOUT_MS = 5_000
const OUTBOX_OLDER_THAN_MS = 5_000

export const TOPICS_OF: Readonly<Record<ProcessKind, readonly string[]>> = {
  router: LANES.map(eventsTopic),
  worker: SENT_BY_MODEL.flatMap((channel) => LANES.map((lane) => channelTopic(channel, lane))),
  clock: [READ_TOPIC],
  api: [],
}

export interface FleetParts {
  readonly log: Log
  readonly provider: Provider
  readonly onFatal: (process: FleetProcess, error: unknown) => void
}

/** Consumes only when it is given the topics: another process of its kind may own them. */
export function startWork(
  kind: ProcessKind,
  process: FleetProcess,
  parts: FleetParts,
): (topics: readonly string[]) => void {
  switch (kind) {
    case 'router':
      return startRouter(process, parts)
    case 'worker':
      return startWorker(process, parts)
    case 'clock':
      return startClockProcess(process, parts)
    case 'api':
      return () => undefined
  }
}

function startRouter(process: FleetProcess, { log }: FleetParts) {
  const consume = (topic: string) =>
    process.consume(topic, async (records) => {
      const ports: RoutingPorts = {
        store: process.stores.routing,
        publisher: process.publisher,
        deadLetters: {
          send: (refused) =>
            process.perform(`put ${refused.length} records aside`, () => {
              for (const { record, reason } of refused) log.append(EVENTS_DLQ, reason, readText(record))
            }),
        },
        onUnpublished: () => undefined,
        templates: shippedCatalogue,
      }
      await process.persist(() =>
        routeEvents(
          records.map((record) => toEventRecord(topic, record)),
          ports,
          ROUTING,
        ),
      )
    })
  return (topics: readonly string[]) => {
    for (const topic of topics) consume(topic)
  }
}

function readText({ value }: EventRecord): string {
  return new TextDecoder().decode(value ?? new Uint8Array())
}

function toEventRecord(topic: string, record: Received): EventRecord {
  return { ...record, topic, partition: 0, acceptedAt: undefined, traceparent: undefined }
}

function startWorker(process: FleetProcess, { provider, onFatal }: FleetParts) {
  const workers = new Map(
    SENT_BY_MODEL.map((name) => {
      const ports = {
        channel: provider.channelOf(name, process),
        store: process.stores.delivery,
        hashAddress: (tenantId: string, address: string) => `#${tenantId}/${address}`,
        persist: process.persist,
        observe: () => undefined,
        onChannelStopped: () => undefined,
        onFatal: (error: unknown) => onFatal(process, error),
        random: () => 0.5,
      }
      const worker = createDeliveryWorker(ports, {
        slots: 2,
        urgentSlots: 1,
        timeoutMs: TIMEOUT_MS,
        retry: retryPolicyOf(name, TIMEOUT_MS),
        breakerFailuresMax: 3,
        breakerOpenMs: 10_000,
        holdMs: 60_000,
        firstAnswerMsMax: 0,
      })
      return [name, worker] as const
    }),
  )
  return (topics: readonly string[]) => {
    for (const channel of SENT_BY_MODEL)
      for (const lane of LANES) {
        const topic = channelTopic(channel, lane)
        if (!topics.includes(topic)) continue
        process.consume(topic, async (records) => {
          const wakeUps = records.flatMap(({ value }) => {
            const decoded = decodeWakeUp(value)
            return decoded.ok ? [decoded.wakeUp] : []
          })
          await workers.get(channel)?.deliver(wakeUps, lane)
        })
      }
  }
}

function startClockProcess(process: FleetProcess, { log, onFatal }: FleetParts) {
  const { stores, publisher, perform } = process
  const failing = {
    decideRestMs: (error: unknown) => (error instanceof Outage ? 1_000 : undefined),
    onFatal: (error: unknown) => onFatal(process, error),
  }
  const { workers } = startClock(
    {
      store: stores.clock,
      publisher,
      readOffsets: (_group, topic) => perform(`ask where ${topic} stands`, () => [log.readPosition(topic)]),
      publishOutbox: async (row) => void (await publisher.publishMany(toRecords(row))),
      observe: () => undefined,
      ...failing,
    },
    {
      resend: { maxResends: MAX_RESENDS, resendAfterMs: 0 },
      watch: { firstLookMs: FIRST_LOOK_MS, lookMsMax: 600_000, unknownAfterMs: TIMEOUT_MS },
      outboxOlderThanMs: OUTBOX_OLDER_THAN_MS,
      stubsOlderThanMs: ROUTING.planMaxAgeMs,
    },
  )
  startAgenda({ readAgenda: () => stores.clock.readAgenda(OUTBOX_OLDER_THAN_MS), workers, ...failing })
  return (topics: readonly string[]) => {
    for (const topic of topics)
      process.consume(topic, async (records) => {
        const requests = records.flatMap(({ value, tenantId }) => {
          const decoded = decodeRead(value, tenantId)
          return decoded.ok ? [decoded.request] : []
        })
        if (requests.length > 0) await process.persist(() => stores.stops.stopNotifications(requests))
      })
  }
}
