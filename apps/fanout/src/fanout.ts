import { setTimeout as rest } from 'node:timers/promises'
import {
  type Backbone,
  type FleetApp,
  type FleetTools,
  firstLookMsOf,
  openBackbone,
  planningPolicyOf,
} from '@carillon/backbone'
import { EVENTS_DLQ, FANOUT_TOPIC, type FanoutRecord, fanoutRecordSchema, parseStrictJson } from '@carillon/contracts'
import { type DeadLetter, isKafkaOutage, type ReceivedBatch } from '@carillon/kafka'
import { createFanoutRunner, type FanoutRunner, type ObservedEnd } from '@carillon/routing'
import {
  createEventControlStore,
  createFanoutStore,
  createStopStore,
  createTemplateStore,
  type EventControlStore,
  isPostgresOutage,
} from '@carillon/store'
import { createTemplateCatalogue } from '@carillon/templates'
import type { FanoutConfig } from './config.ts'

const BATCH_RECORDS_MAX = 10

/** Events for many: from `notification.fanout` chunk by chunk into rows, in a process of its own. */
export async function openFanout(config: FanoutConfig, tools: FleetTools): Promise<FleetApp> {
  const backbone = await openBackbone({ name: 'fanout', config, ...tools })
  const { pool, announce } = backbone
  const stops = createStopStore({ pool, announce, readEventTime: () => undefined })
  const events = createEventControlStore({ pool, stops })
  const runner = openRunner(config, backbone, tools)
  try {
    await backbone.consume({
      topic: FANOUT_TOPIC,
      batchRecordsMax: BATCH_RECORDS_MAX,
      handle: (batch) => startAll(batch, runner, events, backbone),
    })
  } catch (error) {
    await backbone.close()
    throw error
  }
  return { checkReadiness: backbone.checkReadiness, close: () => backbone.close(() => runner.close()) }
}

function openRunner(config: FanoutConfig, backbone: Backbone, { log, metrics }: FleetTools): FanoutRunner {
  const { pool, announce, producer } = backbone
  return createFanoutRunner(
    {
      store: createFanoutStore({ pool, announce, firstLookMs: firstLookMsOf(config) }),
      templates: createTemplateCatalogue(createTemplateStore({ pool })),
      publisher: producer,
      rest: (ms) => rest(ms),
      isOutage: (error) => isPostgresOutage(error) || isKafkaOutage(error),
      onUnpublished: (error, rows) => log.warn({ err: error, rows }, 'wake_ups.unpublished'),
      onChunk: (chunk) => log.info(chunk, 'fanout.chunk'),
      onEnd({ error, ...end }: ObservedEnd) {
        if (end.end === 'completed') metrics.countEvents('planned', 1)
        if (error === undefined) log.info(end, 'fanout.ended')
        else log.error({ ...end, err: error }, 'fanout.ended')
      },
    },
    {
      concurrency: config.CARILLON_FANOUT_CONCURRENCY,
      leaseMs: config.CARILLON_FANOUT_LEASE,
      policy: planningPolicyOf(config),
    },
  )
}

async function startAll(
  { topic, partition, records }: ReceivedBatch,
  runner: FanoutRunner,
  events: EventControlStore,
  backbone: Backbone,
): Promise<void> {
  const refused: DeadLetter[] = []
  const started = new Set<string>()
  for (const record of records) {
    const decoded = decode(record.value)
    if (decoded === undefined) {
      refused.push({ topic, partition, record, reason: 'malformed', message: 'not { tenantId, fanoutId }' })
      continue
    }
    if (started.has(decoded.fanoutId)) continue
    started.add(decoded.fanoutId)
    const isTaken = await backbone.persist(() => runner.start(decoded.fanoutId))
    // A cancel of it may have been cut short.
    if (!isTaken) await backbone.persist(() => events.finishCancel(decoded))
  }
  if (refused.length > 0) await backbone.deadLetters.sendMany(EVENTS_DLQ, refused)
}

function decode(value: Uint8Array | null): FanoutRecord | undefined {
  const json = value === null ? undefined : parseStrictJson(value)
  const parsed = json?.ok ? fanoutRecordSchema.safeParse(json.value) : undefined
  return parsed?.success ? parsed.data : undefined
}
