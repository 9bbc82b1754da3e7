import { deliveryStatusAnswerSchema, eventStatusSchema } from '@carillon/contracts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createStatusReader } from '../../src/index.ts'
import { openTestStore, type TestStore } from '../open-test-store.ts'
import { accepted, change, claimOne, planOne, rejected } from '../rows.ts'

let store: TestStore
beforeAll(async () => {
  store = await openTestStore()
})
afterAll(() => store.close())

const reader = () => createStatusReader({ pool: store.pool, readEventTime: () => undefined })

describe('the status of a notification', () => {
  it('says how each delivery stands, under each of its names', async () => {
    const { notificationId, eventId, deliveryIds } = await planOne(store, {
      priority: 'HIGH',
      notificationId: 'status-1',
      stopOn: 'READ',
      deliveries: [{ channel: 'IN_APP' }, { channel: 'EMAIL', step: 1 }, { channel: 'SMS', step: 2, inMs: 60_000 }],
    })
    await store.delivery.recordResults([accepted(await claimOne(store, deliveryIds[1] ?? ''))])
    const status = await reader().readDeliveryStatus({ tenantId: 'default', notificationId })
    expect(deliveryStatusAnswerSchema.parse(status)).toMatchObject({
      notification: {
        id: notificationId,
        message: 'It "left" the house, {really}\\',
        read: false,
        deliveryStrategy: 'ESCALATION',
        priority: 'HIGH',
      },
      deliveries: [
        { id: deliveryIds[0], channel: 'IN_APP', status: 'DELIVERED', attemptCount: 0, scheduledFor: null },
        {
          id: deliveryIds[1],
          channel: 'EMAIL',
          status: 'SENT',
          attemptCount: 1,
          deliveredAt: null,
          possiblySent: false,
        },
        { id: deliveryIds[2], channel: 'SMS', status: 'SCHEDULED', scheduledFor: expect.any(String), error: null },
      ],
    })
    expect(status?.deliveries[0]?.deliveredAt).toEqual(expect.any(String))
    const named = { tenantId: 'default', notificationId: 'status-1', userId: 'ann' }
    expect(await reader().readDeliveryStatus(named)).toEqual(status)
    expect(await reader().readDeliveryStatus({ ...named, notificationId: eventId })).toBeUndefined()
  })

  it('is nobody else’s, and a stub has none', async () => {
    const { notificationId } = await planOne(store)
    const read = (tenantId: string, userId?: string, id = notificationId) =>
      reader().readDeliveryStatus({ tenantId, notificationId: id, ...(userId !== undefined && { userId }) })
    expect(await read('default', 'ann')).toBeDefined()
    expect(await read('default', 'eve')).toBeUndefined()
    expect(await read('acme')).toBeUndefined()
    expect(await read('default', undefined, 'no id of ours')).toBeUndefined()
    await store.stops.stopNotification({
      kind: 'read',
      tenantId: 'default',
      notificationId: 'stub',
      userId: 'ann',
      source: 'kafka',
    })
    expect(await read('default', 'ann', 'stub')).toBeUndefined()
  })

  it('says why a delivery ended unsent, in our word and the provider’s, and nothing of what was stopped in time', async () => {
    const { notificationId, deliveryIds } = await planOne(store, {
      deliveries: [{ channel: 'EMAIL' }, { channel: 'PUSH', inMs: 60_000 }, { channel: 'SMS', inMs: 60_000 }],
    })
    const [email = '', push = '', sms = ''] = deliveryIds
    await store.delivery.recordResults([rejected(await claimOne(store, email))])
    await change(store, push, `status = 'SUPPRESSED', reason = 'no_device', "dueAt" = NULL`)
    await change(store, sms, `status = 'CANCELLED', reason = 'read', "dueAt" = NULL`)
    const status = await reader().readDeliveryStatus({ tenantId: 'default', notificationId })
    const errors = new Map(status?.deliveries.map(({ channel, error }) => [channel, error]))
    expect(errors.get('EMAIL')).toBe('no_such_mailbox: 550 5.1.1')
    expect(errors.get('PUSH')).toBe('no_device')
    expect(errors.get('SMS')).toBeNull()
  })

  it('of a notification without deliveries is there all the same', async () => {
    const { notificationId } = await planOne(store, { deliveries: [] })
    const status = await reader().readDeliveryStatus({ tenantId: 'default', notificationId })
    expect(status).toMatchObject({ notification: { id: notificationId }, deliveries: [] })
  })
})

describe('the status of an event', () => {
  it('counts deliveries by state, of its own tenant only', async () => {
    const { eventId, deliveryIds } = await planOne(store, { id: 'shared', recipientIds: ['ann', 'bob'] })
    await planOne(store, { id: 'shared', tenantId: 'acme', recipientIds: ['zoe'] })
    await change(store, deliveryIds[1] ?? '', `status = 'CANCELLED'`)
    const status = await reader().readEventStatus('default', eventId)
    expect(eventStatusSchema.parse(status)).toMatchObject({
      id: eventId,
      state: 'PLANNED',
      notifications: 2,
      deliveries: { DELIVERED: 2, PENDING: 1, CANCELLED: 1 },
      fanout: null,
    })
    expect(status?.notificationIds).toHaveLength(2)
    expect(status?.notificationIds.toSorted()).toEqual(status?.notificationIds)
    expect(await reader().readEventStatus('acme', 'unknown')).toBeUndefined()
  })

  it('names a hundred notifications at most', async () => {
    const recipientIds = Array.from({ length: 130 }, (_, index) => `p${index}`)
    const { eventId } = await planOne(store, { recipientIds })
    const status = await reader().readEventStatus('default', eventId)
    expect(status).toMatchObject({ notifications: 130, deliveries: { DELIVERED: 130, PENDING: 130 } })
    expect(status?.notificationIds).toHaveLength(100)
  })
})
