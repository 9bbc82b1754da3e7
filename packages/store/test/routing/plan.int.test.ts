import { deriveNotificationId, outcomeRecordSchema } from '@carillon/contracts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRoutingStore } from '../../src/index.ts'
import { buildChunk } from '../build-chunk.ts'
import { openTestStore, type TestStore } from '../open-test-store.ts'
import { change, claimOne, countRows, outcomesOf, planOne, readDeliveries, readDelivery } from '../rows.ts'

let store: TestStore
beforeAll(async () => {
  store = await openTestStore()
})
afterAll(() => store.close())

function readNotification(id: string) {
  return store.pool.query('SELECT * FROM "Notification" WHERE id = $1', [id]).then(({ rows }) => rows[0])
}

async function readEvent(id: string) {
  return (await store.pool.query('SELECT * FROM "Event" WHERE id = $1', [id])).rows[0]
}

function read(notificationId: string, userId = 'ann', tenantId = 'default') {
  return store.stops.stopNotification({ kind: 'read', tenantId, notificationId, userId, source: 'kafka' })
}

describe('planning', () => {
  it('freezes the content and every field of the plan', async () => {
    const chunk = buildChunk({ priority: 'HIGH', stopOn: 'READ', notificationId: 'order 7 "a\\b"' })
    const [planned] = chunk.notifications
    await store.routing.savePlans(chunk)
    const row = await readNotification(planned?.id ?? '')
    expect(row).toMatchObject({
      tenantId: 'default',
      recipientId: 'ann',
      eventId: planned?.eventId,
      groupId: 'order 7 "a\\b"',
      type: 'ORDER',
      category: 'orders',
      priority: 'HIGH',
      strategy: 'ESCALATION',
      lane: 'urgent',
      title: 'Your order',
      message: 'It "left" the house, {really}\\',
      content: null,
      templateCode: null,
      metadata: { actionUrl: '/orders/1', actionText: 'Open' },
      contact: { email: 'ann@example.com' },
      locale: null,
      ladder: null,
      decisions: [],
      stopOn: 'READ',
      collapseKey: null,
      inInbox: true,
      traceparent: null,
      readAt: null,
      expiresAt: planned?.plan.notification.expiresAt,
    })
    expect(row.plannedAt).toBeInstanceOf(Date)
    expect(await readEvent(planned?.eventId ?? '')).toMatchObject({
      tenantId: 'default',
      type: 'ORDER',
      category: 'orders',
      fingerprint: 'f1',
      state: 'PLANNED',
      cancelKey: null,
      recipientCount: 1,
      notificationCount: 1,
      acceptedAt: chunk.events[0]?.acceptedAt,
    })
  })

  it('wakes the pending ones, has the inbox delivered, and lets the others wait for their time', async () => {
    const { saved, notificationId, deliveryIds } = await planOne(store, {
      deliveries: [
        { channel: 'IN_APP' },
        { channel: 'EMAIL', step: 1 },
        { channel: 'SMS', step: 2, inMs: 600_000, reason: 'waits_for_step' },
        { channel: 'PUSH', step: 3, status: 'SUPPRESSED', reason: 'no_device' },
        { channel: 'WHATSAPP', step: 4, status: 'EXPIRED', reason: 'expires_before_step' },
      ],
    })
    const [inApp, email, sms, push, whatsapp] = await readDeliveries(store, notificationId)
    expect([inApp?.status, email?.status, sms?.status, push?.status, whatsapp?.status]).toEqual([
      'DELIVERED',
      'PENDING',
      'SCHEDULED',
      'SUPPRESSED',
      'EXPIRED',
    ])
    expect(inApp?.deliveredAt).toBeInstanceOf(Date)
    expect(email).toMatchObject({ dueAt: null, fence: 0, maxAttempts: 3 })
    expect(sms).toMatchObject({ dueAt: sms?.scheduledFor, dispatchId: null, reason: 'waits_for_step' })
    expect([push?.dueAt, whatsapp?.dueAt]).toEqual([null, null])
    expect(saved.wakeUps).toEqual([
      {
        deliveryId: deliveryIds[1],
        notificationId,
        tenantId: 'default',
        recipientId: 'ann',
        channel: 'EMAIL',
        lane: 'normal',
        dispatchId: email?.dispatchId,
      },
    ])
    expect(deliveryIds.map((id) => outcomesOf(store, id))).toEqual([
      ['DELIVERED null'],
      [],
      [],
      ['SUPPRESSED no_device'],
      ['EXPIRED expires_before_step'],
    ])
  })

  it('keeps the outcomes in the outbox exactly as it announced them', async () => {
    const { notificationId } = await planOne(store)
    const announced = store.announced.at(-1)
    const { rows } = await store.pool.query(`UPDATE "Outbox" SET "createdAt" = now() - interval '1 h' RETURNING id`)
    const swept = await store.clock.takeOutbox(5_000, rows.length)
    expect(swept.find((row) => row.id === announced?.id)).toEqual(announced)
    expect(announced?.records).toHaveLength(1)
    expect(announced?.records[0]).toMatchObject({ key: notificationId, headers: { 'tenant-id': 'default' } })
    const value = outcomeRecordSchema.parse(JSON.parse(announced?.records[0]?.value ?? ''))
    expect(value).toMatchObject({ notificationId, channel: 'IN_APP', status: 'DELIVERED', reason: null })
  })

  it('watches each channel and lane by a dispatch that is due soon', async () => {
    const chunk = buildChunk(
      { deliveries: [{ channel: 'EMAIL' }, { channel: 'SMS' }] },
      { deliveries: [{ channel: 'EMAIL' }] },
      { priority: 'CRITICAL', deliveries: [{ channel: 'EMAIL' }] },
    )
    const { wakeUps } = await store.routing.savePlans(chunk)
    const ids = [...new Set(wakeUps.map((one) => one.dispatchId))]
    const { rows } = await store.pool.query(
      `SELECT id, channel, lane, parts, extract(epoch FROM "dueAt" - "createdAt")::int AS seconds FROM "Dispatch"
       WHERE id = ANY($1) ORDER BY channel, lane`,
      [ids],
    )
    expect(rows.map(({ channel, lane, seconds }) => [channel, lane, seconds])).toEqual([
      ['EMAIL', 'normal', 30],
      ['EMAIL', 'urgent', 3],
      ['SMS', 'normal', 30],
    ])
    for (const row of rows) {
      const own = wakeUps.filter((one) => one.dispatchId === row.id).map((one) => one.deliveryId)
      expect(row.parts).toEqual([{ partition: null, lastOffset: null, ids: expect.any(Array) }])
      expect(row.parts[0].ids.toSorted()).toEqual(own.toSorted())
    }
  })

  it('has the clock look as early as the settings say', async () => {
    const firstLookMs = { urgent: 100, normal: 7_000 }
    const routing = createRoutingStore({ pool: store.pool, announce: () => undefined, firstLookMs })
    const { wakeUps } = await routing.savePlans(buildChunk({ deliveries: [{ channel: 'EMAIL' }] }))
    const id = wakeUps[0]?.dispatchId
    expect(await countRows(store, 'Dispatch', `id = '${id}' AND "dueAt" = "createdAt" + interval '7 s'`)).toBe(1)
  })

  it('plans an event once, and wakes again what is still pending when it comes again', async () => {
    const chunk = buildChunk({ recipientIds: ['ann', 'bob'] })
    const first = await store.routing.savePlans(chunk)
    await claimOne(store, first.wakeUps[0]?.deliveryId ?? '')
    const second = await store.routing.savePlans(chunk)
    expect(second).toMatchObject({ wakeUps: [], conflicts: [], insertedNotifications: 0, insertedDeliveries: 0 })
    expect(second.repeated).toEqual([first.wakeUps[1]])
    expect(await countRows(store, 'Notification', `"eventId" = '${chunk.events[0]?.id}'`)).toBe(2)
    expect((await readEvent(chunk.events[0]?.id ?? '')).notificationCount).toBe(2)
  })

  it('adds the notifications of a large event that comes in several chunks', async () => {
    const chunk = buildChunk({ recipientIds: ['a', 'b', 'c', 'd', 'e'] })
    const { events, notifications } = chunk
    await store.routing.savePlans({ events, notifications: notifications.slice(0, 2) })
    const second = await store.routing.savePlans({ events, notifications: notifications.slice(1) })
    expect(second.insertedNotifications).toBe(3)
    expect(second.repeated).toHaveLength(1)
    expect((await readEvent(events[0]?.id ?? '')).notificationCount).toBe(5)
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
    expect((await readEvent(eventId)).fingerprint).toBe('f1')
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
    expect(await readEvent(conflicting?.id ?? '')).toBeUndefined()
    expect(saved.insertedNotifications).toBe(1)
    expect(await readEvent(fine?.id ?? '')).toMatchObject({ state: 'PLANNED', notificationCount: 1 })
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
    expect(await readEvent('corrected')).toMatchObject({ state: 'REFUSED', reason: 'unsupported' })
    expect((await store.routing.savePlans(buildChunk({ id: 'corrected' }))).conflicts).toEqual([])
    expect(await readEvent('corrected')).toMatchObject({ state: 'PLANNED', reason: null, notificationCount: 1 })
    expect(await store.routing.saveRefusals([{ ...refusal, id: 'corrected' }])).toEqual([])
    expect(await readEvent('corrected')).toMatchObject({ state: 'PLANNED', fingerprint: 'f1' })
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
    expect(await readEvent('never-planned')).toMatchObject({ state: 'REFUSED', reason: 'template_unknown' })
  })

  it('saves an event for nobody', async () => {
    const chunk = buildChunk({ recipientIds: [] })
    expect(await store.routing.savePlans(chunk)).toMatchObject({ insertedNotifications: 0, conflicts: [] })
    expect(await readEvent(chunk.events[0]?.id ?? '')).toMatchObject({ state: 'PLANNED', notificationCount: 0 })
  })
})

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
    expect(await readNotification(notificationId)).toMatchObject({ readAt: early?.at, title: 'Your order' })
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
    expect(await readNotification(id)).toMatchObject({ tenantId, recipientId, plannedAt: null, title: null })
    expect(await readDeliveries(store, id)).toEqual([])
    expect(await readEvent(conflicting?.eventId ?? '')).toBeUndefined()
  })
})

it('keeps a delivery that was planned twice in different moments as it is', async () => {
  const chunk = buildChunk({})
  const { wakeUps } = await store.routing.savePlans(chunk)
  const id = wakeUps[0]?.deliveryId ?? ''
  await change(store, id, `status = 'CANCELLED', reason = 'cancelled'`)
  expect((await store.routing.savePlans(chunk)).repeated).toEqual([])
  expect(await readDelivery(store, id)).toMatchObject({ status: 'CANCELLED', reason: 'cancelled' })
})
