import { RECEIPT_POLICY, toReceiptRecord } from '@carillon/receipts'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { POLICY, type TestStore } from '../open-test-store.ts'
import { accepted, claimOne, outcomesOf, planEmail, readAttempts, readDelivery, unanswered } from '../rows.ts'
import { openReceiptStage, type ReceiptStage, receiptOf } from './open-receipt-stage.ts'

let stage: ReceiptStage
let store: TestStore
beforeAll(async () => {
  stage = await openReceiptStage()
  store = stage.store
})
afterAll(() => stage.close())
beforeEach(() => stage.clear())

describe('a receipt that comes before our own record', () => {
  it('of an arrival ends the row at once; the record completes the attempt and leaves the row', async () => {
    const { id } = await planEmail(store)
    const claimed = await claimOne(store, id)
    expect(await stage.save(receiptOf('delivered', id))).toEqual(['delivered'])
    expect(await readDelivery(store, id)).toMatchObject({
      status: 'DELIVERED',
      sentAt: expect.any(Date),
      provider: 'twilio',
    })
    await stage.record(accepted(claimed))
    expect((await readDelivery(store, id)).status).toBe('DELIVERED')
    expect(await readAttempts(store, id)).toMatchObject([
      { outcome: 'accepted', providerMessageId: `message ${id}`, receiptRank: 5 },
    ])
    expect(outcomesOf(store, id)).toEqual(['DELIVERED null'])
  })

  it('of a failure waits for it', async () => {
    const { id } = await planEmail(store)
    const claimed = await claimOne(store, id)
    expect(await stage.save(receiptOf('failed', id))).toEqual(['waiting'])
    expect((await readDelivery(store, id)).status).toBe('SENDING')
    await stage.record(accepted(claimed))
    expect(await stage.receipts.applyDueReceipts(100, RECEIPT_POLICY)).toEqual([])
    expect(await stage.applyDue()).toEqual(['failed'])
    expect(await readDelivery(store, id)).toMatchObject({ status: 'FAILED', reason: 'receipt_not_delivered' })
  })

  it('waits where only the provider has an id for it, and finds it then', async () => {
    const { id } = await planEmail(store)
    const claimed = await claimOne(store, id)
    const receipt = toReceiptRecord({
      ...{ provider: 'ses', providerEventId: 'e1', kind: 'delivered', providerMessageId: `message ${id}` },
    })
    expect(await stage.save(receipt)).toEqual(['waiting'])
    await stage.record(accepted(claimed))
    expect(await stage.applyDue()).toEqual(['delivered'])
    expect((await readDelivery(store, id)).status).toBe('DELIVERED')
    expect(await stage.readReceipts()).toMatchObject([{ deliveryId: id, attempt: 1, looks: 2 }])
  })

  it('keeps a message whose answer was lost from being sent again, once the provider shows that it has it', async () => {
    const { id } = await planEmail(store)
    await stage.record(unanswered(await claimOne(store, id), -1))
    expect(await stage.save(receiptOf('sent', id))).toEqual(['noted'])
    expect(await readAttempts(store, id)).toMatchObject([{ outcome: 'accepted' }])
    await store.clock.resolveUnknown(100, POLICY.resend)
    expect(await readDelivery(store, id)).toMatchObject({ status: 'SENT', possiblySent: false, dueAt: null })
    expect(await stage.save(receiptOf('delivered', id))).toEqual(['delivered'])
    expect(await readDelivery(store, id)).toMatchObject({ status: 'DELIVERED', possiblySent: false })
  })

  it('ends what the clock had made of a lost answer', async () => {
    const { id } = await planEmail(store)
    await stage.record(unanswered(await claimOne(store, id), -1))
    await store.clock.resolveUnknown(100, POLICY.resend)
    expect((await readDelivery(store, id)).status).toBe('SCHEDULED')
    expect(await stage.save(receiptOf('delivered', id))).toEqual(['delivered'])
    expect(await readDelivery(store, id)).toMatchObject({ status: 'DELIVERED', possiblySent: true, dueAt: null })
    expect((await store.clock.fireDue(100)).taken).toBe(0)
  })
})

describe('a receipt of an earlier attempt', () => {
  async function planSentTwice() {
    const { id } = await planEmail(store)
    await stage.record(unanswered(await claimOne(store, id), -1))
    await store.clock.resolveUnknown(100, POLICY.resend)
    await store.clock.fireDue(100)
    const second = await claimOne(store, id)
    return { id, second }
  }

  it('that failed leaves the row to the later one', async () => {
    const { id, second } = await planSentTwice()
    expect(await stage.save(receiptOf('failed', id, { attempt: 1 }))).toEqual(['noted'])
    await stage.record(accepted(second))
    expect((await readDelivery(store, id)).status).toBe('SENT')
    expect(await readAttempts(store, id)).toMatchObject([{ receiptRank: 5 }, { receiptRank: 0 }])
    expect(await stage.save(receiptOf('failed', id, { attempt: 2 }))).toEqual(['failed'])
  })

  it('that arrived ends the row also while the later one is on its way', async () => {
    const { id, second } = await planSentTwice()
    expect(await stage.save(receiptOf('delivered', id, { attempt: 1 }))).toEqual(['delivered'])
    await stage.record(accepted(second))
    expect((await readDelivery(store, id)).status).toBe('DELIVERED')
    expect(outcomesOf(store, id)).toEqual(['DELIVERED null'])
  })

  it('is told from the later one by the provider, where only our id came back', async () => {
    const { id, second } = await planSentTwice()
    await stage.record({ ...accepted(second), providerMessageId: 'second' })
    const bounce = (providerMessageId: string) =>
      toReceiptRecord({
        ...{ provider: 'sendgrid', providerEventId: providerMessageId, kind: 'failed', deliveryId: id },
        providerMessageId,
      })
    expect(await stage.save(bounce('first'))).toEqual(['noted'])
    expect(await stage.save(bounce('second'))).toEqual(['failed'])
    expect(await stage.readReceipts()).toMatchObject([{ attempt: 1 }, { attempt: 2 }])
  })
})
