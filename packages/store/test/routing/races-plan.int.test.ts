import { describe, expect, it } from 'vitest'
import { buildChunk } from '../build-chunk.ts'
import { useRacingStore } from '../racing-store.ts'
import { countRows, planOne } from '../rows.ts'

const store = useRacingStore()

describe('routers at once', () => {
  it('plan overlapping chunks once', async () => {
    for (let round = 0; round < 15; round++) {
      const { events, notifications } = buildChunk(...Array.from({ length: 40 }, () => ({ recipientIds: ['a', 'b'] })))
      const part = (start: number) => {
        const chosen = events.slice(start, start + 20)
        const ids = new Set(chosen.map((event) => event.id))
        return { events: chosen, notifications: notifications.filter((one) => ids.has(one.eventId)) }
      }
      const saved = await Promise.all([0, 10, 20, 10, 0, 20].map((start) => store().routing.savePlans(part(start))))
      expect(saved.reduce((sum, one) => sum + one.insertedNotifications, 0)).toBe(80)
      expect(saved.reduce((sum, one) => sum + one.insertedDeliveries, 0)).toBe(160)
      const woken = saved.flatMap((one) => one.wakeUps.map((wakeUp) => wakeUp.deliveryId))
      expect([woken.length, new Set(woken).size]).toEqual([80, 80])
      expect(saved.flatMap((one) => one.conflicts)).toEqual([])
      const ids = events.map((event) => `'${event.id}'`).join(',')
      expect(await countRows(store(), 'Event', `id IN (${ids}) AND "notificationCount" = 2`)).toBe(40)
    }
  }, 60_000)

  it('let one of two contents win an id', async () => {
    for (let round = 0; round < 20; round++) {
      const id = `contested-${round}`
      const chunks = ['f1', 'f2'].map((fingerprint) => buildChunk({ id, fingerprint, recipientIds: ['a', 'b', 'c'] }))
      const saved = await Promise.all(chunks.map((chunk) => store().routing.savePlans(chunk)))
      expect(saved.map((one) => one.conflicts.length).toSorted()).toEqual([0, 1])
      expect(await countRows(store(), 'Notification', `"eventId" = '${id}'`)).toBe(3)
    }
  })

  it('and a read of the same moment leave nothing that could be sent', async () => {
    for (let round = 0; round < 100; round++) {
      const name = `race-${round}`
      const [planned] = await Promise.all([
        planOne(store(), {
          notificationId: name,
          stopOn: 'READ',
          deliveries: [{ channel: 'EMAIL' }, { channel: 'SMS', step: 1, inMs: 60_000 }],
        }),
        store().stops.stopNotifications([
          { kind: 'read', tenantId: 'default', notificationId: name, userId: 'ann', source: 'kafka' },
          { kind: 'read', tenantId: 'default', notificationId: `other ${name}`, userId: 'ann', source: 'kafka' },
        ]),
      ])
      const where = `"notificationId" = '${planned.notificationId}'`
      expect(
        await countRows(store(), 'NotificationDelivery', `${where} AND status = 'CANCELLED' AND reason = 'read'`),
      ).toBe(2)
    }
  }, 60_000)

  it('and the sweep of stubs lose no notification', async () => {
    for (let round = 0; round < 50; round++) {
      const name = `swept-${round}`
      await store().stops.stopNotification({
        kind: 'read',
        tenantId: 'default',
        notificationId: name,
        userId: 'ann',
        source: 'kafka',
      })
      const [planned] = await Promise.all([
        planOne(store(), { notificationId: name }),
        store().clock.deleteStubs(0, 100),
      ])
      expect(
        await countRows(store(), 'Notification', `id = '${planned.notificationId}' AND "plannedAt" IS NOT NULL`),
      ).toBe(1)
    }
  })
})
