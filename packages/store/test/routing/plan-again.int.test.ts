import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildChunk } from '../build-chunk.ts'
import { openTestStore, type TestStore } from '../open-test-store.ts'
import { change, claimOne, countRows, planOne, readDelivery, readEvent } from '../rows.ts'

let store: TestStore
beforeAll(async () => {
  store = await openTestStore()
})
afterAll(() => store.close())

describe('an event that comes again', () => {
  it('plans an event once, and wakes again what is still pending when it comes again', async () => {
    const chunk = buildChunk({ recipientIds: ['ann', 'bob'] })
    const first = await store.routing.savePlans(chunk)
    await claimOne(store, first.wakeUps[0]?.deliveryId ?? '')
    const second = await store.routing.savePlans(chunk)
    expect(second).toMatchObject({ wakeUps: [], conflicts: [], insertedNotifications: 0, insertedDeliveries: 0 })
    expect(second.repeated).toEqual([first.wakeUps[1]])
    expect(await countRows(store, 'Notification', `"eventId" = '${chunk.events[0]?.id}'`)).toBe(2)
    expect((await readEvent(store, chunk.events[0]?.id ?? '')).notificationCount).toBe(2)
  })

  it('adds the notifications of a large event that comes in several chunks', async () => {
    const chunk = buildChunk({ recipientIds: ['a', 'b', 'c', 'd', 'e'] })
    const { events, notifications } = chunk
    await store.routing.savePlans({ events, notifications: notifications.slice(0, 2) })
    const second = await store.routing.savePlans({ events, notifications: notifications.slice(1) })
    expect(second.insertedNotifications).toBe(3)
    expect(second.repeated).toHaveLength(1)
    expect((await readEvent(store, events[0]?.id ?? '')).notificationCount).toBe(5)
  })

  it('plans nothing of an event whose id was used with other content, and all of the others', async () => {
    const first = buildChunk({})
    await store.routing.savePlans(first)
    const eventId = first.events[0]?.id ?? ''
    const other = buildChunk({ id: eventId, fingerprint: 'f2', recipientIds: ['zoe'] }, { recipientIds: ['yan'] })
    const saved = await store.routing.savePlans(other)
    expect(saved.conflicts).toEqual([{ tenantId: 'default', eventId, message: expect.stringContaining(eventId) }])
    expect(saved.insertedNotifications).toBe(1)
    expect(saved.wakeUps.map((one) => one.recipientId)).toEqual(['yan'])
    expect((await readEvent(store, eventId)).fingerprint).toBe('f1')
  })

  it('takes the same id of two tenants for two events', async () => {
    const first = buildChunk({ id: 'shared' })
    const second = buildChunk({ id: 'shared', tenantId: 'acme', fingerprint: 'f2' })
    expect((await store.routing.savePlans(first)).conflicts).toEqual([])
    expect((await store.routing.savePlans(second)).conflicts).toEqual([])
  })

  it('takes a name that comes again with equal content once, and with other content for a conflict', async () => {
    const first = buildChunk({ notificationId: 'invoice-1', fingerprint: 'same' })
    await store.routing.savePlans(first)
    const again = await store.routing.savePlans(buildChunk({ notificationId: 'invoice-1', fingerprint: 'same' }))
    expect(again).toMatchObject({ conflicts: [], insertedNotifications: 0 })
    expect(again.repeated).toHaveLength(1)
    const other = buildChunk(
      { notificationId: 'invoice-1', fingerprint: 'other', recipientIds: ['ann', 'new'] },
      { fingerprint: 'third' },
    )
    const saved = await store.routing.savePlans(other)
    const [conflicting, fine] = other.events
    expect(saved.conflicts.map((one) => one.eventId)).toEqual([conflicting?.id])
    expect(await readEvent(store, conflicting?.id ?? '')).toBeUndefined()
    expect(saved.insertedNotifications).toBe(1)
    expect(await readEvent(store, fine?.id ?? '')).toMatchObject({ state: 'PLANNED', notificationCount: 1 })
  })

  it('plans a refused event when it comes again corrected, and refuses no planned one', async () => {
    const refusal = {
      tenantId: 'default',
      type: 'ORDER',
      category: 'orders',
      fingerprint: 'bad',
      reason: 'unsupported',
      acceptedAt: new Date(),
    }
    await store.routing.saveRefusals([{ ...refusal, id: 'corrected' }])
    expect(await readEvent(store, 'corrected')).toMatchObject({ state: 'REFUSED', reason: 'unsupported' })
    expect((await store.routing.savePlans(buildChunk({ id: 'corrected' }))).conflicts).toEqual([])
    expect(await readEvent(store, 'corrected')).toMatchObject({ state: 'PLANNED', reason: null, notificationCount: 1 })
    expect(await store.routing.saveRefusals([{ ...refusal, id: 'corrected' }])).toEqual([])
    expect(await readEvent(store, 'corrected')).toMatchObject({ state: 'PLANNED', fingerprint: 'f1' })
  })

  it('tells which refused events were planned before with the same content, and which were not', async () => {
    const { eventId: id } = await planOne(store)
    const refusal = {
      tenantId: 'default',
      type: 'X',
      category: 'c',
      reason: 'template_unknown',
      acceptedAt: new Date(),
    }
    const refused = [
      { ...refusal, id, fingerprint: 'f1' },
      { ...refusal, id: 'never-planned', fingerprint: 'f1' },
    ]
    expect(await store.routing.saveRefusals(refused)).toEqual([{ tenantId: 'default', id }])
    expect(await store.routing.saveRefusals(refused)).toEqual([{ tenantId: 'default', id }])
    expect(await readEvent(store, 'never-planned')).toMatchObject({ state: 'REFUSED', reason: 'template_unknown' })
  })

  it('keeps a delivery that was planned twice in different moments as it is', async () => {
    const chunk = buildChunk({})
    const { wakeUps } = await store.routing.savePlans(chunk)
    const id = wakeUps[0]?.deliveryId ?? ''
    await change(store, id, `status = 'CANCELLED', reason = 'cancelled'`)
    expect((await store.routing.savePlans(chunk)).repeated).toEqual([])
    expect(await readDelivery(store, id)).toMatchObject({ status: 'CANCELLED', reason: 'cancelled' })
  })
})
