import {
  type Backbone,
  type FleetApp,
  type FleetTools,
  firstLookMsOf,
  openBackbone,
  planningPolicyOf,
} from '@carillon/backbone'
import { ACCEPTED_AT_HEADER, EVENTS_DLQ, eventsTopic, type Lane, TENANT_HEADER } from '@carillon/contracts'
import { type ReceivedBatch, type ReceivedRecord, readHeader } from '@carillon/kafka'
import { type EventRecord, type RoutingPolicy, type RoutingPorts, routeEvents } from '@carillon/routing'
import { createRoutingStore, createTemplateStore } from '@carillon/store'
import { createTemplateCatalogue } from '@carillon/templates'
import type { RouterConfig } from './config.ts'

const LANES: readonly Lane[] = ['urgent', 'normal']
const HOUR_MS = 3_600_000

/** Both lanes of `notification.events`: each batch is planned, saved and published before its offsets are committed. */
export async function openRouter(config: RouterConfig, tools: FleetTools): Promise<FleetApp> {
  const backbone = await openBackbone({ name: 'router', config, ...tools })
  const { pool, announce } = backbone
  const store = createRoutingStore({ pool, announce, firstLookMs: firstLookMsOf(config) })
  const templates = createTemplateCatalogue(createTemplateStore({ pool }))
  const policy = createPolicy(config)
  try {
    await Promise.all(LANES.map((lane) => consumeLane(lane, backbone, { store, templates }, policy, tools)))
  } catch (error) {
    await backbone.close()
    throw error
  }
  return { checkReadiness: backbone.checkReadiness, close: () => backbone.close() }
}

function createPolicy(config: RouterConfig): RoutingPolicy {
  return { ...planningPolicyOf(config), planMaxAgeMs: config.CARILLON_PLAN_MAX_AGE_HOURS * HOUR_MS }
}

async function consumeLane(
  lane: Lane,
  backbone: Backbone,
  stored: Pick<RoutingPorts, 'store' | 'templates'>,
  policy: RoutingPolicy,
  { log, metrics }: FleetTools,
): Promise<void> {
  await backbone.consume({
    topic: eventsTopic(lane),
    async handle(batch) {
      const startedAtMs = performance.now()
      const records = batch.records.map((record) => toEventRecord(batch, record))
      const ports: RoutingPorts = {
        ...stored,
        publisher: backbone.producer,
        deadLetters: {
          async send(refused) {
            const originals = new Map(batch.records.map((record) => [record.offset, record]))
            const letters = refused.flatMap(({ record, reason, message }) => {
              const original = originals.get(record.offset)
              return original ? [{ ...record, record: original, reason, message }] : []
            })
            await backbone.deadLetters.sendMany(EVENTS_DLQ, letters)
          },
        },
        onUnpublished: (error, rows) => log.warn({ err: error, rows }, 'wake_ups.unpublished'),
      }
      // Planning again adds nothing, so an outage in the middle of a batch repeats the batch.
      const routed = await backbone.persist(() => routeEvents(records, ports, policy))
      metrics.countEvents('planned', routed.planned)
      metrics.countEvents('refused', routed.refused)
      const { topic, partition } = batch
      const durationMs = performance.now() - startedAtMs
      log.info({ topic, partition, lane, records: batch.records.length, ...routed, durationMs }, 'events.planned')
    },
  })
}

function toEventRecord({ topic, partition }: ReceivedBatch, record: ReceivedRecord): EventRecord {
  return {
    topic,
    partition,
    offset: record.offset,
    timestampMs: record.timestampMs,
    value: record.value,
    tenantId: readHeader(record.headers, TENANT_HEADER),
    acceptedAt: readHeader(record.headers, ACCEPTED_AT_HEADER),
    traceparent: readHeader(record.headers, 'traceparent'),
  }
}
