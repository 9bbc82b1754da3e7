import type { ReceiptKind, ReceiptRecord } from '@carillon/contracts'
import { RECEIPT_POLICY, type ReceiptStore, toReceiptRecord } from '@carillon/receipts'
import { beforeAll, expect, it } from 'vitest'
import { createReceiptStore } from '../../src/index.ts'
import { buildChunk } from '../build-chunk.ts'
import type { TestStore } from '../open-test-store.ts'
import { shuffle, useRacingStore } from '../racing-store.ts'
import { accepted, claim, countRows, readDelivery } from '../rows.ts'

const open = useRacingStore()
let store: TestStore
let receipts: ReceiptStore
beforeAll(() => {
  store = open()
  receipts = createReceiptStore({ pool: store.pool, announce: (row) => void store.announced.push(row) })
})

function receiptOf(deliveryId: string, kind: ReceiptKind, round = 0): ReceiptRecord {
  const providerEventId = `${deliveryId}:${kind}:${round}`
  const more = kind === 'undelivered' && { isRetryWorthwhile: true, suppressAddress: true }
  return toReceiptRecord({ provider: 'twilio', providerEventId, deliveryId, attempt: 1, kind, ...more })
}

const plan = async (count: number) => {
  const events = Array.from({ length: count }, () => ({ deliveries: [{ channel: 'SMS' as const }] }))
  return (await store.routing.savePlans(buildChunk(...events))).wakeUps
}
const save = (given: readonly ReceiptRecord[]) => receipts.saveReceipts(given, RECEIPT_POLICY)

async function applyWaiting() {
  await store.pool.query(`UPDATE "Receipt" SET "dueAt" = now() - interval '1 s' WHERE "dueAt" IS NOT NULL`)
  for (;;) if ((await receipts.applyDueReceipts(50, RECEIPT_POLICY)).length === 0) return
}

function countOutcomes(): Map<string, number> {
  const ids = store.announced.flatMap((row) => row.records.map((record) => JSON.parse(record.value).id as string))
  return new Map([...Map.groupBy(ids, (id) => id)].map(([id, same]) => [id, same.length]))
}

it('comes to one end when results, receipts and stops of the same rows meet', async () => {
  for (let round = 0; round < 15; round++) {
    const wakeUps = await plan(20)
    const claimed = await claim(
      store,
      wakeUps.map((one) => one.deliveryId),
    )
    const [arriving, failing] = [wakeUps.slice(0, 10), wakeUps.slice(10)]
    const told = [
      ...arriving.flatMap(({ deliveryId }) =>
        (['queued', 'sent', 'delivered'] as const).map((kind) => receiptOf(deliveryId, kind)),
      ),
      ...failing.flatMap(({ deliveryId }) =>
        (['sent', 'undelivered'] as const).map((kind) => receiptOf(deliveryId, kind)),
      ),
    ]
    const cancel = (one: { notificationId: string }) =>
      store.stops.stopNotification({
        ...{ kind: 'cancel' as const, tenantId: 'default', source: 'api' as const },
        notificationId: one.notificationId,
      })
    await Promise.all([
      store.delivery
        .recordResults(
          shuffle(claimed)
            .slice(0, 10)
            .map((one) => ({ ...accepted(one), channel: 'SMS' })),
        )
        .then(() => store.delivery.recordResults(claimed.map((one) => ({ ...accepted(one), channel: 'SMS' })))),
      ...[1, 2, 3].map(() => save(shuffle(told))),
      receipts.applyDueReceipts(50, RECEIPT_POLICY),
      ...shuffle(wakeUps).slice(0, 5).map(cancel),
    ])
    await applyWaiting()
    for (const { deliveryId } of arriving) expect((await readDelivery(store, deliveryId)).status).toBe('DELIVERED')
    for (const { deliveryId } of failing) expect((await readDelivery(store, deliveryId)).status).toBe('FAILED')
  }
  expect([...new Set(countOutcomes().values())]).toEqual([1])
  expect(await countRows(store, 'Receipt', `"dueAt" IS NOT NULL`)).toBe(0)
  expect(await countRows(store, 'NotificationDelivery', 'replay = 1')).toBe(150)
  expect(await countRows(store, 'NotificationDelivery', 'replay > 1')).toBe(0)
  expect(await countRows(store, 'Suppression')).toBe(150)
  expect(store.refused).toEqual([])
}, 60_000)

it('gives a receipt that waits to one of two clocks', async () => {
  const wakeUps = await plan(60)
  const claimed = await claim(
    store,
    wakeUps.map((one) => one.deliveryId),
  )
  await save(wakeUps.map(({ deliveryId }) => receiptOf(deliveryId, 'failed')))
  await store.delivery.recordResults(claimed.map(accepted))
  await store.pool.query(`UPDATE "Receipt" SET "dueAt" = now() - interval '1 s' WHERE "dueAt" IS NOT NULL`)
  const taken = await Promise.all([1, 2, 3, 4].map(() => receipts.applyDueReceipts(20, RECEIPT_POLICY)))
  const settled = taken.flat()
  expect(new Set(settled.map((one) => one.providerEventId)).size).toBe(settled.length)
  await applyWaiting()
  expect(await countRows(store, 'NotificationDelivery', `status = 'SENT'`)).toBe(0)
})

it('makes no row for a notification whose stop was answered', async () => {
  const answers: string[] = []
  for (let round = 0; round < 40; round++) {
    const [wakeUp] = await plan(1)
    if (!wakeUp) throw new Error('nothing planned')
    await store.delivery.recordResults((await claim(store, [wakeUp.deliveryId])).map(accepted))
    const { notificationId, deliveryId } = wakeUp
    await Promise.all([
      save([receiptOf(deliveryId, 'undelivered')]),
      store.stops.stopNotification({ kind: 'cancel', tenantId: 'default', notificationId, source: 'api' }),
    ])
    const { rows } = await store.pool.query<{ status: string }>(
      `SELECT status FROM "NotificationDelivery" WHERE "notificationId" = $1 AND replay = 1`,
      [notificationId],
    )
    answers.push(...rows.map((row) => row.status))
  }
  expect(answers).toHaveLength(40)
  expect(new Set(answers)).toEqual(new Set(['CANCELLED']))
}, 60_000)
