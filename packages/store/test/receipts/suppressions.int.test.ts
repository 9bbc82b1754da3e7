import { createDeliveryWorker, createSimulatedChannel, retryPolicyOf } from '@carillon/delivery'
import { toReceiptRecord } from '@carillon/receipts'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { TestStore } from '../open-test-store.ts'
import { accepted, claimOne, countRows, planEmail, planOne, readDelivery, rejected } from '../rows.ts'
import { openReceiptStage, type ReceiptStage, receiptOf } from './open-receipt-stage.ts'

let stage: ReceiptStage
let store: TestStore
beforeAll(async () => {
  stage = await openReceiptStage()
  store = stage.store
})
afterAll(() => stage.close())
beforeEach(() => stage.clear())

/** The real worker over the store, with a channel that only notes what it was given. */
async function deliver(
  channel: 'EMAIL' | 'SMS',
  { id, notificationId }: { readonly id: string; readonly notificationId: string },
  hashAddress: (tenantId: string, address: string) => string,
): Promise<string[]> {
  const given: string[] = []
  const worker = createDeliveryWorker(
    {
      channel: createSimulatedChannel(channel, async (message) => void given.push(message.deliveryId)),
      store: store.delivery,
      hashAddress,
      persist: (statement) => statement(),
      observe: () => undefined,
      onChannelStopped: () => undefined,
      onFatal: (error) => Promise.reject(error),
    },
    {
      ...{ slots: 1, urgentSlots: 0, timeoutMs: 5_000, retry: retryPolicyOf(channel, 5_000) },
      ...{ breakerFailuresMax: 5, breakerOpenMs: 1_000, holdMs: 1_000, firstAnswerMsMax: 0 },
    },
  )
  await worker.deliver([{ tenantId: 'default', notificationId, deliveryId: id }], 'normal')
  await worker.close()
  return given
}

describe('an address', () => {
  it('that bounced is suppressed by the hash that its attempt went to, and the next mail says so', async () => {
    const hash = (_tenant: string, address: string) => `keyed ${address}`
    const { id } = await planEmail(store)
    const [claimed] = await store.delivery.claimDeliveries(
      [{ id, addressHash: hash('default', 'ann@example.com'), provider: 'smtp' }],
      60_000,
    )
    if (!claimed) throw new Error('not claimed')
    await stage.record(accepted(claimed))
    await stage.save(receiptOf('failed', id, { provider: 'ses', reason: 'email_bounced', suppressAddress: true }))
    expect(await stage.readSuppressions()).toMatchObject([
      {
        tenantId: 'default',
        channel: 'EMAIL',
        addressHash: 'keyed ann@example.com',
        reason: 'email_bounced',
        deliveryId: id,
      },
    ])
    const next = await planEmail(store)
    expect(await deliver('EMAIL', next, hash)).toEqual([])
    expect(await readDelivery(store, next.id)).toMatchObject({ status: 'SUPPRESSED', reason: 'address_suppressed' })
  })

  it('is suppressed also when the receipt moves nothing: a complaint, a bounce after the arrival', async () => {
    const [complained, bounced] = [await stage.planSent(), await stage.planSent()]
    await stage.save(receiptOf('delivered', complained.id), receiptOf('delivered', bounced.id))
    expect(await stage.save(receiptOf('complained', complained.id, { reason: 'email_complained' }))).toEqual([
      'suppressed',
    ])
    expect(await stage.save(receiptOf('failed', bounced.id, { suppressAddress: true }))).toEqual(['suppressed'])
    expect((await stage.readSuppressions()).map((row) => row.addressHash).toSorted()).toEqual(
      [complained.id, bounced.id].map((id) => `hash of ${id}`).toSorted(),
    )
    for (const { id } of [complained, bounced]) expect((await readDelivery(store, id)).status).toBe('DELIVERED')
  })

  it('is not suppressed by a failure that says nothing of it', async () => {
    const { id } = await stage.planSent()
    await stage.save(receiptOf('failed', id))
    expect(await countRows(store, 'Suppression')).toBe(0)
  })
})

describe('what a person writes back', () => {
  let events = 0
  const wish = (kind: 'opted_out' | 'opted_in', channel: 'SMS' | 'WHATSAPP' = 'SMS') =>
    toReceiptRecord(
      { provider: 'twilio', providerEventId: `SM${++events}:received`, kind, channel },
      { default: 'number of ann', acme: 'number of ann at acme' },
    )

  it('STOP between planning and sending suppresses the SMS', async () => {
    await store.pool.query(
      `INSERT INTO "User"("tenantId", id, phone) VALUES ('default', 'bob', '+4915112345678') ON CONFLICT DO NOTHING`,
    )
    const planned = await planOne(store, {
      recipientIds: ['bob'],
      deliveries: [{ channel: 'SMS' }, { channel: 'EMAIL' }],
    })
    const [sms = '', email = ''] = planned.deliveryIds
    expect(await stage.save(wish('opted_out'))).toEqual(['suppressed'])
    const hashAddress = (_tenant: string, address: string) => (address.startsWith('+') ? 'number of ann' : address)
    expect(await deliver('SMS', { ...planned, id: sms }, hashAddress)).toEqual([])
    expect(await deliver('EMAIL', { ...planned, id: email }, hashAddress)).toEqual([email])
    expect(await readDelivery(store, sms)).toMatchObject({ status: 'SUPPRESSED', reason: 'address_suppressed' })
  })

  it('holds for the channel it was written on, for every tenant', async () => {
    await stage.save(wish('opted_out', 'WHATSAPP'))
    expect(await stage.readSuppressions()).toMatchObject([
      { tenantId: 'acme', channel: 'WHATSAPP', addressHash: 'number of ann at acme', reason: 'sms_opted_out' },
      { tenantId: 'default', channel: 'WHATSAPP', addressHash: 'number of ann', reason: 'sms_opted_out' },
    ])
  })

  it('START lifts what STOP said, also what a provider had said of it, and nothing else', async () => {
    await stage.save(wish('opted_out'), wish('opted_out', 'WHATSAPP'))
    await store.pool.query(
      `INSERT INTO "Suppression"("tenantId", channel, "addressHash", reason)
       VALUES ('other', 'SMS', 'number of ann', 'sms_opted_out'), ('default', 'EMAIL', 'ann', 'email_bounced')`,
    )
    expect(await stage.save(wish('opted_in'))).toEqual(['lifted'])
    expect((await stage.readSuppressions()).map((row) => `${row.tenantId} ${row.channel}`)).toEqual([
      ...['acme WHATSAPP', 'default EMAIL', 'default WHATSAPP', 'other SMS'],
    ])
  })

  it('START lifts no suppression of a number that does not exist', async () => {
    await store.pool.query(
      `INSERT INTO "Suppression"("tenantId", channel, "addressHash", reason)
       VALUES ('default', 'SMS', 'number of ann', 'receipt_number_unknown')`,
    )
    await stage.save(wish('opted_in'))
    expect(await stage.readSuppressions()).toMatchObject([{ reason: 'receipt_number_unknown' }])
    // Who writes from it proves that it does, and may ask for less all the same.
    await stage.save(wish('opted_out'))
    await stage.save(wish('opted_in'))
    expect(await stage.readSuppressions()).toEqual([])
  })

  it('counts as it was said last, in one batch and when the topic is replayed', async () => {
    const [stop, start] = [wish('opted_out'), wish('opted_in')]
    await stage.save(stop, start)
    expect(await stage.readSuppressions()).toEqual([])
    expect(await stage.save(stop)).toEqual([])
    expect(await stage.readSuppressions()).toEqual([])
    await stage.save(wish('opted_in'), wish('opted_out'))
    expect(await stage.readSuppressions()).toHaveLength(2)
  })

  it('is kept when it is only an answer', async () => {
    expect(
      await stage.save(toReceiptRecord({ provider: 'twilio', providerEventId: 'SMx:received', kind: 'help' })),
    ).toEqual(['noted'])
    expect(await stage.readReceipts()).toMatchObject([{ kind: 'help', result: 'noted', dueAt: null }])
  })
})

it('a number that its carrier says does not exist is suppressed, and a rejection said so before leaves its reason', async () => {
  const { id } = await planEmail(store)
  await stage.record(rejected(await claimOne(store, id)))
  await stage.save(receiptOf('failed', id, { suppressAddress: true, reason: 'receipt_number_unknown' }))
  expect(await stage.readSuppressions()).toMatchObject([{ addressHash: `hash of ${id}`, reason: 'no_such_mailbox' }])
})
