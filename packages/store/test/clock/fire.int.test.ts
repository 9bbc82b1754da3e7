import type { ResendPolicy } from '@carillon/clock'
import { describe, expect, it } from 'vitest'
import type { DeliveryToBuild } from '../build-chunk.ts'
import { POLICY } from '../open-test-store.ts'
import {
  change,
  claimOne,
  countRows,
  outcomesOf,
  planEmail,
  planOne,
  readAttempts,
  readDelivery,
  unanswered,
} from '../rows.ts'
import { useEmptiedStore } from '../use-emptied-store.ts'

const store = useEmptiedStore()

const planScheduled = (inMs: number, more: Partial<DeliveryToBuild> = {}) =>
  planEmail(store(), { deliveries: [{ channel: 'EMAIL', inMs, ...more }] })

describe('firing', () => {
  it('fires what is due, with a dispatch, and nothing that is not', async () => {
    const due = await planScheduled(-1_000)
    const later = await planScheduled(60_000)
    const fired = await store().clock.fireDue(1_000)
    const row = await readDelivery(store(), due.id)
    expect(fired).toMatchObject({ ended: 0, taken: 1 })
    expect(fired.wakeUps).toEqual([
      {
        deliveryId: due.id,
        notificationId: due.notificationId,
        tenantId: 'default',
        recipientId: 'ann',
        channel: 'EMAIL',
        lane: 'normal',
        dispatchId: row.dispatchId,
      },
    ])
    expect(row).toMatchObject({ status: 'PENDING', dueAt: null })
    expect((await readDelivery(store(), later.id)).status).toBe('SCHEDULED')
    const { rows } = await store().pool.query('SELECT * FROM "Dispatch"')
    expect(rows).toMatchObject([
      {
        id: row.dispatchId,
        channel: 'EMAIL',
        lane: 'normal',
        parts: [{ partition: null, lastOffset: null, ids: [due.id] }],
      },
    ])
    expect(await store().clock.fireDue(1_000)).toEqual({ wakeUps: [], held: 0, ended: 0, taken: 0 })
  })

  it('gives each channel and lane a dispatch of its own', async () => {
    await planOne(store(), {
      deliveries: [
        { channel: 'EMAIL', inMs: -5 },
        { channel: 'SMS', inMs: -5 },
      ],
    })
    await planOne(store(), { priority: 'HIGH', deliveries: [{ channel: 'EMAIL', inMs: -5 }] })
    await planOne(store(), { deliveries: [{ channel: 'EMAIL', inMs: -5 }] })
    const { wakeUps } = await store().clock.fireDue(1_000)
    const keys = new Map(wakeUps.map((one) => [one.dispatchId, `${one.channel} ${one.lane}`]))
    expect([...keys.values()].toSorted()).toEqual(['EMAIL normal', 'EMAIL urgent', 'SMS normal'])
    expect(wakeUps).toHaveLength(4)
  })

  it('takes the oldest first, as many as asked', async () => {
    const newer = await planScheduled(-1_000)
    const older = await planScheduled(-60_000)
    const fired = await store().clock.fireDue(1)
    expect(fired.wakeUps.map((one) => one.deliveryId)).toEqual([older.id])
    expect((await readDelivery(store(), newer.id)).status).toBe('SCHEDULED')
  })

  it('ends what was stopped or has expired', async () => {
    const stopped = await planScheduled(-1_000)
    const expired = await planScheduled(-1_000)
    await change(store(), stopped.id, '"stopRequestedAt" = now()')
    await change(store(), expired.id, `"expiresAt" = now() - interval '1 s'`)
    expect(await store().clock.fireDue(1_000)).toEqual({ wakeUps: [], held: 0, ended: 2, taken: 2 })
    expect(outcomesOf(store(), stopped.id)).toEqual(['CANCELLED stopped'])
    expect(outcomesOf(store(), expired.id)).toEqual(['EXPIRED expired'])
    expect(await countRows(store(), 'NotificationDelivery', '"dueAt" IS NOT NULL')).toBe(0)
    expect(await countRows(store(), 'Dispatch')).toBe(0)
  })

  it('delivers to the inbox what nobody needs to be woken for', async () => {
    const { id } = await planEmail(store(), { deliveries: [{ channel: 'IN_APP', status: 'SCHEDULED', inMs: -1 }] })
    expect(await store().clock.fireDue(1_000)).toMatchObject({ wakeUps: [], ended: 1 })
    expect(await readDelivery(store(), id)).toMatchObject({ status: 'DELIVERED', deliveredAt: expect.any(Date) })
  })

  it('knows how long it may sleep', async () => {
    expect((await store().clock.readAgenda(0)).deliveries).toBeNull()
    await planScheduled(60_000)
    await planScheduled(10_000)
    const dueInMs = (await store().clock.readAgenda(0)).deliveries
    expect(dueInMs).toBeGreaterThan(5_000)
    expect(dueInMs).toBeLessThanOrEqual(10_000)
    await planScheduled(-10_000)
    expect((await store().clock.readAgenda(0)).deliveries).toBeLessThan(0)
  })
})

describe('an outcome that cannot be known', () => {
  async function planUnknown(more: Parameters<typeof planEmail>[1] = {}) {
    const { id, notificationId } = await planEmail(store(), more)
    await store().delivery.recordResults([unanswered(await claimOne(store(), id), -1)])
    return { id, notificationId }
  }
  const resolve = (policy: ResendPolicy = POLICY.resend) => store().clock.resolveUnknown(1_000, policy)

  it('is sent again while that is allowed, and then failed', async () => {
    const { id } = await planUnknown()
    for (const resends of [1, 2]) {
      expect(await resolve()).toBe(1)
      expect(await readDelivery(store(), id)).toMatchObject({ status: 'SCHEDULED', resends, possiblySent: true })
      await store().clock.fireDue(1_000)
      await store().delivery.recordResults([unanswered(await claimOne(store(), id), -1)])
    }
    expect(await resolve()).toBe(1)
    expect(await readDelivery(store(), id)).toMatchObject({
      status: 'FAILED',
      reason: 'outcome_unknown',
      resends: 2,
      dueAt: null,
    })
    expect(outcomesOf(store(), id)).toEqual(['FAILED outcome_unknown'])
    expect(await resolve()).toBe(0)
  })

  it('marks the attempt of a worker that fell silent', async () => {
    const { id } = await planEmail(store())
    await claimOne(store(), id)
    await change(store(), id, `status = 'UNKNOWN', "dueAt" = now() - interval '1 s'`)
    await resolve()
    expect(await readAttempts(store(), id)).toEqual([
      expect.objectContaining({ outcome: 'unknown', endedAt: expect.any(Date) }),
    ])
  })

  it('is not sent again where a category wants at most one', async () => {
    const { id } = await planUnknown({ deliveries: [{ channel: 'EMAIL', atMostOnce: true }] })
    await resolve()
    expect(await readDelivery(store(), id)).toMatchObject({ status: 'FAILED', possiblySent: true, resends: 0 })
  })

  it('is cancelled when a stop was asked, before anything else', async () => {
    const { id, notificationId } = await planUnknown()
    await change(store(), id, `"expiresAt" = now() - interval '1 s'`)
    await store().stops.stopNotification({ kind: 'cancel', tenantId: 'default', notificationId, source: 'api' })
    await resolve()
    expect(await readDelivery(store(), id)).toMatchObject({
      status: 'CANCELLED',
      reason: 'stopped',
      possiblySent: true,
      dueAt: null,
    })
  })

  it('expires when its time is over, or would be before it is sent again', async () => {
    const over = await planUnknown()
    const soon = await planUnknown({ expiresInMs: 30_000 })
    await change(store(), over.id, `"expiresAt" = now() - interval '1 s'`)
    await resolve({ ...POLICY.resend, resendAfterMs: 60_000 })
    for (const { id } of [over, soon])
      expect(await readDelivery(store(), id)).toMatchObject({ status: 'EXPIRED', possiblySent: true, dueAt: null })
  })

  it('waits until it is due', async () => {
    const { id } = await planEmail(store())
    await store().delivery.recordResults([unanswered(await claimOne(store(), id), 60_000)])
    expect(await resolve()).toBe(0)
  })
})

it('leaves nothing due behind that nobody would take, whatever happened to the rows', async () => {
  const statuses = ['SENT', 'DELIVERED', 'FAILED', 'CANCELLED', 'SUPPRESSED', 'EXPIRED', 'SCHEDULED', 'UNKNOWN']
  for (const status of statuses) {
    const { id } = await planEmail(store(), { stopOn: 'READ' })
    await store().pool.query('ALTER TABLE "NotificationDelivery" DISABLE TRIGGER ALL')
    await change(store(), id, `status = '${status}', "dueAt" = now() - interval '1 s'`)
    await store().pool.query('ALTER TABLE "NotificationDelivery" ENABLE TRIGGER ALL')
  }
  for (let round = 0; round < 2; round++) {
    await store().clock.fireDue(1_000)
    await store().clock.resolveUnknown(1_000, POLICY.resend)
    await store().clock.pullLadders(1_000)
  }
  expect(await countRows(store(), 'NotificationDelivery', '"dueAt" <= now()')).toBe(0)
})
