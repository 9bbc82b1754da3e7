import { describe, expect, it } from 'vitest'
import type { DeliveryToBuild } from '../build-chunk.ts'
import { POLICY } from '../open-test-store.ts'
import {
  accepted,
  change,
  claimOne,
  countRows,
  outcomesOf,
  planOne,
  readDelivery,
  rejected,
  retried,
  unanswered,
} from '../rows.ts'
import { useEmptiedStore } from '../use-emptied-store.ts'

const store = useEmptiedStore()

describe('a ladder', () => {
  const LADDER = [
    { channel: 'IN_APP' },
    { channel: 'PUSH', step: 1 },
    { channel: 'SMS', step: 2, inMs: 600_000 },
    { channel: 'EMAIL', step: 3, inMs: 2_400_000 },
  ] as const

  async function planLadder(
    deliveries: readonly DeliveryToBuild[] = LADDER,
    stopOn: 'READ' | 'DELIVERED' | 'ACKNOWLEDGED' = 'READ',
  ) {
    const { notificationId, deliveryIds } = await planOne(store(), { stopOn, deliveries })
    const [, push = '', sms = '', email = ''] = deliveryIds
    return { notificationId, push, sms, email }
  }
  const fail = async (id: string) => store().delivery.recordResults([rejected(await claimOne(store(), id))])
  const pull = () => store().clock.pullLadders(1_000)
  const isDue = async (id: string) =>
    ((await readDelivery(store(), id)).dueAt?.getTime() ?? Infinity) < Date.now() + 1_000

  it('makes the next rung due when one failed, and only that one', async () => {
    const { push, sms, email } = await planLadder()
    await fail(push)
    expect(await pull()).toBe(1)
    expect([await isDue(sms), await isDue(email)]).toEqual([true, false])
    const row = await readDelivery(store(), sms)
    expect(row.scheduledFor).toEqual(row.dueAt)
    expect((await readDelivery(store(), push)).dueAt).toBeNull()
    expect(await pull()).toBe(0)
    expect((await store().clock.fireDue(1_000)).wakeUps.map((one) => one.deliveryId)).toEqual([sms])
  })

  it('does the same for a rung that was suppressed, and for one whose outcome stays unknown', async () => {
    const { push, sms } = await planLadder()
    await store().delivery.setAside([{ id: push, status: 'SUPPRESSED', reason: 'preference_off' }])
    expect(await pull()).toBe(1)
    expect(await isDue(sms)).toBe(true)
    await store().clock.fireDue(1_000)
    await store().delivery.recordResults([unanswered(await claimOne(store(), sms), -1)])
    await store().clock.resolveUnknown(1_000, { ...POLICY.resend, maxResends: { ...POLICY.resend.maxResends, SMS: 0 } })
    expect(await pull()).toBe(1)
  })

  it('leaves later rungs at their times when the next one has begun or succeeded', async () => {
    const { push, sms, email } = await planLadder()
    const pushed = await claimOne(store(), push)
    await change(store(), sms, `"dueAt" = now() - interval '1 s'`)
    await store().clock.fireDue(1_000)
    await store().delivery.recordResults([accepted(await claimOne(store(), sms))])
    await store().delivery.recordResults([rejected(pushed)])
    expect(await pull()).toBe(0)
    expect(await isDue(email)).toBe(false)
    expect(await countRows(store(), 'NotificationDelivery', '"dueAt" <= now()')).toBe(0)
  })

  it('hurries no rung that waits to be tried again', async () => {
    const { push, sms } = await planLadder()
    await change(store(), sms, `"dueAt" = now() - interval '1 s'`)
    await store().clock.fireDue(1_000)
    await store().delivery.recordResults([retried(await claimOne(store(), sms), 300_000)])
    await fail(push)
    expect(await pull()).toBe(0)
    expect(await isDue(sms)).toBe(false)
  })

  it('passes over rungs that ended, to the first that waits', async () => {
    const { push, sms, email } = await planLadder()
    await change(store(), sms, `status = 'SUPPRESSED', "dueAt" = NULL`)
    await fail(push)
    expect(await pull()).toBe(1)
    expect(await isDue(email)).toBe(true)
  })

  it('pulls no rung into quiet hours', async () => {
    const { push, sms, email } = await planLadder([
      { channel: 'IN_APP' },
      { channel: 'PUSH', step: 1 },
      { channel: 'SMS', step: 2, inMs: 600_000, reason: 'quiet_hours' },
      { channel: 'EMAIL', step: 3, inMs: 2_400_000 },
    ])
    await fail(push)
    expect(await pull()).toBe(0)
    expect([await isDue(sms), await isDue(email)]).toEqual([false, false])
    expect((await readDelivery(store(), push)).dueAt).toBeNull()
  })

  it.each([
    ['READ', '"readAt"', 0],
    ['READ', '"acknowledgedAt"', 0],
    ['READ', '"cancelledAt"', 0],
    ['ACKNOWLEDGED', '"acknowledgedAt"', 0],
    ['ACKNOWLEDGED', '"readAt"', 1],
  ] as const)('that stops on %s and has %s set pulls %i', async (stopOn, column, pulled) => {
    const { notificationId, push } = await planLadder(LADDER, stopOn)
    await fail(push)
    await store().pool.query(`UPDATE "Notification" SET ${column} = now() WHERE id = $1`, [notificationId])
    expect(await pull()).toBe(pulled)
    expect((await readDelivery(store(), push)).dueAt).toBeNull()
  })

  it('ends its other rungs when one arrived and that is what it stops on', async () => {
    const { push, sms, email } = await planLadder(LADDER, 'DELIVERED')
    await store().delivery.recordResults([accepted(await claimOne(store(), push))])
    await change(store(), push, `status = 'DELIVERED', "dueAt" = now() - interval '1 s'`)
    expect(await pull()).toBe(0)
    for (const id of [sms, email])
      expect(await readDelivery(store(), id)).toMatchObject({ status: 'CANCELLED', reason: 'delivered', dueAt: null })
    expect(outcomesOf(store(), sms)).toEqual(['CANCELLED delivered'])
    expect((await readDelivery(store(), push)).dueAt).toBeNull()
  })

  it('takes no further look at a row that ended in any other way', async () => {
    const { push } = await planLadder()
    await change(store(), push, `status = 'CANCELLED', "dueAt" = now() - interval '1 s'`)
    expect(await pull()).toBe(0)
    expect(await countRows(store(), 'NotificationDelivery', '"dueAt" <= now()')).toBe(0)
  })

  it('leaves a notification for the next round that somebody else holds', async () => {
    const { notificationId, push, sms } = await planLadder()
    await fail(push)
    const client = await store().pool.connect()
    try {
      await client.query('BEGIN')
      await client.query('SELECT FROM "Notification" WHERE id = $1 FOR NO KEY UPDATE', [notificationId])
      expect(await pull()).toBe(0)
      await client.query('ROLLBACK')
    } finally {
      client.release()
    }
    expect(await pull()).toBe(1)
    expect(await isDue(sms)).toBe(true)
  })
})
