import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { buildChunk } from '../build-chunk.ts'
import { POLICY } from '../open-test-store.ts'
import { accepted, change, claim, claimOne, countRows, outcomesOf, planEmail, planOne, readDelivery } from '../rows.ts'
import { useEmptiedStore } from '../use-emptied-store.ts'

const store = useEmptiedStore()

describe('the watch over wake-ups', () => {
  const makeDue = () => store().pool.query(`UPDATE "Dispatch" SET "dueAt" = now() - interval '1 s'`)
  const inspect = () => store().clock.inspectDispatches(1_000, POLICY.watch)
  const readDispatch = async () =>
    (await store().pool.query(`SELECT *, extract(epoch FROM "dueAt" - now())::float8 AS seconds FROM "Dispatch"`))
      .rows[0]

  it('looks at nothing before its time', async () => {
    await planEmail(store())
    expect(await inspect()).toEqual([])
    expect(await readDispatch()).toMatchObject({ looks: 0 })
  })

  it('brings back what is still pending, each look after twice as long as the one before', async () => {
    const { saved } = await planEmail(store())
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
    await planEmail(store(), { priority: 'CRITICAL' })
    await makeDue()
    await inspect()
    expect(Math.abs((await readDispatch()).seconds - 6)).toBeLessThan(2)
  })

  it('is not later than the earliest lease among its rows', async () => {
    const { wakeUps } = await store().routing.savePlans(
      buildChunk(...[1, 2, 3].map(() => ({ deliveries: [{ channel: 'EMAIL' as const }] }))),
    )
    await claim(
      store(),
      wakeUps.slice(0, 1).map((one) => one.deliveryId),
      20_000,
    )
    await claim(
      store(),
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
    const { id } = await planEmail(store())
    await claimOne(store(), id)
    await makeDue()
    expect(await inspect()).toEqual([])
    expect((await readDelivery(store(), id)).status).toBe('SENDING')
    await change(store(), id, `"leaseUntil" = now() - interval '1 ms'`)
    await makeDue()
    await store().clock.inspectDispatches(1_000, { ...POLICY.watch, unknownAfterMs: 60_000 })
    const row = await readDelivery(store(), id)
    expect(row).toMatchObject({
      status: 'UNKNOWN',
      reason: 'lease_passed',
      fence: 1,
      attemptCount: 1,
      leaseUntil: null,
    })
    expect((row.dueAt?.getTime() ?? 0) - Date.now()).toBeGreaterThan(50_000)
    expect(await countRows(store(), 'Dispatch')).toBe(0)
    expect(outcomesOf(store(), id)).toEqual([])
  })

  it('ends pending rows whose time is over', async () => {
    const { id } = await planEmail(store())
    await change(store(), id, `"expiresAt" = now() - interval '1 s'`)
    await makeDue()
    expect(await inspect()).toEqual([])
    expect(await readDelivery(store(), id)).toMatchObject({ status: 'EXPIRED', reason: 'expired', dueAt: null })
    expect(outcomesOf(store(), id)).toEqual(['EXPIRED expired'])
    expect(await countRows(store(), 'Dispatch')).toBe(0)
  })

  it('goes when no row is left to mind, and minds only rows that carry its id', async () => {
    const { wakeUps } = await store().routing.savePlans(buildChunk({ recipientIds: ['a', 'b'] }))
    const [first = '', second = ''] = wakeUps.map((one) => one.deliveryId)
    await store().delivery.recordResults([accepted(await claimOne(store(), first))])
    await change(store(), second, `"dispatchId" = '${randomUUID()}'`)
    await makeDue()
    expect(await inspect()).toEqual([])
    expect(await countRows(store(), 'Dispatch')).toBe(0)
    expect((await readDelivery(store(), second)).status).toBe('PENDING')
  })

  it('finds rows in every part of a dispatch that was published', async () => {
    const { wakeUps } = await store().routing.savePlans(buildChunk({ recipientIds: ['a', 'b', 'c'] }))
    const ids = wakeUps.map((one) => one.deliveryId)
    const parts = [
      { partition: 0, lastOffset: 1, ids: ids.slice(0, 1) },
      { partition: 1, lastOffset: 2, ids: ids.slice(1) },
    ]
    await store().clock.recordPublished([{ id: wakeUps[0]?.dispatchId ?? '', parts }])
    await makeDue()
    const [open] = await inspect()
    expect(open?.parts).toEqual(parts)
    expect(open?.pending.map((one) => one.deliveryId).toSorted()).toEqual(ids.toSorted())
  })
})

it('of rows that looked lost only those are found that are pending under the same dispatch still', async () => {
  const { wakeUps } = await store().routing.savePlans(buildChunk({ recipientIds: ['a', 'b', 'c'] }))
  const [first = '', second = '', third = ''] = wakeUps.map((one) => one.deliveryId)
  expect(await store().clock.findPending(wakeUps)).toEqual(wakeUps)
  await claimOne(store(), first)
  await change(store(), second, `"dispatchId" = '${randomUUID()}'`)
  expect(await store().clock.findPending(wakeUps)).toEqual(wakeUps.filter(({ deliveryId }) => deliveryId === third))
})

describe('the outbox', () => {
  it('gives a row to one sweeper at a time, until its lease has passed', async () => {
    await planOne(store())
    expect(await store().clock.takeOutbox(5_000, 10)).toEqual([])
    await store().pool.query(`UPDATE "Outbox" SET "createdAt" = now() - interval '6 s'`)
    const [row] = await store().clock.takeOutbox(5_000, 10)
    expect(row).toEqual(store().announced[0])
    expect(await store().clock.takeOutbox(5_000, 10)).toEqual([])
    await store().pool.query(`UPDATE "Outbox" SET "takenAt" = now() - interval '6 s'`)
    expect(await store().clock.takeOutbox(5_000, 10)).toEqual([row])
    await store().clock.deleteOutbox([row?.id ?? '', randomUUID()])
    expect(await countRows(store(), 'Outbox')).toBe(0)
    await expect(store().clock.deleteOutbox([])).resolves.toBeUndefined()
  })

  it('keeps reads as they were announced', async () => {
    const { notificationId } = await planOne(store())
    await store().stops.stopNotification({
      kind: 'read',
      tenantId: 'default',
      notificationId,
      userId: 'ann',
      source: 'api',
    })
    await store().pool.query(`UPDATE "Outbox" SET "createdAt" = now() - interval '6 s'`)
    const rows = await store().clock.takeOutbox(5_000, 10)
    expect(rows.find((row) => row.topic === 'notification.read')).toEqual(store().announced.at(-1))
  })
})

describe('stubs', () => {
  it('go after their time, and nothing else does', async () => {
    const read = (notificationId: string) =>
      store().stops.stopNotification({
        kind: 'read',
        tenantId: 'default',
        notificationId,
        userId: 'ann',
        source: 'kafka',
      })
    const old = await read('old')
    const filled = await read('filled')
    const young = await read('young')
    const planned = await planOne(store(), { notificationId: 'filled' })
    expect(planned.notificationId).toBe(filled?.notificationId)
    await store().pool.query(`UPDATE "Notification" SET "createdAt" = now() - interval '2 h' WHERE id <> $1`, [
      young?.notificationId,
    ])
    expect(await store().clock.deleteStubs(3_600_000, 100)).toBe(1)
    expect(await countRows(store(), 'Notification', `id = '${old?.notificationId}'`)).toBe(0)
    expect(await countRows(store(), 'Notification')).toBe(2)
  })
})
