import { randomUUID } from 'node:crypto'
import type { ReceiptKind, ReceiptRecord } from '@carillon/contracts'
import { createDeliveryWorker, createSimulatedChannel, retryPolicyOf } from '@carillon/delivery'
import { type ProviderReceipt, RECEIPT_POLICY, type ReceiptStore, toReceiptRecord } from '@carillon/receipts'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createReceiptStore } from '../../src/index.ts'
import type { DeliveryToBuild, EventToBuild } from '../build-chunk.ts'
import { openTestStore, POLICY, type TestStore } from '../open-test-store.ts'
import {
  accepted,
  change,
  claimOne,
  countRows,
  outcomesOf,
  planEmail,
  planOne,
  readAttempts,
  readDeliveries,
  readDelivery,
  rejected,
  unanswered,
} from '../rows.ts'

let store: TestStore
let receipts: ReceiptStore
beforeAll(async () => {
  store = await openTestStore()
  receipts = createReceiptStore({ pool: store.pool, announce: (row) => void store.announced.push(row) })
})
afterAll(() => store.close())
beforeEach(async () => {
  store.announced.splice(0)
  await store.pool.query(
    `TRUNCATE "Notification", "NotificationDelivery", "DeliveryAttempt", "Dispatch", "Outbox", "Event", "Receipt",
      "Suppression"`,
  )
})

const record = (...results: Parameters<TestStore['delivery']['recordResults']>[0]) =>
  store.delivery.recordResults(results)

/** Of the first attempt of a delivery, by our own id. */
function receiptOf(kind: ReceiptKind, deliveryId: string, more: Partial<ProviderReceipt> = {}): ReceiptRecord {
  const { attempt = 1, provider = 'twilio' } = more
  const providerEventId = `${deliveryId}:${attempt}:${kind}`
  return toReceiptRecord({ provider, providerEventId, deliveryId, attempt, kind, ...more })
}

async function save(...given: readonly ReceiptRecord[]) {
  return (await receipts.saveReceipts(given, RECEIPT_POLICY)).map(({ result }) => result)
}

async function applyDue() {
  await store.pool.query(`UPDATE "Receipt" SET "dueAt" = now() - interval '1 ms' WHERE "dueAt" IS NOT NULL`)
  return (await receipts.applyDueReceipts(100, RECEIPT_POLICY)).map(({ result }) => result)
}

async function planSent(event: EventToBuild = {}) {
  const planned = await planEmail(store, event)
  const claimed = await claimOne(store, planned.id)
  await record(accepted(claimed))
  store.announced.splice(0)
  return { ...planned, claimed }
}

async function readReceipts() {
  return (await store.pool.query('SELECT * FROM "Receipt" ORDER BY "receivedAt", "providerEventId"')).rows
}

async function readSuppressions() {
  return (await store.pool.query('SELECT * FROM "Suppression" ORDER BY "tenantId", channel, "addressHash"')).rows
}

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
      ...{ breakerFailuresMax: 5, breakerOpenMs: 1_000, holdMs: 1_000 },
    },
  )
  await worker.deliver([{ tenantId: 'default', notificationId, deliveryId: id }], 'normal')
  await worker.close()
  return given
}

describe('a receipt of a message that is SENT', () => {
  it('turns it into DELIVERED, and says so', async () => {
    const { id } = await planSent()
    expect(await save(receiptOf('delivered', id))).toEqual(['delivered'])
    expect(await readDelivery(store, id)).toMatchObject({
      ...{ status: 'DELIVERED', reason: null, error: null, dueAt: null, leaseUntil: null },
      ...{ deliveredAt: expect.any(Date), sentAt: expect.any(Date) },
    })
    expect(await readAttempts(store, id)).toMatchObject([{ receiptRank: 5, outcome: 'accepted' }])
    expect(outcomesOf(store, id)).toEqual(['DELIVERED null'])
    const { rows } = await store.pool.query('SELECT id, topic FROM "Outbox"')
    expect(rows).toContainEqual({ id: store.announced[0]?.id, topic: 'notification.outcomes' })
    const [receipt] = await readReceipts()
    expect(receipt).toMatchObject({
      ...{ deliveryId: id, attempt: 1, kind: 'delivered', rank: 5, result: 'delivered', looks: 1, dueAt: null },
      appliedAt: expect.any(Date),
    })
  })

  it('turns it into FAILED, with the reason on the row and on the attempt', async () => {
    const { id } = await planSent()
    const failed = receiptOf('undelivered', id, { reason: 'receipt_number_blocked', providerCode: '30004' })
    expect(await save(failed)).toEqual(['failed'])
    const said = { reason: 'receipt_number_blocked', error: 'twilio said 30004' }
    expect(await readDelivery(store, id)).toMatchObject({ status: 'FAILED', dueAt: null, deliveredAt: null, ...said })
    expect(await readAttempts(store, id)).toMatchObject([{ receiptRank: 5, ...said }])
    expect(outcomesOf(store, id)).toEqual(['FAILED receipt_number_blocked'])
    expect(await readDeliveries(store, (await readDelivery(store, id)).notificationId)).toHaveLength(1)
  })

  it('is stored and applied once, however often it is told', async () => {
    const { id } = await planSent()
    const receipt = receiptOf('delivered', id)
    expect(await save(receipt, receipt)).toEqual(['delivered'])
    expect(await save(receipt)).toEqual([])
    expect(await countRows(store, 'Receipt')).toBe(1)
    expect(outcomesOf(store, id)).toHaveLength(1)
  })

  it('leads to the same when receipts come reversed, in one batch or one by one', async () => {
    const kinds: ReceiptKind[] = ['delivered', 'sent', 'sending', 'queued']
    const [batch, single] = [await planSent(), await planSent()]
    expect(await save(...kinds.map((kind) => receiptOf(kind, batch.id)))).toEqual([
      'delivered',
      ...Array(3).fill('outdated'),
    ])
    for (const kind of kinds) await save(receiptOf(kind, single.id))
    for (const { id } of [batch, single]) {
      expect((await readDelivery(store, id)).status).toBe('DELIVERED')
      expect(await readAttempts(store, id)).toMatchObject([{ receiptRank: 5 }])
      expect(outcomesOf(store, id)).toEqual(['DELIVERED null'])
    }
  })

  it('keeps the way on the attempt, in one batch with its end', async () => {
    const { id } = await planSent()
    expect(await save(receiptOf('queued', id), receiptOf('sent', id))).toEqual(['noted', 'noted'])
    expect(await readAttempts(store, id)).toMatchObject([{ receiptRank: 4 }])
    expect(await save(receiptOf('delivered', id), receiptOf('read', id))).toEqual(['delivered', 'noted'])
    expect(await readAttempts(store, id)).toMatchObject([{ receiptRank: 6 }])
  })
})

describe('a receipt that comes before our own record', () => {
  it('of an arrival ends the row at once; the record completes the attempt and leaves the row', async () => {
    const { id } = await planEmail(store)
    const claimed = await claimOne(store, id)
    expect(await save(receiptOf('delivered', id))).toEqual(['delivered'])
    expect(await readDelivery(store, id)).toMatchObject({
      status: 'DELIVERED',
      sentAt: expect.any(Date),
      provider: 'twilio',
    })
    await record(accepted(claimed))
    expect((await readDelivery(store, id)).status).toBe('DELIVERED')
    expect(await readAttempts(store, id)).toMatchObject([
      { outcome: 'accepted', providerMessageId: `message ${id}`, receiptRank: 5 },
    ])
    expect(outcomesOf(store, id)).toEqual(['DELIVERED null'])
  })

  it('of a failure waits for it', async () => {
    const { id } = await planEmail(store)
    const claimed = await claimOne(store, id)
    expect(await save(receiptOf('failed', id))).toEqual(['waiting'])
    expect((await readDelivery(store, id)).status).toBe('SENDING')
    await record(accepted(claimed))
    expect(await receipts.applyDueReceipts(100, RECEIPT_POLICY)).toEqual([])
    expect(await applyDue()).toEqual(['failed'])
    expect(await readDelivery(store, id)).toMatchObject({ status: 'FAILED', reason: 'receipt_not_delivered' })
  })

  it('waits where only the provider has an id for it, and finds it then', async () => {
    const { id } = await planEmail(store)
    const claimed = await claimOne(store, id)
    const receipt = toReceiptRecord({
      ...{ provider: 'ses', providerEventId: 'e1', kind: 'delivered', providerMessageId: `message ${id}` },
    })
    expect(await save(receipt)).toEqual(['waiting'])
    await record(accepted(claimed))
    expect(await applyDue()).toEqual(['delivered'])
    expect((await readDelivery(store, id)).status).toBe('DELIVERED')
    expect(await readReceipts()).toMatchObject([{ deliveryId: id, attempt: 1, looks: 2 }])
  })

  it('keeps a message whose answer was lost from being sent again, once the provider shows that it has it', async () => {
    const { id } = await planEmail(store)
    await record(unanswered(await claimOne(store, id), -1))
    expect(await save(receiptOf('sent', id))).toEqual(['noted'])
    expect(await readAttempts(store, id)).toMatchObject([{ outcome: 'accepted' }])
    await store.clock.resolveUnknown(100, POLICY.resend)
    expect(await readDelivery(store, id)).toMatchObject({ status: 'SENT', possiblySent: false, dueAt: null })
    expect(await save(receiptOf('delivered', id))).toEqual(['delivered'])
    expect(await readDelivery(store, id)).toMatchObject({ status: 'DELIVERED', possiblySent: false })
  })

  it('ends what the clock had made of a lost answer', async () => {
    const { id } = await planEmail(store)
    await record(unanswered(await claimOne(store, id), -1))
    await store.clock.resolveUnknown(100, POLICY.resend)
    expect((await readDelivery(store, id)).status).toBe('SCHEDULED')
    expect(await save(receiptOf('delivered', id))).toEqual(['delivered'])
    expect(await readDelivery(store, id)).toMatchObject({ status: 'DELIVERED', possiblySent: true, dueAt: null })
    expect((await store.clock.fireDue(100)).taken).toBe(0)
  })
})

describe('a receipt of an earlier attempt', () => {
  async function planSentTwice() {
    const { id } = await planEmail(store)
    await record(unanswered(await claimOne(store, id), -1))
    await store.clock.resolveUnknown(100, POLICY.resend)
    await store.clock.fireDue(100)
    const second = await claimOne(store, id)
    return { id, second }
  }

  it('that failed leaves the row to the later one', async () => {
    const { id, second } = await planSentTwice()
    expect(await save(receiptOf('failed', id, { attempt: 1 }))).toEqual(['noted'])
    await record(accepted(second))
    expect((await readDelivery(store, id)).status).toBe('SENT')
    expect(await readAttempts(store, id)).toMatchObject([{ receiptRank: 5 }, { receiptRank: 0 }])
    expect(await save(receiptOf('failed', id, { attempt: 2 }))).toEqual(['failed'])
  })

  it('that arrived ends the row also while the later one is on its way', async () => {
    const { id, second } = await planSentTwice()
    expect(await save(receiptOf('delivered', id, { attempt: 1 }))).toEqual(['delivered'])
    await record(accepted(second))
    expect((await readDelivery(store, id)).status).toBe('DELIVERED')
    expect(outcomesOf(store, id)).toEqual(['DELIVERED null'])
  })

  it('is told from the later one by the provider, where only our id came back', async () => {
    const { id, second } = await planSentTwice()
    await record({ ...accepted(second), providerMessageId: 'second' })
    const bounce = (providerMessageId: string) =>
      toReceiptRecord({
        ...{ provider: 'sendgrid', providerEventId: providerMessageId, kind: 'failed', deliveryId: id },
        providerMessageId,
      })
    expect(await save(bounce('first'))).toEqual(['noted'])
    expect(await save(bounce('second'))).toEqual(['failed'])
    expect(await readReceipts()).toMatchObject([{ attempt: 1 }, { attempt: 2 }])
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
      expect(await save(receiptOf('delivered', id))).toEqual(['noted'])
      expect((await readDelivery(store, id)).status).toBe(status)
      expect(await readAttempts(store, id)).toMatchObject([{ receiptRank: 5 }])
      expect(store.announced).toEqual([])
    },
  )
})

describe('a receipt that nobody knows', () => {
  const unknown = () => receiptOf('delivered', randomUUID())

  it('is looked at again after 1, 5, 30 seconds and longer and longer', async () => {
    await save(unknown())
    for (const waitMs of [...RECEIPT_POLICY.waitsMs, RECEIPT_POLICY.waitsMs.at(-1)]) {
      const { rows } = await store.pool.query<{ waitMs: number }>(
        `SELECT round(extract(epoch FROM "dueAt" - now()))::float8 * 1000 AS "waitMs" FROM "Receipt"`,
      )
      expect(rows).toEqual([{ waitMs }])
      expect(await applyDue()).toEqual(['waiting'])
    }
  })

  it('is looked at a last time after a day, and then left alone', async () => {
    await save(unknown())
    await store.pool.query(`UPDATE "Receipt" SET "receivedAt" = now() - interval '23 hours 59 minutes', looks = 9`)
    expect(await applyDue()).toEqual(['waiting'])
    const { rows } = await store.pool.query(
      `SELECT "dueAt" = "receivedAt" + interval '24 hours' AS "isLast" FROM "Receipt"`,
    )
    expect(rows).toEqual([{ isLast: true }])
    await store.pool.query(`UPDATE "Receipt" SET "receivedAt" = now() - interval '24 hours 1 ms'`)
    expect(await applyDue()).toEqual(['given_up'])
    expect(await readReceipts()).toMatchObject([{ result: 'given_up', dueAt: null, appliedAt: null }])
    expect(await applyDue()).toEqual([])
  })

  it('takes none of the others with it', async () => {
    const { id } = await planSent()
    expect(await save(unknown(), receiptOf('delivered', id), unknown())).toEqual(['waiting', 'delivered', 'waiting'])
  })

  it('is no message of another number of attempts', async () => {
    const { id } = await planSent()
    expect(await save(receiptOf('delivered', id, { attempt: 2 }))).toEqual(['waiting'])
    expect((await readDelivery(store, id)).status).toBe('SENT')
  })
})

describe('a ladder', () => {
  const RUNGS: readonly DeliveryToBuild[] = [
    { channel: 'SMS', step: 1 },
    { channel: 'EMAIL', step: 2, inMs: 600_000 },
  ]

  async function planLadder(stopOn: 'READ' | 'DELIVERED') {
    const { notificationId, deliveryIds } = await planOne(store, { stopOn, deliveries: RUNGS })
    const [sms = '', email = ''] = deliveryIds
    await record(accepted(await claimOne(store, sms)))
    return { notificationId, sms, email }
  }

  it('that stops on an arrival is left to the clock, which stops it', async () => {
    const { sms, email } = await planLadder('DELIVERED')
    await save(receiptOf('delivered', sms))
    expect(await readDelivery(store, sms)).toMatchObject({ status: 'DELIVERED', dueAt: expect.any(Date) })
    expect((await readDelivery(store, email)).status).toBe('SCHEDULED')
    await store.clock.pullLadders(100)
    expect(await readDelivery(store, email)).toMatchObject({ status: 'CANCELLED', reason: 'delivered' })
    expect((await readDelivery(store, sms)).dueAt).toBeNull()
  })

  it('that stops on a read goes on after an arrival', async () => {
    const { sms, email } = await planLadder('READ')
    await save(receiptOf('delivered', sms))
    expect((await readDelivery(store, sms)).dueAt).toBeNull()
    expect((await readDelivery(store, email)).status).toBe('SCHEDULED')
  })

  it('goes on at once after a failure, unless one more try stands for the rung', async () => {
    const [failed, retried] = [await planLadder('READ'), await planLadder('READ')]
    await save(
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
    const { id, notificationId } = await planSent()
    expect(await save(retry(id))).toEqual(['failed_retried'])
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
    await record(accepted(await claimOne(store, again)))
    expect(await save(retry(again))).toEqual(['failed'])
    expect(await readDeliveries(store, notificationId)).toHaveLength(2)
  })

  it.each([
    ['that would come too late', `"expiresAt" = now() + interval '59 seconds'`],
    ['of a category that wants at most one', '"atMostOnce" = true'],
  ])('is not made of a message %s', async (_name, assignments) => {
    const { id, notificationId } = await planSent()
    await change(store, id, assignments)
    expect(await save(retry(id))).toEqual(['failed'])
    expect(await readDeliveries(store, notificationId)).toHaveLength(1)
  })

  it('of a notification that was stopped meanwhile is born CANCELLED', async () => {
    const { id, notificationId } = await planSent()
    await store.stops.stopNotification({ kind: 'cancel', tenantId: 'default', notificationId, source: 'api' })
    store.announced.splice(0)
    await save(retry(id))
    const [, second] = await readDeliveries(store, notificationId)
    expect(second).toMatchObject({ status: 'CANCELLED', replay: 1, reason: 'cancelled', dueAt: null })
    expect(outcomesOf(store, second?.id ?? '')).toEqual(['CANCELLED cancelled'])
  })

  it('that an operator made before is not made again', async () => {
    const { id, notificationId } = await planSent()
    await save(retry(id))
    const [, second] = await readDeliveries(store, notificationId)
    await store.pool.query('DELETE FROM "Receipt"')
    await store.pool.query('ALTER TABLE "NotificationDelivery" DISABLE TRIGGER USER')
    await change(store, id, `status = 'SENT'`)
    await store.pool.query('ALTER TABLE "NotificationDelivery" ENABLE TRIGGER USER')
    await store.pool.query('UPDATE "DeliveryAttempt" SET "receiptRank" = 0')
    expect(await save(retry(id))).toEqual(['failed_retried'])
    expect((await readDeliveries(store, notificationId)).map((row) => row.id)).toEqual([id, second?.id])
  })
})

describe('an address', () => {
  it('that bounced is suppressed by the hash that its attempt went to, and the next mail says so', async () => {
    const hash = (_tenant: string, address: string) => `keyed ${address}`
    const { id } = await planEmail(store)
    const [claimed] = await store.delivery.claimDeliveries(
      [{ id, addressHash: hash('default', 'ann@example.com'), provider: 'smtp' }],
      60_000,
    )
    if (!claimed) throw new Error('not claimed')
    await record(accepted(claimed))
    await save(receiptOf('failed', id, { provider: 'ses', reason: 'email_bounced', suppressAddress: true }))
    expect(await readSuppressions()).toMatchObject([
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
    const [complained, bounced] = [await planSent(), await planSent()]
    await save(receiptOf('delivered', complained.id), receiptOf('delivered', bounced.id))
    expect(await save(receiptOf('complained', complained.id, { reason: 'email_complained' }))).toEqual(['suppressed'])
    expect(await save(receiptOf('failed', bounced.id, { suppressAddress: true }))).toEqual(['suppressed'])
    expect((await readSuppressions()).map((row) => row.addressHash).toSorted()).toEqual(
      [complained.id, bounced.id].map((id) => `hash of ${id}`).toSorted(),
    )
    for (const { id } of [complained, bounced]) expect((await readDelivery(store, id)).status).toBe('DELIVERED')
  })

  it('is not suppressed by a failure that says nothing of it', async () => {
    const { id } = await planSent()
    await save(receiptOf('failed', id))
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
    expect(await save(wish('opted_out'))).toEqual(['suppressed'])
    const hashAddress = (_tenant: string, address: string) => (address.startsWith('+') ? 'number of ann' : address)
    expect(await deliver('SMS', { ...planned, id: sms }, hashAddress)).toEqual([])
    expect(await deliver('EMAIL', { ...planned, id: email }, hashAddress)).toEqual([email])
    expect(await readDelivery(store, sms)).toMatchObject({ status: 'SUPPRESSED', reason: 'address_suppressed' })
  })

  it('holds for the channel it was written on, for every tenant', async () => {
    await save(wish('opted_out', 'WHATSAPP'))
    expect(await readSuppressions()).toMatchObject([
      { tenantId: 'acme', channel: 'WHATSAPP', addressHash: 'number of ann at acme', reason: 'sms_opted_out' },
      { tenantId: 'default', channel: 'WHATSAPP', addressHash: 'number of ann', reason: 'sms_opted_out' },
    ])
  })

  it('START lifts what STOP said, also what a provider had said of it, and nothing else', async () => {
    await save(wish('opted_out'), wish('opted_out', 'WHATSAPP'))
    await store.pool.query(
      `INSERT INTO "Suppression"("tenantId", channel, "addressHash", reason)
       VALUES ('other', 'SMS', 'number of ann', 'sms_opted_out'), ('default', 'EMAIL', 'ann', 'email_bounced')`,
    )
    expect(await save(wish('opted_in'))).toEqual(['lifted'])
    expect((await readSuppressions()).map((row) => `${row.tenantId} ${row.channel}`)).toEqual([
      ...['acme WHATSAPP', 'default EMAIL', 'default WHATSAPP', 'other SMS'],
    ])
  })

  it('START lifts no suppression of a number that does not exist', async () => {
    await store.pool.query(
      `INSERT INTO "Suppression"("tenantId", channel, "addressHash", reason)
       VALUES ('default', 'SMS', 'number of ann', 'receipt_number_unknown')`,
    )
    await save(wish('opted_in'))
    expect(await readSuppressions()).toMatchObject([{ reason: 'receipt_number_unknown' }])
    // Who writes from it proves that it does, and may ask for less all the same.
    await save(wish('opted_out'))
    await save(wish('opted_in'))
    expect(await readSuppressions()).toEqual([])
  })

  it('counts as it was said last, in one batch and when the topic is replayed', async () => {
    const [stop, start] = [wish('opted_out'), wish('opted_in')]
    await save(stop, start)
    expect(await readSuppressions()).toEqual([])
    expect(await save(stop)).toEqual([])
    expect(await readSuppressions()).toEqual([])
    await save(wish('opted_in'), wish('opted_out'))
    expect(await readSuppressions()).toHaveLength(2)
  })

  it('is kept when it is only an answer', async () => {
    expect(await save(toReceiptRecord({ provider: 'twilio', providerEventId: 'SMx:received', kind: 'help' }))).toEqual([
      'noted',
    ])
    expect(await readReceipts()).toMatchObject([{ kind: 'help', result: 'noted', dueAt: null }])
  })
})

it('a number that its carrier says does not exist is suppressed, and a rejection said so before leaves its reason', async () => {
  const { id } = await planEmail(store)
  await record(rejected(await claimOne(store, id)))
  await save(receiptOf('failed', id, { suppressAddress: true, reason: 'receipt_number_unknown' }))
  expect(await readSuppressions()).toMatchObject([{ addressHash: `hash of ${id}`, reason: 'no_such_mailbox' }])
})

it('knows every tenant that was ever sent for', async () => {
  await planOne(store, { tenantId: 'acme' })
  await planOne(store, { tenantId: 'acme' })
  await planOne(store, { tenantId: 'zeta' })
  expect(await receipts.listTenantIds()).toEqual(['acme', 'default', 'zeta'])
})
