import { randomUUID } from 'node:crypto'
import {
  ACCEPTED_AT_HEADER,
  deliveryStatusAnswerSchema,
  eventSchema,
  eventStatusSchema,
  eventsTopic,
  type Lane,
  TENANT_HEADER,
} from '@carillon/contracts'
import { type ReceivedRecord, readHeader, runConsumer } from '@carillon/kafka'
import { startTracing } from '@carillon/telemetry'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type ApiStage, openApiStage } from './open-api-stage.ts'

const tracing = startTracing('api', undefined)
const TRACE_ID = '0af7651916cd43dd8448eb211c80319c'
const EVENT = { type: 'ORDER', message: 'On its way', recipientIds: ['u1'], metadata: { note: 'C:\\udev "ü" 😀' } }
let stage: ApiStage

beforeAll(async () => {
  stage = await openApiStage('t1')
})

afterAll(async () => {
  await stage?.close()
  await tracing.close()
})

const call = (...request: Parameters<ApiStage['call']>) => stage.call(...request)

async function findRecord(lane: Lane, eventId: string): Promise<ReceivedRecord> {
  const found = Promise.withResolvers<ReceivedRecord>()
  const consumer = await runConsumer({
    ...stage.accessKafka(),
    topic: eventsTopic(lane),
    groupId: `test.${randomUUID()}`,
    onFatal: found.reject,
    async handle({ records }) {
      const record = records.find(({ key }) => key?.toString() === eventId)
      if (record) found.resolve(record)
    },
  })
  const timer = setTimeout(() => found.reject(new Error(`no record of ${eventId} in 10 s`)), 10_000)
  try {
    return await found.promise
  } finally {
    clearTimeout(timer)
    await consumer.close()
  }
}

it('puts an accepted event on its lane, with tenant, time and trace', async () => {
  const { status, json } = await call(
    'POST',
    '/api/notifications',
    { ...EVENT, notificationPriority: 'HIGH' },
    {
      traceparent: `00-${TRACE_ID}-b7ad6b7169203331-01`,
    },
  )
  expect(status).toBe(202)
  const record = await findRecord('urgent', String(json.eventId))
  expect(readHeader(record.headers, TENANT_HEADER)).toBe('t1')
  expect(readHeader(record.headers, 'traceparent')).toContain(TRACE_ID)
  expect(Date.parse(readHeader(record.headers, ACCEPTED_AT_HEADER) ?? '')).toBeGreaterThan(Date.now() - 60_000)
  expect(eventSchema.parse(JSON.parse(record.value?.toString() ?? ''))).toMatchObject({ ...EVENT, id: json.eventId })
  const followed = await call('GET', String(json.statusUrl))
  expect(eventStatusSchema.parse(followed.json)).toMatchObject({ id: json.eventId, state: 'QUEUED' })
})

it('gives 20 posts at once with one Idempotency-Key one event', async () => {
  const key = { 'idempotency-key': randomUUID() }
  const answers = await Promise.all(Array.from({ length: 20 }, () => call('POST', '/api/notifications', EVENT, key)))
  expect(new Set(answers.map(({ status, json }) => `${status} ${json.eventId}`)).size).toBe(1)
  expect((await call('POST', '/api/notifications', { ...EVENT, message: 'else' }, key)).status).toBe(409)
})

it('keeps people and what they want', async () => {
  const saved = await call('PUT', '/api/users/u1', { email: 'a@b.example', preferences: { sms: false } })
  expect([saved.status, saved.json.email, saved.json.preferences?.sms]).toEqual([200, 'a@b.example', false])
  await call('PUT', '/api/preferences', { userId: 'u1', push: false, categories: { orders: { email: false } } })
  const { json } = await call('GET', '/api/preferences?userId=u1')
  expect(json).toMatchObject({ sms: false, push: false, email: true, categories: { orders: { email: false } } })
  expect((await call('PUT', '/api/users/u1', { email: null })).json).toMatchObject({
    email: null,
    preferences: { sms: false },
  })
  expect((await call('GET', '/api/users/nobody')).status).toBe(404)
})

it("shows and stops a notification, by its id and by the producer's name", async () => {
  const id = '01900000-0000-8000-8000-000000000001'
  await stage.pool.query(
    `INSERT INTO "Notification" (id, "tenantId", "recipientId", "eventId", message, strategy, priority, "stopOn", "plannedAt")
     VALUES ($1, 't1', 'u1', 'e1', 'm', 'BROADCAST', 'MEDIUM', NULL, now())`,
    [id],
  )
  await stage.pool.query(
    `INSERT INTO "NotificationDelivery" (id, "notificationId", "tenantId", "recipientId", channel, status, lane, "expiresAt")
     VALUES ('01900000-0000-8000-8000-000000000002', $1, 't1', 'u1', 'EMAIL', 'PENDING', 'normal', now() + interval '1 h')`,
    [id],
  )
  const status = await call('GET', `/api/notifications/${id}/delivery-status`)
  expect(deliveryStatusAnswerSchema.parse(status.json).deliveries).toMatchObject([
    { channel: 'EMAIL', status: 'PENDING' },
  ])
  expect((await call('GET', `/api/notifications/${id}/delivery-status?userId=u2`)).status).toBe(404)
  expect((await call('POST', `/api/notifications/${id}/read`, { userId: 'u2' })).status).toBe(404)
  const read = await call('POST', `/api/notifications/${id}/read`, { userId: 'u1' })
  expect([read.status, read.json.stopped]).toEqual([200, { cancelled: 0, tooLate: 0, possiblySent: 0 }])
  const cancelled = await call('POST', `/api/notifications/${id}/cancel`)
  expect([cancelled.status, cancelled.json.deliveries]).toMatchObject([
    200,
    [{ channel: 'EMAIL', answer: 'cancelled' }],
  ])
  expect((await call('GET', `/api/notifications/${id}/delivery-status`)).json.deliveries?.[0]?.status).toBe('CANCELLED')
})

it('answers 503 while the database is away, lives on, and says so', async () => {
  const lost = await stage.openWith({ DATABASE_URL: 'postgres://nobody@127.0.0.1:9/none' })
  try {
    const ask = (path: string) => fetch(`${lost.url}${path}`, { headers: { authorization: `Bearer ${stage.token}` } })
    const answer = await ask('/api/users/u1')
    expect([answer.status, await answer.json()]).toMatchObject([503, { code: 'unavailable' }])
    expect([(await ask('/readyz')).status, (await ask('/healthz')).status]).toEqual([503, 200])
  } finally {
    await lost.close()
  }
})

it('answers 503 not_accepted while Kafka is away, and the same event once it is back', async () => {
  const key = { 'idempotency-key': randomUUID() }
  await stage.withoutBroker(async () => {
    const refused = await call('POST', '/api/notifications', EVENT, key)
    expect([refused.status, refused.json.code]).toEqual([503, 'not_accepted'])
  })
  const answer = await call('POST', '/api/notifications', EVENT, key)
  expect(answer.status).toBe(202)
  expect((await call('POST', '/api/notifications', EVENT, key)).json.eventId).toBe(answer.json.eventId)
})
