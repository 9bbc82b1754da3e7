import { randomUUID } from 'node:crypto'
import type { ReceiptRecord } from '@carillon/contracts'
import { RECEIPT_POLICY, type ReceiptStore, toReceiptRecord } from '@carillon/receipts'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createReceiptStore } from '../../src/index.ts'
import { openTestStore, type TestStore } from '../open-test-store.ts'
import { countRows } from '../rows.ts'

/** On tables that were never analysed: a planner that guesses wrong reads them all, once a receipt. */

const ROWS = 200_000
const BATCH = 500
const BATCH_MS_MAX = 3_000

let store: TestStore
let receipts: ReceiptStore
let sent: { readonly id: string; readonly message: string }[]
beforeAll(async () => {
  store = await openTestStore()
  receipts = createReceiptStore({ pool: store.pool, announce: () => undefined })
  for (const table of ['Notification', 'NotificationDelivery', 'DeliveryAttempt', 'Receipt', 'Suppression'])
    await store.pool.query(`ALTER TABLE "${table}" SET (autovacuum_enabled = false)`)
  await store.pool.query(
    `INSERT INTO "NotificationDelivery"(id, "notificationId", "tenantId", "recipientId", channel, status, lane, "expiresAt",
       fence)
     SELECT gen_random_uuid(), gen_random_uuid(), 'default', 'u' || i, 'SMS', 'PENDING', 'normal',
       now() + interval '72 h', 1 FROM generate_series(1, ${ROWS}) i`,
  )
  await store.pool.query('ALTER TABLE "NotificationDelivery" DISABLE TRIGGER USER')
  await store.pool.query(`UPDATE "NotificationDelivery" SET status = 'SENT'`)
  await store.pool.query('ALTER TABLE "NotificationDelivery" ENABLE TRIGGER USER')
  await store.pool.query(
    `INSERT INTO "Notification"(id, "tenantId", "recipientId", "plannedAt")
     SELECT "notificationId", 'tenant ' || row_number() OVER () % 5, "recipientId", now() FROM "NotificationDelivery"`,
  )
  await store.pool.query(
    `INSERT INTO "DeliveryAttempt"("deliveryId", number, fence, "providerMessageId", "addressHash", "startedAt")
     SELECT id, 1, 1, 'SM' || md5(id::text), md5("recipientId"), now() FROM "NotificationDelivery"`,
  )
  await store.pool.query(
    `INSERT INTO "Receipt"(id, provider, "providerEventId", kind, rank, payload, "dueAt")
     SELECT gen_random_uuid(), 'other', i::text, 'delivered', 5, '{}',
       CASE WHEN i % 10 = 0 THEN now() + interval '1 h' END FROM generate_series(1, ${ROWS}) i`,
  )
  sent = (
    await store.pool.query<{ id: string; message: string }>(
      `SELECT id, 'SM' || md5(id::text) AS message FROM "NotificationDelivery" ORDER BY random() LIMIT ${4 * BATCH}`,
    )
  ).rows
}, 120_000)
afterAll(() => store.close())

async function timed<Result>(action: string, work: () => Promise<Result>): Promise<Result> {
  const startedMs = performance.now()
  const result = await work()
  expect(performance.now() - startedMs, action).toBeLessThan(BATCH_MS_MAX)
  return result
}

const receiptsOf = (more: (one: { id: string; message: string }) => Partial<ReceiptRecord>) =>
  sent.splice(0, BATCH).map((one) => ({
    ...toReceiptRecord({ provider: 'twilio', providerEventId: randomUUID(), kind: 'delivered' }),
    ...more(one),
  }))

it.each([
  ['by our own id', 'delivered', ({ id }: { id: string }) => ({ deliveryId: id, attempt: 1 })],
  ['by the id of the provider', 'delivered', ({ message }: { message: string }) => ({ providerMessageId: message })],
  [
    'with one more try and a suppression',
    'failed_retried',
    ({ id }: { id: string }) => ({
      deliveryId: id,
      kind: 'failed' as const,
      isRetryWorthwhile: true,
      suppressAddress: true,
    }),
  ],
  ['that find nothing', 'waiting', () => ({ providerMessageId: randomUUID() })],
] as const)(`applies ${BATCH} receipts %s in one go`, async (action, result, more) => {
  const given = receiptsOf(more)
  const settled = await timed(action, () => receipts.saveReceipts(given, RECEIPT_POLICY))
  expect(settled.map((one) => one.result)).toEqual(given.map(() => result))
})

it('takes what is due without reading the rest, and lists tenants without reading their rows', async () => {
  await store.pool.query(`UPDATE "Receipt" SET "dueAt" = now() - interval '1 ms' WHERE result = 'waiting'`)
  const settled = await timed('due', () => receipts.applyDueReceipts(BATCH, RECEIPT_POLICY))
  expect(settled.map((one) => one.result)).toEqual(Array(BATCH).fill('waiting'))
  const tenants = await timed('tenants', () => receipts.listTenantIds())
  expect(tenants).toEqual(['default', ...[0, 1, 2, 3, 4].map((tenant) => `tenant ${tenant}`)])
  expect(await countRows(store, 'NotificationDelivery', 'replay = 1')).toBe(BATCH)
})
