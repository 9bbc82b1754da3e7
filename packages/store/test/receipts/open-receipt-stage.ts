import type { ReceiptKind, ReceiptRecord } from '@carillon/contracts'
import { type ProviderReceipt, RECEIPT_POLICY, toReceiptRecord } from '@carillon/receipts'
import { createReceiptStore } from '../../src/index.ts'
import type { EventToBuild } from '../build-chunk.ts'
import { openTestStore, type TestStore } from '../open-test-store.ts'
import { accepted, claimOne, planEmail } from '../rows.ts'

export type ReceiptStage = Awaited<ReturnType<typeof openReceiptStage>>

/** A store whose messages go out and are heard of again. */
export async function openReceiptStage() {
  const store = await openTestStore()
  const receipts = createReceiptStore({ pool: store.pool, announce: (row) => void store.announced.push(row) })
  const record = (...results: Parameters<TestStore['delivery']['recordResults']>[0]) =>
    store.delivery.recordResults(results)

  return {
    store,
    receipts,
    record,
    close: store.close,

    async clear() {
      store.announced.splice(0)
      await store.pool.query(
        `TRUNCATE "Notification", "NotificationDelivery", "DeliveryAttempt", "Dispatch", "Outbox", "Event", "Receipt",
          "Suppression"`,
      )
    },

    async save(...given: readonly ReceiptRecord[]) {
      return (await receipts.saveReceipts(given, RECEIPT_POLICY)).map(({ result }) => result)
    },

    async applyDue() {
      await store.pool.query(`UPDATE "Receipt" SET "dueAt" = now() - interval '1 ms' WHERE "dueAt" IS NOT NULL`)
      return (await receipts.applyDueReceipts(100, RECEIPT_POLICY)).map(({ result }) => result)
    },

    async planSent(event: EventToBuild = {}) {
      const planned = await planEmail(store, event)
      const claimed = await claimOne(store, planned.id)
      await record(accepted(claimed))
      store.announced.splice(0)
      return { ...planned, claimed }
    },

    async readReceipts() {
      return (await store.pool.query('SELECT * FROM "Receipt" ORDER BY "receivedAt", "providerEventId"')).rows
    },

    async readSuppressions() {
      return (await store.pool.query('SELECT * FROM "Suppression" ORDER BY "tenantId", channel, "addressHash"')).rows
    },
  }
}

/** Of the first attempt of a delivery, by our own id. */
export function receiptOf(kind: ReceiptKind, deliveryId: string, more: Partial<ProviderReceipt> = {}): ReceiptRecord {
  const { attempt = 1, provider = 'twilio' } = more
  const providerEventId = `${deliveryId}:${attempt}:${kind}`
  return toReceiptRecord({ provider, providerEventId, deliveryId, attempt, kind, ...more })
}
