import { outcomeRecordSchema } from '@carillon/contracts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRoutingStore } from '../../src/index.ts'
import { buildChunk } from '../build-chunk.ts'
import { openTestStore, type TestStore } from '../open-test-store.ts'
import { countRows, outcomesOf, planOne, readDeliveries, readEvent, readNotification } from '../rows.ts'

let store: TestStore
beforeAll(async () => {
  store = await openTestStore()
})
afterAll(() => store.close())

describe('planning', () => {
  it('freezes the content and every field of the plan', async () => {
    const chunk = buildChunk({ priority: 'HIGH', stopOn: 'READ', notificationId: 'order 7 "a\\b"' })
    const [planned] = chunk.notifications
    await store.routing.savePlans(chunk)
    const row = await readNotification(store, planned?.id ?? '')
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
    expect(await readEvent(store, planned?.eventId ?? '')).toMatchObject({
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

  it('saves an event for nobody', async () => {
    const chunk = buildChunk({ recipientIds: [] })
    expect(await store.routing.savePlans(chunk)).toMatchObject({ insertedNotifications: 0, conflicts: [] })
    expect(await readEvent(store, chunk.events[0]?.id ?? '')).toMatchObject({ state: 'PLANNED', notificationCount: 0 })
  })
})
