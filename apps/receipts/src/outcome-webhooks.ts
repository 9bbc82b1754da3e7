import type { Backbone, FleetTools } from '@carillon/backbone'
import { startLoop } from '@carillon/clock'
import { DEFAULT_TENANT, OUTCOMES_TOPIC, parseStrictJson, TENANT_HEADER } from '@carillon/contracts'
import { postToStranger } from '@carillon/egress'
import { type ReceivedBatch, readHeader } from '@carillon/kafka'
import { nameCall, type OutcomeCall, sendDueCalls } from '@carillon/receipts'
import { createOutcomeWebhookStore, isPostgresOutage } from '@carillon/store'
import { z } from 'zod'

const BATCH_RECORDS_MAX = 500
const OUTCOMES_PER_CALL_MAX = 100
const LISTENERS_FRESH_MS = 2_000
const OUTAGE_REST_MS = 1_000
/** What is to be tried again, or replayed by an operator, is found by it; new calls wake the loop. */
const LOOK_EVERY_MS = 2_000

const namedSchema = z.looseObject({ id: z.string() })

/** Outcomes for tenants that do not read Kafka: from the topic into rows, and from rows to where they listen. */
export async function openOutcomeWebhooks(backbone: Backbone, allowPrivate: boolean, { log, onFatal }: FleetTools) {
  const store = createOutcomeWebhookStore({ pool: backbone.pool })
  const readListeners = rememberListeners(() => backbone.persist(store.listListeners))
  const calling = startLoop({
    async work() {
      const { isMoreDue } = await sendDueCalls({
        store,
        post: (call) => postToStranger({ ...call, allowPrivate }),
        observe({ id, tenantId, attempts, records }, step) {
          const line = { call: id, tenantId, attempts, outcomes: records.length, ...step }
          if (step.step === 'dead') log.error({ ...line, alert: true }, 'outcomes.undelivered')
          else log.info(line, 'outcomes.told')
        },
        now: () => new Date(),
      })
      return { againInMs: isMoreDue ? 0 : LOOK_EVERY_MS }
    },
    decideRestMs: (error) => (isPostgresOutage(error) ? OUTAGE_REST_MS : undefined),
    onFatal,
  })
  await backbone.consume({
    topic: OUTCOMES_TOPIC,
    batchRecordsMax: BATCH_RECORDS_MAX,
    inFlightBatchesMax: 1,
    async handle(batch) {
      const calls = collectCalls(batch, await readListeners())
      if (calls.length === 0) return
      await backbone.persist(() => store.saveCalls(calls))
      calling.wake()
    },
  })
  return calling
}

/** What cannot be read was not written by us, and is nobody's outcome. */
function collectCalls({ records }: ReceivedBatch, listeners: ReadonlySet<string>): OutcomeCall[] {
  if (listeners.size === 0) return []
  const told = records.flatMap((record) => {
    const tenantId = readHeader(record.headers, TENANT_HEADER) ?? DEFAULT_TENANT
    const json = record.value && listeners.has(tenantId) ? parseStrictJson(record.value) : undefined
    const outcome = json?.ok ? namedSchema.safeParse(json.value) : undefined
    return outcome?.success ? [{ tenantId, outcome: outcome.data }] : []
  })
  return [...Map.groupBy(told, ({ tenantId }) => tenantId)].flatMap(([tenantId, own]) =>
    chunk(own.map(({ outcome }) => outcome)).map((outcomes) => {
      const ids = outcomes.map(({ id }) => id)
      return { id: nameCall(tenantId, ids), tenantId, records: outcomes }
    }),
  )
}

function chunk<Item>(items: readonly Item[]): Item[][] {
  const count = Math.ceil(items.length / OUTCOMES_PER_CALL_MAX)
  return Array.from({ length: count }, (_, place) =>
    items.slice(place * OUTCOMES_PER_CALL_MAX, (place + 1) * OUTCOMES_PER_CALL_MAX),
  )
}

function rememberListeners(listListeners: () => Promise<readonly string[]>): () => Promise<ReadonlySet<string>> {
  let known: { readonly ids: ReadonlySet<string>; readonly atMs: number } | undefined
  return async function readListeners() {
    if (known && performance.now() - known.atMs < LISTENERS_FRESH_MS) return known.ids
    known = { ids: new Set(await listListeners()), atMs: performance.now() }
    return known.ids
  }
}
