import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { DeliveryToBuild } from '../build-chunk.ts'
import type { TestStore } from '../open-test-store.ts'
import { accepted, change, claimOne, outcomesOf, planOne, readDeliveries, readDelivery } from '../rows.ts'
import { openReceiptStage, type ReceiptStage, receiptOf } from './open-receipt-stage.ts'

let stage: ReceiptStage
let store: TestStore
beforeAll(async () => {
  stage = await openReceiptStage()
  store = stage.store
})
afterAll(() => stage.close())
beforeEach(() => stage.clear())

describe('a ladder', () => {
  const RUNGS: readonly DeliveryToBuild[] = [
    { channel: 'SMS', step: 1 },
    { channel: 'EMAIL', step: 2, inMs: 600_000 },
  ]

  async function planLadder(stopOn: 'READ' | 'DELIVERED') {
    const { notificationId, deliveryIds } = await planOne(store, { stopOn, deliveries: RUNGS })
    const [sms = '', email = ''] = deliveryIds
    await stage.record(accepted(await claimOne(store, sms)))
    return { notificationId, sms, email }
  }

  it('that stops on an arrival is left to the clock, which stops it', async () => {
    const { sms, email } = await planLadder('DELIVERED')
    await stage.save(receiptOf('delivered', sms))
    expect(await readDelivery(store, sms)).toMatchObject({ status: 'DELIVERED', dueAt: expect.any(Date) })
    expect((await readDelivery(store, email)).status).toBe('SCHEDULED')
    await store.clock.pullLadders(100)
    expect(await readDelivery(store, email)).toMatchObject({ status: 'CANCELLED', reason: 'delivered' })
    expect((await readDelivery(store, sms)).dueAt).toBeNull()
  })

  it('that stops on a read goes on after an arrival', async () => {
    const { sms, email } = await planLadder('READ')
    await stage.save(receiptOf('delivered', sms))
    expect((await readDelivery(store, sms)).dueAt).toBeNull()
    expect((await readDelivery(store, email)).status).toBe('SCHEDULED')
  })

  it('goes on at once after a failure, unless one more try stands for the rung', async () => {
    const [failed, retried] = [await planLadder('READ'), await planLadder('READ')]
    await stage.save(
      receiptOf('failed', failed.sms),
      receiptOf('failed', retried.sms, { isRetryWorthwhile: true, reason: 'receipt_carrier_error' }),
    )
    expect(await store.clock.pullLadders(100)).toBe(1)
    const isDue = async (id: string) =>
      ((await readDelivery(store, id)).dueAt?.getTime() ?? Infinity) < Date.now() + 1_000
    expect([await isDue(failed.email), await isDue(retried.email)]).toEqual([true, false])
  })
})

describe('one more try', () => {
  const retry = (id: string) =>
    receiptOf('undelivered', id, { isRetryWorthwhile: true, reason: 'receipt_handset_unreachable' })

  it('is a new row after a minute, and only one', async () => {
    const { id, notificationId } = await stage.planSent()
    expect(await stage.save(retry(id))).toEqual(['failed_retried'])
    const [first, second, ...more] = await readDeliveries(store, notificationId)
    expect(more).toEqual([])
    expect(first).toMatchObject({ id, status: 'FAILED', reason: 'receipt_handset_unreachable' })
    expect(second).toMatchObject({ status: 'SCHEDULED', replay: 1, fence: 0, reason: 'retried_after_receipt' })
    const dueInMs = (second?.dueAt?.getTime() ?? 0) - Date.now()
    expect(dueInMs).toBeGreaterThan(55_000)
    expect(dueInMs).toBeLessThanOrEqual(61_000)
    const again = second?.id ?? ''
    await change(store, again, `"dueAt" = now() - interval '1 s'`)
    expect((await store.clock.fireDue(100)).wakeUps).toMatchObject([{ deliveryId: again }])
    await stage.record(accepted(await claimOne(store, again)))
    expect(await stage.save(retry(again))).toEqual(['failed'])
    expect(await readDeliveries(store, notificationId)).toHaveLength(2)
  })

  it.each([
    ['that would come too late', `"expiresAt" = now() + interval '59 seconds'`],
    ['of a category that wants at most one', '"atMostOnce" = true'],
  ])('is not made of a message %s', async (_name, assignments) => {
    const { id, notificationId } = await stage.planSent()
    await change(store, id, assignments)
    expect(await stage.save(retry(id))).toEqual(['failed'])
    expect(await readDeliveries(store, notificationId)).toHaveLength(1)
  })

  it('of a notification that was stopped meanwhile is born CANCELLED', async () => {
    const { id, notificationId } = await stage.planSent()
    await store.stops.stopNotification({ kind: 'cancel', tenantId: 'default', notificationId, source: 'api' })
    store.announced.splice(0)
    await stage.save(retry(id))
    const [, second] = await readDeliveries(store, notificationId)
    expect(second).toMatchObject({ status: 'CANCELLED', replay: 1, reason: 'cancelled', dueAt: null })
    expect(outcomesOf(store, second?.id ?? '')).toEqual(['CANCELLED cancelled'])
  })

  it('that an operator made before is not made again', async () => {
    const { id, notificationId } = await stage.planSent()
    await stage.save(retry(id))
    const [, second] = await readDeliveries(store, notificationId)
    await store.pool.query('DELETE FROM "Receipt"')
    await store.pool.query('ALTER TABLE "NotificationDelivery" DISABLE TRIGGER USER')
    await change(store, id, `status = 'SENT'`)
    await store.pool.query('ALTER TABLE "NotificationDelivery" ENABLE TRIGGER USER')
    await store.pool.query('UPDATE "DeliveryAttempt" SET "receiptRank" = 0')
    expect(await stage.save(retry(id))).toEqual(['failed_retried'])
    expect((await readDeliveries(store, notificationId)).map((row) => row.id)).toEqual([id, second?.id])
  })
})
