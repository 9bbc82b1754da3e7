import type { AskPolicy } from '@carillon/clock'
import { describe, expect, it } from 'vitest'
import { createLookUpStore } from '../../src/index.ts'
import { POLICY } from '../open-test-store.ts'
import { accepted, claimOne, planOne, readAttempts, readDelivery, unanswered } from '../rows.ts'
import { useEmptiedStore } from '../use-emptied-store.ts'

const store = useEmptiedStore()

const asked: AskPolicy = { channels: ['SMS', 'WHATSAPP'], everyMs: 60_000, forMs: 600_000 }
const resolve = (policy = asked) => store().clock.resolveUnknown(1_000, { ...POLICY.resend, asked: policy })
const ask = (policy = asked) => store().clock.askUnknown(1_000, policy)
const lookUps = () => createLookUpStore({ pool: store().pool })

async function planUnknown(channel: 'SMS' | 'EMAIL' = 'SMS') {
  const planned = await planOne(store(), { deliveries: [{ channel }] })
  const id = planned.deliveryIds[0] ?? ''
  const claimed = await claimOne(store(), id)
  await store().delivery.recordResults([unanswered(claimed, -1)])
  return { ...planned, id, claimed }
}

describe('a delivery whose answer was lost', () => {
  it('is left to its channel, which is woken for it once a turn', async () => {
    const { id, notificationId } = await planUnknown()
    expect(await resolve()).toBe(0)
    expect(await ask()).toEqual([
      expect.objectContaining({ deliveryId: id, notificationId, channel: 'SMS', lane: 'normal', tenantId: 'default' }),
    ])
    expect(await ask()).toEqual([])
    expect(await readDelivery(store(), id)).toMatchObject({ status: 'UNKNOWN', possiblySent: false })
  })

  it('is asked about again when the turn brought nothing', async () => {
    const { id } = await planUnknown()
    await ask({ ...asked, everyMs: -1 })
    expect(await ask()).toMatchObject([{ deliveryId: id }])
  })

  it('is possibly sent once the time for asking is over', async () => {
    const { id } = await planUnknown()
    expect(await ask({ ...asked, forMs: 0 })).toHaveLength(1)
    expect(await ask()).toEqual([])
    expect(await resolve()).toBe(1)
    const resolved = { status: 'SCHEDULED', reason: 'outcome_unknown', possiblySent: true, leaseUntil: null }
    expect(await readDelivery(store(), id)).toMatchObject(resolved)
  })

  it('is decided at once when its channel says that nobody will ever tell', async () => {
    const { id, claimed } = await planUnknown()
    await ask()
    await lookUps().giveUpAsking([{ id, fence: claimed.fence + 1 }])
    expect(await resolve()).toBe(0)
    await lookUps().giveUpAsking([{ id, fence: claimed.fence }])
    expect(await resolve()).toBe(1)
  })

  it('is decided at once where no provider can be asked', async () => {
    const { id } = await planUnknown('EMAIL')
    expect(await ask()).toEqual([])
    expect(await resolve()).toBe(1)
    expect(await readDelivery(store(), id)).toMatchObject({ possiblySent: true })
  })

  it('is SENT at once when a receipt shows that the provider has it', async () => {
    const { id } = await planUnknown()
    await store().pool.query('UPDATE "DeliveryAttempt" SET "receiptRank" = 10 WHERE "deliveryId" = $1', [id])
    expect(await resolve()).toBe(1)
    expect(await readDelivery(store(), id)).toMatchObject({ status: 'SENT', possiblySent: false })
  })

  it('takes what was found out like the answer of a late worker', async () => {
    const { id, claimed } = await planUnknown()
    await ask()
    await store().delivery.recordResults([{ ...accepted(claimed), channel: 'SMS' }])
    const sent = { status: 'SENT', possiblySent: false, dueAt: null, leaseUntil: null }
    expect(await readDelivery(store(), id)).toMatchObject(sent)
    expect(await readAttempts(store(), id)).toEqual([
      expect.objectContaining({ outcome: 'accepted', providerMessageId: `message ${id}` }),
    ])
  })

  it('is CANCELLED instead of sent again when it was stopped and the provider has it not', async () => {
    const { id, notificationId, claimed } = await planUnknown()
    await store().stops.stopNotification({ kind: 'cancel', tenantId: 'default', notificationId, source: 'api' })
    const notAccepted = { ...unanswered(claimed), status: 'SCHEDULED', outcome: 'unavailable', dueInMs: 1_000 } as const
    await store().delivery.recordResults([notAccepted])
    expect(await readDelivery(store(), id)).toMatchObject({ status: 'CANCELLED', possiblySent: false })
  })
})

describe('what the channel asks with', () => {
  it('is the text, the number and the attempt of rows that are unknown, and of no others', async () => {
    const { id, claimed } = await planUnknown()
    const other = await planOne(store(), { deliveries: [{ channel: 'SMS' }] })
    const rows = await lookUps().loadUnknown([id, ...other.deliveryIds])
    expect(rows).toEqual([
      expect.objectContaining({
        id,
        channel: 'SMS',
        fence: claimed.fence,
        attemptCount: 1,
        provider: 'smtp',
        addressHash: `hash of ${id}`,
        startedAt: expect.any(Date),
        content: expect.objectContaining({ message: expect.stringMatching(/./) }),
      }),
    ])
  })

  it('knows messages that another attempt has already', async () => {
    const first = await planUnknown()
    await store().delivery.recordResults([{ ...accepted(first.claimed), providerMessageId: 'SM1' }])
    const second = await planUnknown()
    const question = { deliveryId: second.id, attempt: second.claimed.fence, providerMessageId: 'SM1' }
    expect(await lookUps().findTaken([question])).toEqual(new Set(['SM1']))
    expect(await lookUps().findTaken([{ ...question, providerMessageId: 'SM2' }])).toEqual(new Set())
    const own = { deliveryId: first.id, attempt: first.claimed.fence, providerMessageId: 'SM1' }
    expect(await lookUps().findTaken([own])).toEqual(new Set())
  })
})
