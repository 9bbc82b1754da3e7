import { acceptedSchema, readEventTime } from '@carillon/contracts'
import { describe, expect, it } from 'vitest'
import { EVENT, EVENT_ID_KEYS, startApi } from '../../test/api-under-test.ts'

const post = (api: ReturnType<typeof startApi>, body: unknown = EVENT, headers: Record<string, string> = {}) =>
  api.call('POST', '/api/notifications', { body, headers })

describe('POST /api/notifications', () => {
  it('answers 202 with where to look, once the event is published', async () => {
    const api = startApi()
    const answer = await post(api)
    const { eventId, ...rest } = acceptedSchema.parse(answer.json)
    expect([answer.status, rest]).toEqual([
      202,
      {
        ...{ success: true, message: 'Notification queued for delivery', recipientCount: 2 },
        statusUrl: `/api/events/${eventId}`,
      },
    ])
    expect(answer.headers.get('location')).toBe(`/api/events/${eventId}`)
    expect(readEventTime('t1', eventId, EVENT_ID_KEYS)).toEqual(api.clock.now)
  })

  it('publishes the normalised event with tenant and time of acceptance', async () => {
    const api = startApi()
    const { json } = await post(api, { type: 'X', message: 'm', userId: 'u1', channels: ['email'], priority: 'normal' })
    const [record] = api.published
    expect(record).toMatchObject({
      topic: 'notification.events',
      key: json.eventId,
      headers: { 'tenant-id': 't1', 'accepted-at': '2026-05-01T10:00:00.000Z' },
    })
    expect(JSON.parse(record?.value ?? '')).toMatchObject({
      ...{ id: json.eventId, type: 'X', message: 'm', recipientIds: ['u1'], channels: ['EMAIL'] },
      notificationPriority: 'MEDIUM',
    })
  })

  it.each([
    ['LOW', 'notification.events'],
    ['MEDIUM', 'notification.events'],
    ['HIGH', 'notification.events.urgent'],
    ['CRITICAL', 'notification.events.urgent'],
  ])('puts %s on %s', async (notificationPriority, topic) => {
    const api = startApi()
    await post(api, { ...EVENT, notificationPriority })
    expect(api.published[0]?.topic).toBe(topic)
  })

  it('keeps events with one cancelKey in order', async () => {
    const api = startApi()
    await post(api, { ...EVENT, cancelKey: 'slot-7' })
    expect(api.published[0]?.key).toBe('slot-7')
  })

  it('counts each person once', async () => {
    const recipients = [{ userId: 'u1' }, { email: 'g@x.example' }]
    const { json } = await post(startApi(), {
      ...EVENT,
      recipientIds: ['u1', 'u2', 'u2'],
      recipients,
      excludeIds: ['u2'],
    })
    expect(json.recipientCount).toBe(2)
  })

  it('answers 503 with advice when Kafka did not confirm', async () => {
    const api = startApi()
    api.failOn('publisher')
    const answer = await post(api, EVENT, { 'idempotency-key': 'k1' })
    expect([answer.status, answer.json.code, answer.headers.get('retry-after')]).toEqual([503, 'not_accepted', '1'])
    expect(answer.json.detail).toContain('same Idempotency-Key')
    expect(api.failures).toMatchObject([{ action: 'publish an event' }])
    expect((await post(api)).json.detail).toContain('send an Idempotency-Key')
  })

  it('does not say 202 before the publish is through', async () => {
    const api = startApi()
    const acknowledged = Promise.withResolvers<void>()
    Object.assign(api.ports.publisher, { publish: () => acknowledged.promise })
    let isAnswered = false
    const answering = post(api).then(() => {
      isAnswered = true
    })
    await new Promise((resolve) => setImmediate(resolve))
    expect(isAnswered).toBe(false)
    acknowledged.resolve()
    await answering
  })
})

describe('Idempotency-Key', () => {
  const key = { 'idempotency-key': 'order-7' }

  it('gives the same event for the same key, and publishes it again with its first time', async () => {
    const api = startApi()
    const first = await post(api, EVENT, key)
    api.clock.now = new Date(api.clock.now.getTime() + 3_600_000)
    const second = await post(api, EVENT, key)
    expect([second.status, second.json.eventId]).toEqual([202, first.json.eventId])
    expect(api.published).toHaveLength(2)
    expect(api.published[1]).toEqual(api.published[0])
  })

  it('is the same event after a publish that failed', async () => {
    const api = startApi()
    api.failOn('publisher')
    expect((await post(api, EVENT, key)).status).toBe(503)
    api.failOn()
    const ids = [(await post(api, EVENT, key)).json.eventId, (await post(api, EVENT, key)).json.eventId]
    expect(new Set(ids).size).toBe(1)
  })

  it('answers 409 for another body, and publishes nothing', async () => {
    const api = startApi()
    await post(api, EVENT, key)
    const answer = await post(api, { ...EVENT, message: 'else' }, key)
    expect([answer.status, answer.json.code, api.published.length]).toEqual([409, 'idempotency_conflict', 1])
  })

  it('belongs to its tenant', async () => {
    const api = startApi()
    const first = await post(api, EVENT, key)
    const credential = api.addKey(undefined, 't2').token
    const second = await api.call('POST', '/api/notifications', { body: EVENT, credential, headers: key })
    expect(second.status).toBe(202)
    expect(second.json.eventId).not.toBe(first.json.eventId)
  })

  it('is free again after 48 hours', async () => {
    const api = startApi()
    const first = await post(api, EVENT, key)
    api.clock.now = new Date(api.clock.now.getTime() + 48 * 3_600_000)
    expect((await post(api, EVENT, key)).json.eventId).not.toBe(first.json.eventId)
  })

  it('is not used up by an event that is not valid', async () => {
    const api = startApi()
    expect((await post(api, { ...EVENT, channels: ['PIGEON'] }, key)).status).toBe(422)
    expect((await post(api, EVENT, key)).status).toBe(202)
  })

  it.each([
    ['with a space', 'a b'],
    ['of 256 characters', 'k'.repeat(256)],
    ['that is empty', ''],
  ])('is refused %s', async (_name, value) => {
    const answer = await post(startApi(), EVENT, { 'idempotency-key': value })
    expect([answer.status, answer.json.problems?.[0]?.path]).toEqual([422, 'Idempotency-Key'])
  })

  it('answers 503 when the key could not be kept', async () => {
    const api = startApi()
    api.failOn('idempotency')
    const answer = await post(api, EVENT, key)
    expect([answer.status, answer.json.code, api.published.length]).toEqual([503, 'not_accepted', 0])
    expect((await post(api)).status).toBe(202)
  })
})
