import type { FleetStage } from '@carillon/testkit'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { OPEN_MS_MAX, openSharedStage, waitForEmail } from './open-shared-stage.ts'

/** The shapes that other systems were written against, by hand and not from our schemas: every key, and no other. */

let stage: FleetStage

beforeAll(async () => {
  stage = await openSharedStage()
  await stage.api.call('PUT', '/api/users/ann', { body: { email: 'ann@example.com' } })
}, OPEN_MS_MAX)

afterAll(() => stage?.close())

const EVENT = {
  type: 'EVENT_APPROVAL',
  title: 'Approved',
  message: 'Your event has been approved',
  channels: ['EMAIL', 'PUSH', 'IN_APP'],
  deliveryStrategy: 'BROADCAST',
  notificationPriority: 'HIGH',
  metadata: { eventId: 'event-123' },
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
const uuid = expect.stringMatching(UUID)
const time = expect.stringMatching(TIME)

/** `toStrictEqual` says of keys too many what `toMatchObject` would not, and of `undefined` what JSON cannot. */
const ask = (method: string, path: string, body?: object) =>
  stage.api.call<unknown>(method, path, body === undefined ? {} : { body })

async function notifyAnn(): Promise<string> {
  const { body } = await stage.api.post({ ...EVENT, recipientIds: ['ann'] })
  await expect
    .poll(async () => (await ask('GET', body.statusUrl)).body, { timeout: 20_000 })
    .toMatchObject({ state: 'PLANNED' })
  const { notificationIds } = (await stage.api.call<{ notificationIds: string[] }>('GET', body.statusUrl)).body
  return notificationIds[0] ?? ''
}

it('create: one that names people counts them, and one for an audience does not', async () => {
  const accepted = (recipientCount: number | null) => ({
    success: true,
    message: 'Notification queued for delivery',
    recipientCount,
    eventId: expect.stringMatching(/^evt_/),
    statusUrl: expect.stringMatching(/^\/api\/events\/evt_/),
  })
  const named = await ask('POST', '/api/notifications', { ...EVENT, recipientIds: ['ben', 'cleo'] })
  expect(named).toStrictEqual({ status: 202, body: accepted(2) })
  const wide = await ask('POST', '/api/notifications', { ...EVENT, audience: { roles: ['admin'] } })
  expect(wide).toStrictEqual({ status: 202, body: accepted(null) })
})

it('delivery-status: the notification, and what became of it on each channel', async () => {
  const id = await notifyAnn()
  await waitForEmail(stage, 'ann', { status: 'SENT' })
  const { status, body } = await stage.api.readDeliveryStatus(id)
  const delivery = { id: uuid, attemptCount: expect.any(Number), scheduledFor: null, error: null, possiblySent: false }
  expect({ status, body: { ...body, deliveries: body.deliveries.toSorted(byChannel) } }).toStrictEqual({
    status: 200,
    body: {
      notification: {
        id,
        message: EVENT.message,
        read: false,
        deliveryStrategy: 'BROADCAST',
        priority: 'HIGH',
        createdAt: time,
      },
      deliveries: [
        // A mail server says that it took the mail, and nothing of its arrival.
        { ...delivery, channel: 'EMAIL', status: 'SENT', deliveredAt: null },
        { ...delivery, channel: 'IN_APP', status: 'DELIVERED', deliveredAt: time },
        { ...delivery, channel: 'PUSH', status: 'SUPPRESSED', deliveredAt: null, error: 'channel_not_configured' },
      ],
    },
  })
})

it('read one, several and all', async () => {
  const ids = [await notifyAnn(), await notifyAnn(), await notifyAnn()]
  const [one = '', other = ''] = ids
  expect(await ask('POST', `/api/notifications/${one}/read`, { userId: 'ann' })).toStrictEqual({
    status: 200,
    body: {
      success: true,
      notification: { id: one, read: true, readAt: time },
      stopped: { cancelled: 0, tooLate: 0, possiblySent: 0 },
    },
  })
  const several = { notificationIds: [one, other], userId: 'ann' }
  const updated = (updatedCount: number) => ({ status: 200, body: { success: true, updatedCount } })
  expect(await ask('POST', '/api/notifications/read-multiple', several)).toStrictEqual(updated(1))
  const all = await stage.api.call<{ updatedCount: number }>('POST', '/api/notifications/read-all', {
    body: { userId: 'ann' },
  })
  expect(all).toStrictEqual(updated(expect.any(Number)))
  expect(all.body.updatedCount).toBeGreaterThanOrEqual(1)
  expect(await ask('POST', '/api/notifications/read-all', { userId: 'ann' })).toStrictEqual(updated(0))
})

function byChannel(a: { readonly channel: string }, b: { readonly channel: string }): number {
  return a.channel < b.channel ? -1 : 1
}
