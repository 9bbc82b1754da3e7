import {
  type Backbone,
  eventIdKeysOf,
  type FleetApp,
  type FleetTools,
  firstLookMsOf,
  openBackbone,
} from '@carillon/backbone'
import {
  type ClockPolicy,
  decodeRead,
  type ObservedRelease,
  type ObservedWork,
  startAgenda,
  startClock,
  startReleases,
} from '@carillon/clock'
import { READ_DLQ, READ_TOPIC, readEventTime, TENANT_HEADER } from '@carillon/contracts'
import { ASKED_CHANNELS, MAX_RESENDS, type StopStore } from '@carillon/delivery'
import { type DeadLetter, isKafkaOutage, type ReceivedBatch, readHeader } from '@carillon/kafka'
import { toRecords } from '@carillon/routing'
import {
  createClockStore,
  createEventControlStore,
  createHeldClockStore,
  createStopStore,
  isPostgresOutage,
  listenForDue,
} from '@carillon/store'
import type { EscalationConfig } from './config.ts'
import { startDigestLoop } from './digest-loop.ts'
import { startErasureLoop } from './erasure-loop.ts'
import { startFanoutLoop } from './fanout-loop.ts'
import { startReceiptLoop } from './receipt-loop.ts'
import { startRetentionLoop } from './retention-loop.ts'

const OUTAGE_REST_MS = 1_000
const OUTBOX_OLDER_THAN_MS = 5_000
const LOOK_MS_MAX = 600_000
const HOUR_MS = 3_600_000
/** Longer than any record of theirs can rest in a topic and be read again. */
const HELD_KEPT_MS = 30 * 24 * HOUR_MS

/** The clock of the fleet, and the reads that other services write to `notification.read` themselves. */
export async function openEscalation(config: EscalationConfig, tools: FleetTools): Promise<FleetApp> {
  const backbone = await openBackbone({ name: 'escalation', config, ...tools })
  const { onFatal } = tools
  const eventIdKeys = eventIdKeysOf(config)
  const stops = createStopStore({
    pool: backbone.pool,
    announce: backbone.announce,
    readEventTime: (tenantId, eventId) => readEventTime(tenantId, eventId, eventIdKeys),
  })
  await backbone.consume({ topic: READ_TOPIC, handle: (batch) => applyReads(batch, stops, backbone, tools) })
  const watching = { decideRestMs, onFatal, observe: createObserver(tools) }
  const store = createClockStore({
    pool: backbone.pool,
    announce: backbone.announce,
    firstLookMs: firstLookMsOf(config),
  })
  const clock = startClock(
    {
      store,
      asks: store,
      publisher: backbone.producer,
      readOffsets: (groupId, topic) => backbone.topics.readOffsets(groupId, topic),
      async publishOutbox(row) {
        await backbone.producer.publishMany(toRecords(row))
      },
      ...watching,
    },
    createPolicy(config),
  )
  const releases = startReleases(
    {
      store: createHeldClockStore({
        pool: backbone.pool,
        announce: backbone.announce,
        events: createEventControlStore({ pool: backbone.pool, stops }),
        reportUnreadable: ({ tenantId, id, error }) =>
          tools.log.error({ tenantId, id, err: error }, 'an event that waits cannot be opened; its key must come back'),
      }),
      publisher: backbone.producer,
      ...watching,
    },
    HELD_KEPT_MS,
  )
  const receipts = startReceiptLoop({ backbone, ...watching })
  const fanouts = startFanoutLoop({ backbone, ...watching })
  const retention = startRetentionLoop({ backbone, config, log: tools.log, decideRestMs, onFatal })
  const erasures = startErasureLoop({ backbone, ...watching })
  const digests = startDigestLoop({ backbone, ...watching })
  const agenda = startAgenda({
    readAgenda: () => store.readAgenda(OUTBOX_OLDER_THAN_MS),
    workers: { ...clock.workers, ...releases.workers, receipts, fanouts, erasures, digests },
    ...watching,
  })
  const listening = listenForDue(backbone.pool, agenda.wake)
  const loops = [listening, agenda, clock, releases, receipts, fanouts, retention, erasures, digests]
  return {
    checkReadiness: backbone.checkReadiness,
    close: () => backbone.close(async () => void (await Promise.all(loops.map((loop) => loop.close())))),
  }
}

/** Both are waited out: the rows are the truth, and they are still due when the other side is back. */
function decideRestMs(error: unknown): number | undefined {
  return isPostgresOutage(error) || isKafkaOutage(error) ? OUTAGE_REST_MS : undefined
}

interface Observed extends Omit<ObservedWork, 'work'> {
  readonly work:
    | ObservedWork['work']
    | ObservedRelease['work']
    | 'receipts_applied'
    | 'fanouts_handed_over'
    | 'people_erased'
    | 'digests_closed'
    | 'digests_deleted'
}

function createObserver({ log, metrics }: FleetTools) {
  return function observe({ work, count, error }: Observed): void {
    metrics.countClockWork(work, count)
    if (error === undefined) log.info({ work, count }, 'clock.worked')
    else log.warn({ work, count, err: error }, 'clock.worked')
  }
}

function createPolicy(config: EscalationConfig): ClockPolicy {
  return {
    resend: {
      maxResends: MAX_RESENDS,
      resendAfterMs: config.CARILLON_RESEND_AFTER,
      asked: { channels: ASKED_CHANNELS, everyMs: config.CARILLON_ASK_EVERY, forMs: config.CARILLON_ASK_FOR },
    },
    watch: {
      firstLookMs: firstLookMsOf(config),
      lookMsMax: LOOK_MS_MAX,
      unknownAfterMs: config.CARILLON_UNKNOWN_AFTER,
    },
    outboxOlderThanMs: OUTBOX_OLDER_THAN_MS,
    stubsOlderThanMs: config.CARILLON_STUB_HOURS * HOUR_MS,
  }
}

async function applyReads(batch: ReceivedBatch, stops: StopStore, backbone: Backbone, { log }: FleetTools) {
  const startedAtMs = performance.now()
  const refused: DeadLetter[] = []
  const requests = batch.records.flatMap((record) => {
    const decoded = decodeRead(record.value, readHeader(record.headers, TENANT_HEADER))
    if (decoded.ok) return [decoded.request]
    const { topic, partition } = batch
    refused.push({ topic, partition, record, reason: decoded.reason, message: decoded.message })
    return []
  })
  if (refused.length > 0) await backbone.deadLetters.sendMany(READ_DLQ, refused)
  if (requests.length > 0) await backbone.persist(() => stops.stopNotifications(requests))
  const durationMs = performance.now() - startedAtMs
  log.info({ topic: batch.topic, records: batch.records.length, refused: refused.length, durationMs }, 'reads.applied')
}
