import {
  cancelAnswerSchema,
  deliveryStatusAnswerSchema,
  eventStatusSchema,
  mintEventId,
  readAnswerSchema,
} from '@carillon/contracts'
import { describe, expect, it } from 'vitest'
import {
  DELIVERY_ID,
  EVENT,
  EVENT_ID_KEYS,
  makeNotification,
  mintJwt,
  NOTIFICATION_ID,
  startApi,
} from '../../test/api-under-test.ts'
import { Unavailable } from '../unavailable.ts'

function startWithNotification(fields?: Parameters<typeof makeNotification>[0]) {
  const api = startApi()
  api.notifications.push(makeNotification(fields))
  return api
}

describe('GET /api/notifications/:id/delivery-status', () => {
  const path = (id: string) => `/api/notifications/${id}/delivery-status`

  it("answers by our id and by the producer's own name", async () => {
    const api = startWithNotification()
    const byId = await api.call('GET', path(NOTIFICATION_ID))
    expect(deliveryStatusAnswerSchema.parse(byId.json)).toEqual(makeNotification().status)
    expect((await api.call('GET', `${path('order-7')}?userId=u1`)).json).toEqual(byId.json)
  })

  it("asks for the person beside a producer's name", async () => {
    const answer = await startWithNotification().call('GET', path('order-7'))
    expect([answer.status, answer.json.code]).toEqual([422, 'user_required'])
  })

  it('is 404 for what is unknown, of another tenant or of another person', async () => {
    const api = startWithNotification()
    const other = api.addKey(undefined, 't2').token
    const stranger = await mintJwt({ sub: 'u2' })
    expect((await api.call('GET', path('0190a1b2-c3d4-8e5f-8a6b-7c8d9e0f0000'))).status).toBe(404)
    expect((await api.call('GET', path(NOTIFICATION_ID), { credential: other })).status).toBe(404)
    expect((await api.call('GET', path(NOTIFICATION_ID), { credential: stranger })).status).toBe(404)
    expect((await api.call('GET', path(NOTIFICATION_ID), { credential: await mintJwt() })).status).toBe(200)
  })

  it('answers 503 while the database is away, and 500 for a fault of ours', async () => {
    for (const [failure, status, code] of [
      [new Error('read', { cause: new Unavailable('database') }), 503, 'unavailable'],
      [new Error('secret detail'), 500, 'internal'],
    ] as const) {
      const api = startApi(failure)
      api.failOn('statuses')
      const answer = await api.call('GET', path(NOTIFICATION_ID))
      expect([answer.status, answer.json.code]).toEqual([status, code])
      expect(answer.text).not.toContain('secret')
      expect(api.failures).toHaveLength(1)
    }
  })
})

describe('POST /api/notifications/:id/read', () => {
  const path = `/api/notifications/${NOTIFICATION_ID}/read`

  it('answers after the stop, with what became of the deliveries', async () => {
    const api = startWithNotification({ stopAnswers: ['possibly_sent'] })
    const answer = await api.call('POST', path, { body: { userId: 'u1' } })
    expect(readAnswerSchema.parse(answer.json)).toEqual({
      success: true,
      notification: { id: NOTIFICATION_ID, read: true, readAt: '2026-05-01T10:00:00.000Z' },
      stopped: { cancelled: 0, tooLate: 0, possiblySent: 1 },
    })
    expect(api.stopRequests).toEqual([
      { kind: 'read', source: 'api', tenantId: 't1', notificationId: NOTIFICATION_ID, userId: 'u1' },
    ])
  })

  it('needs no body from a person', async () => {
    const answer = await startWithNotification().call('POST', path, { credential: await mintJwt() })
    expect([answer.status, answer.json.stopped?.cancelled]).toEqual([200, 1])
  })

  it('asks a service for the person, in body or query', async () => {
    const api = startWithNotification()
    expect((await api.call('POST', path)).json.code).toBe('user_required')
    expect((await api.call('POST', `${path}?userId=u1`)).status).toBe(200)
    expect((await api.call('POST', path, { body: { userId: 'u2' } })).status).toBe(404)
  })

  it('is 404 for what is not known, and for another tenant', async () => {
    const api = startWithNotification()
    expect((await api.call('POST', '/api/notifications/none/read?userId=u1')).status).toBe(404)
    const credential = api.addKey(undefined, 't2').token
    expect((await api.call('POST', `${path}?userId=u1`, { credential })).status).toBe(404)
  })
})

describe('POST /api/notifications/:id/cancel', () => {
  it('answers for each delivery', async () => {
    const api = startWithNotification({ stopAnswers: ['too_late'] })
    const answer = await api.call('POST', `/api/notifications/${NOTIFICATION_ID}/cancel`)
    expect(cancelAnswerSchema.parse(answer.json)).toEqual({
      success: true,
      notification: { id: NOTIFICATION_ID, cancelledAt: '2026-05-01T10:00:00.000Z' },
      deliveries: [{ id: DELIVERY_ID, channel: 'EMAIL', answer: 'too_late' }],
    })
  })

  it("finds it by the producer's name with the person, and needs both", async () => {
    const api = startWithNotification()
    expect((await api.call('POST', '/api/notifications/order-7/cancel')).json.code).toBe('user_required')
    expect((await api.call('POST', '/api/notifications/order-7/cancel', { body: { userId: 'u1' } })).status).toBe(200)
    expect((await api.call('POST', '/api/notifications/order-7/cancel', { body: { userId: 'u2' } })).status).toBe(404)
  })

  it('lets a person with the scope cancel only their own', async () => {
    const api = startWithNotification({ userId: 'u2' })
    const credential = await mintJwt({ scope: 'notifications:write' })
    expect((await api.call('POST', `/api/notifications/${NOTIFICATION_ID}/cancel`, { credential })).status).toBe(404)
  })
})

describe('GET /api/events/:id', () => {
  it('is QUEUED between the 202 and the router', async () => {
    const api = startApi()
    const { json } = await api.call('POST', '/api/notifications', { body: EVENT })
    const answer = await api.call('GET', String(json.statusUrl))
    expect(eventStatusSchema.parse(answer.json)).toMatchObject({
      ...{ id: json.eventId, state: 'QUEUED', acceptedAt: '2026-05-01T10:00:00.000Z', notifications: 0 },
    })
  })

  it('is what the row says, once there is one', async () => {
    const api = startApi()
    const id = mintEventId('t1', EVENT_ID_KEYS)
    const status = {
      id,
      state: 'PLANNED' as const,
      acceptedAt: null,
      notifications: 2,
      notificationIds: [NOTIFICATION_ID],
    }
    api.events.set(id, { ...status, tenantId: 't1', deliveries: { SENT: 2 }, fanout: null })
    expect((await api.call('GET', `/api/events/${id}`)).json).toEqual({
      ...status,
      deliveries: { SENT: 2 },
      fanout: null,
    })
    expect((await api.call('GET', `/api/events/${id}`, { credential: api.addKey(undefined, 't2').token })).status).toBe(
      404,
    )
  })

  it("is 404 for an id that was made up, is another tenant's, or is older than the topic", async () => {
    const api = startApi()
    const get = async (id: string) => (await api.call('GET', `/api/events/${id}`)).status
    const genuine = mintEventId('t1', EVENT_ID_KEYS, api.clock.now.getTime())
    expect(await get(genuine)).toBe(200)
    expect(await get(`${genuine.slice(0, -1)}${genuine.endsWith('0') ? '1' : '0'}`)).toBe(404)
    expect(await get(mintEventId('t2', EVENT_ID_KEYS, api.clock.now.getTime()))).toBe(404)
    expect(await get(mintEventId('t1', EVENT_ID_KEYS, api.clock.now.getTime() - 8 * 86_400_000))).toBe(404)
    expect(await get('anything')).toBe(404)
  })
})
