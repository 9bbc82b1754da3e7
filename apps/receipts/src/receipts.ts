import { type Backbone, type FleetApp, type FleetTools, openBackbone } from '@carillon/backbone'
import { RECEIPTS_DLQ, RECEIPTS_TOPIC } from '@carillon/contracts'
import type { DeadLetter, ReceivedBatch } from '@carillon/kafka'
import { decodeReceipt, RECEIPT_POLICY, type ReceiptStore } from '@carillon/receipts'
import { createReceiptStore } from '@carillon/store'
import type { ReceiptsConfig } from './config.ts'
import { openOutcomeWebhooks } from './outcome-webhooks.ts'

const BATCH_RECORDS_MAX = 200

/** What providers said, from `notification.receipts` into rows. What finds nothing yet waits for the clock. */
export async function openReceipts(config: ReceiptsConfig, tools: FleetTools): Promise<FleetApp> {
  const backbone = await openBackbone({ name: 'receipts', config, ...tools })
  const store = createReceiptStore({ pool: backbone.pool, announce: backbone.announce })
  await backbone.consume({
    topic: RECEIPTS_TOPIC,
    batchRecordsMax: BATCH_RECORDS_MAX,
    // What one person asked for comes in its order, so one batch ends before the next begins.
    inFlightBatchesMax: 1,
    handle: (batch) => applyReceipts(batch, store, backbone, tools),
  })
  const calls = await openOutcomeWebhooks(backbone, config.OUTCOME_WEBHOOKS_PRIVATE, tools)
  return { checkReadiness: backbone.checkReadiness, close: () => backbone.close(calls.close) }
}

async function applyReceipts(
  { topic, partition, records }: ReceivedBatch,
  store: ReceiptStore,
  backbone: Backbone,
  { log }: FleetTools,
): Promise<void> {
  const startedAtMs = performance.now()
  const refused: DeadLetter[] = []
  const receipts = records.flatMap((record) => {
    const decoded = decodeReceipt(record.value)
    if (decoded.ok) return [decoded.receipt]
    refused.push({ topic, partition, record, reason: decoded.reason, message: decoded.message })
    return []
  })
  if (refused.length > 0) await backbone.deadLetters.sendMany(RECEIPTS_DLQ, refused)
  const settled = await backbone.persist(() => store.saveReceipts(receipts, RECEIPT_POLICY))
  for (const { provider, reason, deliveryId, alert } of settled)
    if (alert) log.error({ provider, reason, deliveryId, alert }, 'receipt.alerted')
  const waiting = settled.filter(({ result }) => result === 'waiting').length
  const durationMs = performance.now() - startedAtMs
  const counts = { records: records.length, refused: refused.length, rows: settled.length, waiting }
  log.info({ topic, ...counts, durationMs }, 'receipts.applied')
}
