import { deriveNotificationId } from '@carillon/contracts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildChunk } from '../build-chunk.ts'
import { openTestStore, type TestStore } from '../open-test-store.ts'
import { countRows, outcomesOf, planOne, readDeliveries, readEvent, readNotification } from '../rows.ts'

let store: TestStore
beforeAll(async () => {
  store = await openTestStore()
})
afterAll(() => store.close())

function read(notificationId: string, userId = 'ann', tenantId = 'default') {
  return store.stops.stopNotification({ kind: 'read', tenantId, notificationId, userId, source: 'kafka' })
}

describe('a read before its event', () => {
  it('cancels what the read stops, leaves the rest, and stays read', async () => {
    const name = 'early-1'
    const early = await read(name)
    const { notificationId, saved, deliveryIds } = await planOne(store, {
      notificationId: name,
      stopOn: 'READ',
      deliveries: [{ channel: 'IN_APP' }, { channel: 'EMAIL', step: 1 }, { channel: 'SMS', step: 2, inMs: 60_000 }],
    })
    expect(early?.notificationId).toBe(notificationId)
    expect(saved).toMatchObject({ wakeUps: [], insertedNotifications: 1, insertedDeliveries: 3, conflicts: [] })
    const rows = await readDeliveries(store, notificationId)
    expect(rows.map((row) => [row.status, row.reason, row.dueAt, row.dispatchId])).toEqual([
      ['DELIVERED', null, null, null],
      ['CANCELLED', 'read', null, null],
      ['CANCELLED', 'read', null, null],
    ])
    expect(deliveryIds.map((id) => outcomesOf(store, id))).toEqual([
      ['DELIVERED null'],
      ['CANCELLED read'],
      ['CANCELLED read'],
    ])
    expect(await readNotification(store, notificationId)).toMatchObject({ readAt: early?.at, title: 'Your order' })
    expect(await countRows(store, 'Dispatch', `parts::text LIKE '%${deliveryIds[1]}%'`)).toBe(0)
  })

  it('sends a broadcast all the same', async () => {
    await read('early-2')
    const { notificationId, saved } = await planOne(store, { notificationId: 'early-2' })
    expect(saved.wakeUps).toHaveLength(1)
    expect((await readDeliveries(store, notificationId)).map((row) => row.status)).toEqual(['PENDING', 'DELIVERED'])
  })

  it('cancels everything of a stub that was cancelled', async () => {
    const early = await read('early-3')
    await store.pool.query('UPDATE "Notification" SET "cancelledAt" = now() WHERE id = $1', [early?.notificationId])
    const { notificationId } = await planOne(store, { notificationId: 'early-3' })
    const rows = await readDeliveries(store, notificationId)
    expect(rows.map((row) => [row.channel, row.status, row.reason])).toEqual([
      ['EMAIL', 'CANCELLED', 'cancelled'],
      ['IN_APP', 'DELIVERED', null],
    ])
  })

  it.each([
    ['tenant', 'acme', 'ann'],
    ['person', 'default', 'eve'],
  ])('leaves the stub of another %s alone and calls the event a conflict', async (_, tenantId, recipientId) => {
    const name = `stolen by ${tenantId} ${recipientId}`
    const id = deriveNotificationId('default', name, 'ann')
    const stub = 'INSERT INTO "Notification"(id, "tenantId", "recipientId", "readAt") VALUES ($1, $2, $3, now())'
    await store.pool.query(stub, [id, tenantId, recipientId])
    const chunk = buildChunk({ notificationId: name }, {})
    const [conflicting] = chunk.notifications.filter((one) => one.id === id)
    const saved = await store.routing.savePlans(chunk)
    expect(saved.conflicts.map((one) => one.eventId)).toEqual([conflicting?.eventId])
    expect(saved.insertedNotifications).toBe(1)
    expect(await readNotification(store, id)).toMatchObject({ tenantId, recipientId, plannedAt: null, title: null })
    expect(await readDeliveries(store, id)).toEqual([])
    expect(await readEvent(store, conflicting?.eventId ?? '')).toBeUndefined()
  })
})
