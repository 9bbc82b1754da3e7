import { randomUUID } from 'node:crypto'
import type { ResendPolicy } from '@carillon/clock'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { buildChunk, type DeliveryToBuild } from './build-chunk.ts'
import { openTestStore, POLICY, type TestStore } from './open-test-store.ts'
import {
  accepted,
  change,
  claim,
  claimOne,
  countRows,
  outcomesOf,
  planEmail,
  planOne,
  readAttempts,
  readDelivery,
  rejected,
  retried,
  unanswered,
} from './rows.ts'

let store: TestStore
beforeAll(async () => {
  store = await openTestStore()
})
afterAll(() => store.close())
beforeEach(async () => {
  store.announced.splice(0)
  await store.pool.query(
    'TRUNCATE "Notification", "NotificationDelivery", "DeliveryAttempt", "Dispatch", "Outbox", "Event"',
  )
})

const planScheduled = (inMs: number, more: Partial<DeliveryToBuild> = {}) =>
  planEmail(store, { deliveries: [{ channel: 'EMAIL', inMs, ...more }] })

describe('firing', () => {
  it('fires what is due, with a dispatch, and nothing that is not', async () => {
    const due = await planScheduled(-1_000)
    const later = await planScheduled(60_000)
    const fired = await store.clock.fireDue(1_000)
    const row = await readDelivery(store, due.id)
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
    expect((await readDelivery(store, later.id)).status).toBe('SCHEDULED')
    const { rows } = await store.pool.query('SELECT * FROM "Dispatch"')
    expect(rows).toMatchObject([
      {
        id: row.dispatchId,
        channel: 'EMAIL',
        lane: 'normal',
        parts: [{ partition: null, lastOffset: null, ids: [due.id] }],
      },
    ])
    expect(await store.clock.fireDue(1_000)).toEqual({ wakeUps: [], ended: 0, taken: 0 })
  })

  it('gives each channel and lane a dispatch of its own', async () => {
    await planOne(store, {
      deliveries: [
        { channel: 'EMAIL', inMs: -5 },
        { channel: 'SMS', inMs: -5 },
      ],
    })
    await planOne(store, { priority: 'HIGH', deliveries: [{ channel: 'EMAIL', inMs: -5 }] })
    await planOne(store, { deliveries: [{ channel: 'EMAIL', inMs: -5 }] })
    const { wakeUps } = await store.clock.fireDue(1_000)
    const keys = new Map(wakeUps.map((one) => [one.dispatchId, `${one.channel} ${one.lane}`]))
    expect([...keys.values()].toSorted()).toEqual(['EMAIL normal', 'EMAIL urgent', 'SMS normal'])
    expect(wakeUps).toHaveLength(4)
  })

  it('takes the oldest first, as many as asked', async () => {
    const newer = await planScheduled(-1_000)
    const older = await planScheduled(-60_000)
    const fired = await store.clock.fireDue(1)
    expect(fired.wakeUps.map((one) => one.deliveryId)).toEqual([older.id])
    expect((await readDelivery(store, newer.id)).status).toBe('SCHEDULED')
  })

  it('ends what was stopped or has expired', async () => {
    const stopped = await planScheduled(-1_000)
    const expired = await planScheduled(-1_000)
    await change(store, stopped.id, '"stopRequestedAt" = now()')
    await change(store, expired.id, `"expiresAt" = now() - interval '1 s'`)
    expect(await store.clock.fireDue(1_000)).toEqual({ wakeUps: [], ended: 2, taken: 2 })
    expect(outcomesOf(store, stopped.id)).toEqual(['CANCELLED stopped'])
    expect(outcomesOf(store, expired.id)).toEqual(['EXPIRED expired'])
    expect(await countRows(store, 'NotificationDelivery', '"dueAt" IS NOT NULL')).toBe(0)
    expect(await countRows(store, 'Dispatch')).toBe(0)
  })

  it('delivers to the inbox what nobody needs to be woken for', async () => {
    const { id } = await planEmail(store, { deliveries: [{ channel: 'IN_APP', status: 'SCHEDULED', inMs: -1 }] })
    expect(await store.clock.fireDue(1_000)).toMatchObject({ wakeUps: [], ended: 1 })
    expect(await readDelivery(store, id)).toMatchObject({ status: 'DELIVERED', deliveredAt: expect.any(Date) })
  })

  it('knows how long it may sleep', async () => {
    expect(await store.clock.readNextDueInMs()).toBeNull()
    await planScheduled(60_000)
    await planScheduled(10_000)
    const dueInMs = await store.clock.readNextDueInMs()
    expect(dueInMs).toBeGreaterThan(5_000)
    expect(dueInMs).toBeLessThanOrEqual(10_000)
    await planScheduled(-10_000)
    expect(await store.clock.readNextDueInMs()).toBeLessThan(0)
  })
})

describe('an outcome that cannot be known', () => {
  async function planUnknown(more: Parameters<typeof planEmail>[1] = {}) {
    const { id, notificationId } = await planEmail(store, more)
    await store.delivery.recordResults([unanswered(await claimOne(store, id), -1)])
    return { id, notificationId }
  }
  const resolve = (policy: ResendPolicy = POLICY.resend) => store.clock.resolveUnknown(1_000, policy)

  it('is sent again while that is allowed, and then failed', async () => {
    const { id } = await planUnknown()
    for (const resends of [1, 2]) {
      expect(await resolve()).toBe(1)
      expect(await readDelivery(store, id)).toMatchObject({ status: 'SCHEDULED', resends, possiblySent: true })
      await store.clock.fireDue(1_000)
      await store.delivery.recordResults([unanswered(await claimOne(store, id), -1)])
    }
    expect(await resolve()).toBe(1)
    expect(await readDelivery(store, id)).toMatchObject({
      status: 'FAILED',
      reason: 'outcome_unknown',
      resends: 2,
      dueAt: null,
    })
    expect(outcomesOf(store, id)).toEqual(['FAILED outcome_unknown'])
    expect(await resolve()).toBe(0)
  })

  it('marks the attempt of a worker that fell silent', async () => {
    const { id } = await planEmail(store)
    await claimOne(store, id)
    await change(store, id, `status = 'UNKNOWN', "dueAt" = now() - interval '1 s'`)
    await resolve()
    expect(await readAttempts(store, id)).toEqual([
      expect.objectContaining({ outcome: 'unknown', endedAt: expect.any(Date) }),
    ])
  })

  it('is not sent again where a category wants at most one', async () => {
    const { id } = await planUnknown({ deliveries: [{ channel: 'EMAIL', atMostOnce: true }] })
    await resolve()
    expect(await readDelivery(store, id)).toMatchObject({ status: 'FAILED', possiblySent: true, resends: 0 })
  })

  it('is cancelled when a stop was asked, before anything else', async () => {
    const { id, notificationId } = await planUnknown()
    await change(store, id, `"expiresAt" = now() - interval '1 s'`)
    await store.stops.stopNotification({ kind: 'cancel', tenantId: 'default', notificationId, source: 'api' })
    await resolve()
    expect(await readDelivery(store, id)).toMatchObject({
      status: 'CANCELLED',
      reason: 'stopped',
      possiblySent: true,
      dueAt: null,
    })
  })

  it('expires when its time is over, or would be before it is sent again', async () => {
    const over = await planUnknown()
    const soon = await planUnknown({ expiresInMs: 30_000 })
    await change(store, over.id, `"expiresAt" = now() - interval '1 s'`)
    await resolve({ ...POLICY.resend, resendAfterMs: 60_000 })
    for (const { id } of [over, soon])
      expect(await readDelivery(store, id)).toMatchObject({ status: 'EXPIRED', possiblySent: true, dueAt: null })
  })

  it('waits until it is due', async () => {
    const { id } = await planEmail(store)
    await store.delivery.recordResults([unanswered(await claimOne(store, id), 60_000)])
    expect(await resolve()).toBe(0)
  })
})

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
    const { notificationId, deliveryIds } = await planOne(store, { stopOn, deliveries })
    const [, push = '', sms = '', email = ''] = deliveryIds
    return { notificationId, push, sms, email }
  }
  const fail = async (id: string) => store.delivery.recordResults([rejected(await claimOne(store, id))])
  const pull = () => store.clock.pullLadders(1_000)
  const isDue = async (id: string) =>
    ((await readDelivery(store, id)).dueAt?.getTime() ?? Infinity) < Date.now() + 1_000

  it('makes the next rung due when one failed, and only that one', async () => {
    const { push, sms, email } = await planLadder()
    await fail(push)
    expect(await pull()).toBe(1)
    expect([await isDue(sms), await isDue(email)]).toEqual([true, false])
    const row = await readDelivery(store, sms)
    expect(row.scheduledFor).toEqual(row.dueAt)
    expect((await readDelivery(store, push)).dueAt).toBeNull()
    expect(await pull()).toBe(0)
    expect((await store.clock.fireDue(1_000)).wakeUps.map((one) => one.deliveryId)).toEqual([sms])
  })

  it('does the same for a rung that was suppressed, and for one whose outcome stays unknown', async () => {
    const { push, sms } = await planLadder()
    await store.delivery.setAside([{ id: push, status: 'SUPPRESSED', reason: 'preference_off' }])
    expect(await pull()).toBe(1)
    expect(await isDue(sms)).toBe(true)
    await store.clock.fireDue(1_000)
    await store.delivery.recordResults([unanswered(await claimOne(store, sms), -1)])
    await store.clock.resolveUnknown(1_000, { ...POLICY.resend, maxResends: { ...POLICY.resend.maxResends, SMS: 0 } })
    expect(await pull()).toBe(1)
  })

  it('leaves later rungs at their times when the next one has begun or succeeded', async () => {
    const { push, sms, email } = await planLadder()
    const pushed = await claimOne(store, push)
    await change(store, sms, `"dueAt" = now() - interval '1 s'`)
    await store.clock.fireDue(1_000)
    await store.delivery.recordResults([accepted(await claimOne(store, sms))])
    await store.delivery.recordResults([rejected(pushed)])
    expect(await pull()).toBe(0)
    expect(await isDue(email)).toBe(false)
    expect(await countRows(store, 'NotificationDelivery', '"dueAt" <= now()')).toBe(0)
  })

  it('hurries no rung that waits to be tried again', async () => {
    const { push, sms } = await planLadder()
    await change(store, sms, `"dueAt" = now() - interval '1 s'`)
    await store.clock.fireDue(1_000)
    await store.delivery.recordResults([retried(await claimOne(store, sms), 300_000)])
    await fail(push)
    expect(await pull()).toBe(0)
    expect(await isDue(sms)).toBe(false)
  })

  it('passes over rungs that ended, to the first that waits', async () => {
    const { push, sms, email } = await planLadder()
    await change(store, sms, `status = 'SUPPRESSED', "dueAt" = NULL`)
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
    expect((await readDelivery(store, push)).dueAt).toBeNull()
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
    await store.pool.query(`UPDATE "Notification" SET ${column} = now() WHERE id = $1`, [notificationId])
    expect(await pull()).toBe(pulled)
    expect((await readDelivery(store, push)).dueAt).toBeNull()
  })

  it('ends its other rungs when one arrived and that is what it stops on', async () => {
    const { push, sms, email } = await planLadder(LADDER, 'DELIVERED')
    await store.delivery.recordResults([accepted(await claimOne(store, push))])
    await change(store, push, `status = 'DELIVERED', "dueAt" = now() - interval '1 s'`)
    expect(await pull()).toBe(0)
    for (const id of [sms, email])
      expect(await readDelivery(store, id)).toMatchObject({ status: 'CANCELLED', reason: 'delivered', dueAt: null })
    expect(outcomesOf(store, sms)).toEqual(['CANCELLED delivered'])
    expect((await readDelivery(store, push)).dueAt).toBeNull()
  })

  it('takes no further look at a row that ended in any other way', async () => {
    const { push } = await planLadder()
    await change(store, push, `status = 'CANCELLED', "dueAt" = now() - interval '1 s'`)
    expect(await pull()).toBe(0)
    expect(await countRows(store, 'NotificationDelivery', '"dueAt" <= now()')).toBe(0)
  })

  it('leaves a notification for the next round that somebody else holds', async () => {
    const { notificationId, push, sms } = await planLadder()
    await fail(push)
    const client = await store.pool.connect()
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

describe('the watch over wake-ups', () => {
  const makeDue = () => store.pool.query(`UPDATE "Dispatch" SET "dueAt" = now() - interval '1 s'`)
  const inspect = () => store.clock.inspectDispatches(1_000, POLICY.watch)
  const readDispatch = async () =>
    (await store.pool.query(`SELECT *, extract(epoch FROM "dueAt" - now())::float8 AS seconds FROM "Dispatch"`)).rows[0]

  it('looks at nothing before its time', async () => {
    await planEmail(store)
    expect(await inspect()).toEqual([])
    expect(await readDispatch()).toMatchObject({ looks: 0 })
  })

  it('brings back what is still pending, each look after twice as long as the one before', async () => {
    const { saved } = await planEmail(store)
    for (const seconds of [60, 120, 240, 480, 600, 600]) {
      await makeDue()
      expect(await inspect()).toEqual([
        {
          id: saved.wakeUps[0]?.dispatchId,
          channel: 'EMAIL',
          lane: 'normal',
          parts: [{ partition: null, lastOffset: null, ids: [saved.wakeUps[0]?.deliveryId] }],
          pending: saved.wakeUps,
        },
      ])
      expect(Math.abs((await readDispatch()).seconds - seconds)).toBeLessThan(5)
    }
  })

  it('looks sooner at the urgent lane', async () => {
    await planEmail(store, { priority: 'CRITICAL' })
    await makeDue()
    await inspect()
    expect(Math.abs((await readDispatch()).seconds - 6)).toBeLessThan(2)
  })

  it('is not later than the earliest lease among its rows', async () => {
    const { wakeUps } = await store.routing.savePlans(
      buildChunk(...[1, 2, 3].map(() => ({ deliveries: [{ channel: 'EMAIL' as const }] }))),
    )
    await claim(
      store,
      wakeUps.slice(0, 1).map((one) => one.deliveryId),
      20_000,
    )
    await claim(
      store,
      wakeUps.slice(1, 2).map((one) => one.deliveryId),
      10_000,
    )
    await makeDue()
    const [open] = await inspect()
    expect(open?.pending).toEqual(wakeUps.slice(2))
    const { seconds } = await readDispatch()
    expect(seconds).toBeGreaterThan(5)
    expect(seconds).toBeLessThanOrEqual(10)
  })

  it('makes a row unknown whose worker fell silent, never a retry', async () => {
    const { id } = await planEmail(store)
    await claimOne(store, id)
    await makeDue()
    expect(await inspect()).toEqual([])
    expect((await readDelivery(store, id)).status).toBe('SENDING')
    await change(store, id, `"leaseUntil" = now() - interval '1 ms'`)
    await makeDue()
    await store.clock.inspectDispatches(1_000, { ...POLICY.watch, unknownAfterMs: 60_000 })
    const row = await readDelivery(store, id)
    expect(row).toMatchObject({
      status: 'UNKNOWN',
      reason: 'lease_passed',
      fence: 1,
      attemptCount: 1,
      leaseUntil: null,
    })
    expect((row.dueAt?.getTime() ?? 0) - Date.now()).toBeGreaterThan(50_000)
    expect(await countRows(store, 'Dispatch')).toBe(0)
    expect(outcomesOf(store, id)).toEqual([])
  })

  it('ends pending rows whose time is over', async () => {
    const { id } = await planEmail(store)
    await change(store, id, `"expiresAt" = now() - interval '1 s'`)
    await makeDue()
    expect(await inspect()).toEqual([])
    expect(await readDelivery(store, id)).toMatchObject({ status: 'EXPIRED', reason: 'expired', dueAt: null })
    expect(outcomesOf(store, id)).toEqual(['EXPIRED expired'])
    expect(await countRows(store, 'Dispatch')).toBe(0)
  })

  it('goes when no row is left to mind, and minds only rows that carry its id', async () => {
    const { wakeUps } = await store.routing.savePlans(buildChunk({ recipientIds: ['a', 'b'] }))
    const [first = '', second = ''] = wakeUps.map((one) => one.deliveryId)
    await store.delivery.recordResults([accepted(await claimOne(store, first))])
    await change(store, second, `"dispatchId" = '${randomUUID()}'`)
    await makeDue()
    expect(await inspect()).toEqual([])
    expect(await countRows(store, 'Dispatch')).toBe(0)
    expect((await readDelivery(store, second)).status).toBe('PENDING')
  })

  it('finds rows in every part of a dispatch that was published', async () => {
    const { wakeUps } = await store.routing.savePlans(buildChunk({ recipientIds: ['a', 'b', 'c'] }))
    const ids = wakeUps.map((one) => one.deliveryId)
    const parts = [
      { partition: 0, lastOffset: 1, ids: ids.slice(0, 1) },
      { partition: 1, lastOffset: 2, ids: ids.slice(1) },
    ]
    await store.clock.recordPublished([{ id: wakeUps[0]?.dispatchId ?? '', parts }])
    await makeDue()
    const [open] = await inspect()
    expect(open?.parts).toEqual(parts)
    expect(open?.pending.map((one) => one.deliveryId).toSorted()).toEqual(ids.toSorted())
  })
})

describe('the outbox', () => {
  it('gives a row to one sweeper at a time, until its lease has passed', async () => {
    await planOne(store)
    expect(await store.clock.takeOutbox(5_000, 10)).toEqual([])
    await store.pool.query(`UPDATE "Outbox" SET "createdAt" = now() - interval '6 s'`)
    const [row] = await store.clock.takeOutbox(5_000, 10)
    expect(row).toEqual(store.announced[0])
    expect(await store.clock.takeOutbox(5_000, 10)).toEqual([])
    await store.pool.query(`UPDATE "Outbox" SET "takenAt" = now() - interval '6 s'`)
    expect(await store.clock.takeOutbox(5_000, 10)).toEqual([row])
    await store.clock.deleteOutbox([row?.id ?? '', randomUUID()])
    expect(await countRows(store, 'Outbox')).toBe(0)
    await expect(store.clock.deleteOutbox([])).resolves.toBeUndefined()
  })

  it('keeps reads as they were announced', async () => {
    const { notificationId } = await planOne(store)
    await store.stops.stopNotification({
      kind: 'read',
      tenantId: 'default',
      notificationId,
      userId: 'ann',
      source: 'api',
    })
    await store.pool.query(`UPDATE "Outbox" SET "createdAt" = now() - interval '6 s'`)
    const rows = await store.clock.takeOutbox(5_000, 10)
    expect(rows.find((row) => row.topic === 'notification.read')).toEqual(store.announced.at(-1))
  })
})

describe('stubs', () => {
  it('go after their time, and nothing else does', async () => {
    const read = (notificationId: string) =>
      store.stops.stopNotification({
        kind: 'read',
        tenantId: 'default',
        notificationId,
        userId: 'ann',
        source: 'kafka',
      })
    const old = await read('old')
    const filled = await read('filled')
    const young = await read('young')
    const planned = await planOne(store, { notificationId: 'filled' })
    expect(planned.notificationId).toBe(filled?.notificationId)
    await store.pool.query(`UPDATE "Notification" SET "createdAt" = now() - interval '2 h' WHERE id <> $1`, [
      young?.notificationId,
    ])
    expect(await store.clock.deleteStubs(3_600_000, 100)).toBe(1)
    expect(await countRows(store, 'Notification', `id = '${old?.notificationId}'`)).toBe(0)
    expect(await countRows(store, 'Notification')).toBe(2)
  })
})

it('leaves nothing due behind that nobody would take, whatever happened to the rows', async () => {
  const statuses = ['SENT', 'DELIVERED', 'FAILED', 'CANCELLED', 'SUPPRESSED', 'EXPIRED', 'SCHEDULED', 'UNKNOWN']
  for (const status of statuses) {
    const { id } = await planEmail(store, { stopOn: 'READ' })
    await store.pool.query('ALTER TABLE "NotificationDelivery" DISABLE TRIGGER ALL')
    await change(store, id, `status = '${status}', "dueAt" = now() - interval '1 s'`)
    await store.pool.query('ALTER TABLE "NotificationDelivery" ENABLE TRIGGER ALL')
  }
  for (let round = 0; round < 2; round++) {
    await store.clock.fireDue(1_000)
    await store.clock.resolveUnknown(1_000, POLICY.resend)
    await store.clock.pullLadders(1_000)
  }
  expect(await countRows(store, 'NotificationDelivery', '"dueAt" <= now()')).toBe(0)
})
