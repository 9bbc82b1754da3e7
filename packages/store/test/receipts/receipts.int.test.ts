import { randomUUID } from 'node:crypto'
import type { ReceiptKind } from '@carillon/contracts'
import { RECEIPT_POLICY } from '@carillon/receipts'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { TestStore } from '../open-test-store.ts'
import {
  change,
  claimOne,
  countRows,
  outcomesOf,
  planEmail,
  planOne,
  readAttempts,
  readDeliveries,
  readDelivery,
} from '../rows.ts'
import { openReceiptStage, type ReceiptStage, receiptOf } from './open-receipt-stage.ts'

let stage: ReceiptStage
let store: TestStore
beforeAll(async () => {
  stage = await openReceiptStage()
  store = stage.store
})
afterAll(() => stage.close())
beforeEach(() => stage.clear())

describe('a receipt of a message that is SENT', () => {
  it('turns it into DELIVERED, and says so', async () => {
    const { id } = await stage.planSent()
    expect(await stage.save(receiptOf('delivered', id))).toEqual(['delivered'])
    expect(await readDelivery(store, id)).toMatchObject({
      ...{ status: 'DELIVERED', reason: null, error: null, dueAt: null, leaseUntil: null },
      ...{ deliveredAt: expect.any(Date), sentAt: expect.any(Date) },
    })
    expect(await readAttempts(store, id)).toMatchObject([{ receiptRank: 5, outcome: 'accepted' }])
    expect(outcomesOf(store, id)).toEqual(['DELIVERED null'])
    const { rows } = await store.pool.query('SELECT id, topic FROM "Outbox"')
    expect(rows).toContainEqual({ id: store.announced[0]?.id, topic: 'notification.outcomes' })
    const [receipt] = await stage.readReceipts()
    expect(receipt).toMatchObject({
      ...{ deliveryId: id, attempt: 1, kind: 'delivered', rank: 5, result: 'delivered', looks: 1, dueAt: null },
      appliedAt: expect.any(Date),
    })
  })

  it('turns it into FAILED, with the reason on the row and on the attempt', async () => {
    const { id } = await stage.planSent()
    const failed = receiptOf('undelivered', id, { reason: 'receipt_number_blocked', providerCode: '30004' })
    expect(await stage.save(failed)).toEqual(['failed'])
    const said = { reason: 'receipt_number_blocked', error: 'twilio said 30004' }
    expect(await readDelivery(store, id)).toMatchObject({ status: 'FAILED', dueAt: null, deliveredAt: null, ...said })
    expect(await readAttempts(store, id)).toMatchObject([{ receiptRank: 5, ...said }])
    expect(outcomesOf(store, id)).toEqual(['FAILED receipt_number_blocked'])
    expect(await readDeliveries(store, (await readDelivery(store, id)).notificationId)).toHaveLength(1)
  })

  it('is stored and applied once, however often it is told', async () => {
    const { id } = await stage.planSent()
    const receipt = receiptOf('delivered', id)
    expect(await stage.save(receipt, receipt)).toEqual(['delivered'])
    expect(await stage.save(receipt)).toEqual([])
    expect(await countRows(store, 'Receipt')).toBe(1)
    expect(outcomesOf(store, id)).toHaveLength(1)
  })

  it('leads to the same when receipts come reversed, in one batch or one by one', async () => {
    const kinds: ReceiptKind[] = ['delivered', 'sent', 'sending', 'queued']
    const [batch, single] = [await stage.planSent(), await stage.planSent()]
    expect(await stage.save(...kinds.map((kind) => receiptOf(kind, batch.id)))).toEqual([
      'delivered',
      ...Array(3).fill('outdated'),
    ])
    for (const kind of kinds) await stage.save(receiptOf(kind, single.id))
    for (const { id } of [batch, single]) {
      expect((await readDelivery(store, id)).status).toBe('DELIVERED')
      expect(await readAttempts(store, id)).toMatchObject([{ receiptRank: 5 }])
      expect(outcomesOf(store, id)).toEqual(['DELIVERED null'])
    }
  })

  it('keeps the way on the attempt, in one batch with its end', async () => {
    const { id } = await stage.planSent()
    expect(await stage.save(receiptOf('queued', id), receiptOf('sent', id))).toEqual(['noted', 'noted'])
    expect(await readAttempts(store, id)).toMatchObject([{ receiptRank: 4 }])
    expect(await stage.save(receiptOf('delivered', id), receiptOf('read', id))).toEqual(['delivered', 'noted'])
    expect(await readAttempts(store, id)).toMatchObject([{ receiptRank: 6 }])
  })
})

describe('a row that has ended', () => {
  it.each(['CANCELLED', 'EXPIRED', 'FAILED', 'DELIVERED', 'SUPPRESSED'])(
    '%s stays, and the attempt knows',
    async (status) => {
      const { id } = await planEmail(store)
      await claimOne(store, id)
      await store.pool.query('ALTER TABLE "NotificationDelivery" DISABLE TRIGGER USER')
      await change(store, id, `status = '${status}'`)
      await store.pool.query('ALTER TABLE "NotificationDelivery" ENABLE TRIGGER USER')
      expect(await stage.save(receiptOf('delivered', id))).toEqual(['noted'])
      expect((await readDelivery(store, id)).status).toBe(status)
      expect(await readAttempts(store, id)).toMatchObject([{ receiptRank: 5 }])
      expect(store.announced).toEqual([])
    },
  )
})

describe('a receipt that nobody knows', () => {
  const unknown = () => receiptOf('delivered', randomUUID())

  it('is looked at again after 1, 5, 30 seconds and longer and longer', async () => {
    await stage.save(unknown())
    for (const waitMs of [...RECEIPT_POLICY.waitsMs, RECEIPT_POLICY.waitsMs.at(-1)]) {
      const { rows } = await store.pool.query<{ waitMs: number }>(
        `SELECT round(extract(epoch FROM "dueAt" - now()))::float8 * 1000 AS "waitMs" FROM "Receipt"`,
      )
      expect(rows).toEqual([{ waitMs }])
      expect(await stage.applyDue()).toEqual(['waiting'])
    }
  })

  it('is looked at a last time after a day, and then left alone', async () => {
    await stage.save(unknown())
    await store.pool.query(`UPDATE "Receipt" SET "receivedAt" = now() - interval '23 hours 59 minutes', looks = 9`)
    expect(await stage.applyDue()).toEqual(['waiting'])
    const { rows } = await store.pool.query(
      `SELECT "dueAt" = "receivedAt" + interval '24 hours' AS "isLast" FROM "Receipt"`,
    )
    expect(rows).toEqual([{ isLast: true }])
    await store.pool.query(`UPDATE "Receipt" SET "receivedAt" = now() - interval '24 hours 1 ms'`)
    expect(await stage.applyDue()).toEqual(['given_up'])
    expect(await stage.readReceipts()).toMatchObject([{ result: 'given_up', dueAt: null, appliedAt: null }])
    expect(await stage.applyDue()).toEqual([])
  })

  it('takes none of the others with it', async () => {
    const { id } = await stage.planSent()
    expect(await stage.save(unknown(), receiptOf('delivered', id), unknown())).toEqual([
      'waiting',
      'delivered',
      'waiting',
    ])
  })

  it('is no message of another number of attempts', async () => {
    const { id } = await stage.planSent()
    expect(await stage.save(receiptOf('delivered', id, { attempt: 2 }))).toEqual(['waiting'])
    expect((await readDelivery(store, id)).status).toBe('SENT')
  })
})

it('knows every tenant that was ever sent for', async () => {
  await planOne(store, { tenantId: 'acme' })
  await planOne(store, { tenantId: 'acme' })
  await planOne(store, { tenantId: 'zeta' })
  expect(await stage.receipts.listTenantIds()).toEqual(['acme', 'default', 'zeta'])
})
