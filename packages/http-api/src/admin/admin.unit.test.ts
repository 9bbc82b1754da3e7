import {
  cleanAnswerSchema,
  type DeadLetterLine,
  deadLettersAnswerSchema,
  EVENTS_DLQ,
  type FailedDelivery,
  failuresAnswerSchema,
  queuesAnswerSchema,
  replayDeadLettersAnswerSchema,
  replayFailuresAnswerSchema,
  statsAnswerSchema,
} from '@carillon/contracts'
import { describe, expect, it } from 'vitest'
import { DELIVERY_ID, mintJwt, NOTIFICATION_ID, startApi } from '../../test/api-under-test.ts'
import { keepFresh } from './keep-fresh.ts'

function makeFailure(n: number): FailedDelivery & { tenantId: string } {
  return {
    ...{ tenantId: 't1', id: DELIVERY_ID.replace(/1$/, String(n)), notificationId: NOTIFICATION_ID, recipientId: 'u1' },
    ...{ channel: 'EMAIL', step: 0, replay: 0, reason: 'rejected', error: '550', provider: 'smtp' },
    ...{ attemptCount: 1, possiblySent: false, createdAt: `2026-05-01T09:0${9 - n}:00.000Z` },
  }
}

function makeLetter(offset: number, tenantId = 't1'): DeadLetterLine {
  return {
    ...{ topic: EVENTS_DLQ, partition: 0, offset: String(offset), reason: 'malformed', message: 'no JSON', tenantId },
    ...{
      originalTopic: 'notification.events',
      originalPartition: 0,
      originalOffset: '3',
      firstSeen: null,
      attempts: 1,
    },
    ...{ traceId: null, key: null, value: 'hello' },
  }
}

describe('stats', () => {
  it('count a tenant’s deliveries in the words of a queue', async () => {
    const api = startApi()
    const counted = (status: 'SENT' | 'UNKNOWN' | 'SENDING', count: number, possiblySent = 0) => ({
      ...({ tenantId: 't1', channel: 'EMAIL', status, count, possiblySent } as const),
    })
    api.admin.counts.push(counted('SENT', 5, 1), counted('UNKNOWN', 1, 1), counted('SENDING', 2))
    const { json } = await api.call('GET', '/api/admin/stats?hours=2')
    expect(statsAnswerSchema.parse(json)).toEqual({
      since: '2026-05-01T08:00:00.000Z',
      channels: [
        {
          ...{ channel: 'EMAIL', waiting: 0, delayed: 0, active: 3, completed: 5, failed: 0, possiblySent: 2 },
          statuses: { SENT: 5, UNKNOWN: 1, SENDING: 2 },
        },
      ],
    })
    const other = api.addKey(undefined, 't2').token
    expect((await api.call('GET', '/api/admin/stats', { credential: other })).json.channels).toEqual([])
  })

  it('that many ask for at once are counted once, and a failure is not kept', async () => {
    let calls = 0
    let isDown = true
    const read = keepFresh(1_000, async () => {
      calls++
      if (isDown) throw new Error('away')
      return calls
    })
    await expect(read('a')).rejects.toThrow('away')
    isDown = false
    expect(await Promise.all([read('a'), read('a'), read('b')])).toEqual([2, 2, 3])
  })
})

describe('failures', () => {
  it('come in pages and can be replayed, only by their tenant', async () => {
    const api = startApi()
    api.admin.failures.push(...[1, 2, 3].map(makeFailure))
    const first = failuresAnswerSchema.parse((await api.call('GET', '/api/admin/failures?limit=2')).json)
    const next = await api.call('GET', `/api/admin/failures?limit=2&cursor=${first.nextCursor}`)
    expect([first.failures?.length, next.json.failures?.length, next.json.nextCursor]).toEqual([2, 1, null])
    const other = api.addKey(undefined, 't2').token
    const stolen = await api.call('GET', `/api/admin/failures?cursor=${first.nextCursor}`, { credential: other })
    expect(stolen.status).toBe(422)

    const body = { deliveryIds: [makeFailure(1).id] }
    const replayed = await api.call('POST', '/api/admin/failures/replay', { body })
    expect(replayFailuresAnswerSchema.parse(replayed.json)).toMatchObject({ replayedCount: 1 })
    const foreign = await api.call('POST', '/api/admin/failures/replay', { body, credential: other })
    expect(foreign.json).toMatchObject({ replayedCount: 0, deliveries: [{ answer: 'not_found' }] })
  })

  it.each([{ deliveryIds: [] }, { deliveryIds: ['x'] }, {}])('refuses to replay %j', async (body) => {
    expect((await startApi().call('POST', '/api/admin/failures/replay', { body })).status).toBe(422)
  })
})

describe('dead letters', () => {
  it('are shown newest first and put back, only those of the tenant', async () => {
    const api = startApi()
    api.admin.letters.push(makeLetter(1), makeLetter(2, 't2'), makeLetter(3))
    const first = deadLettersAnswerSchema.parse((await api.call('GET', '/api/admin/dlq?limit=1')).json)
    const next = await api.call('GET', `/api/admin/dlq?limit=1&cursor=${first.nextCursor}`)
    expect([first.deadLetters[0]?.offset, next.json.deadLetters?.[0]?.offset]).toEqual(['3', '1'])
    const letters = [1, 2].map((offset) => ({ partition: 0, offset: String(offset) }))
    const answer = await api.call('POST', '/api/admin/dlq/replay', { body: { topic: EVENTS_DLQ, letters } })
    expect(replayDeadLettersAnswerSchema.parse(answer.json).letters.map((one) => one.answer)).toEqual([
      ...['replayed', 'not_found'],
    ])
  })

  it('of a topic that holds none are refused', async () => {
    const api = startApi()
    expect((await api.call('GET', '/api/admin/dlq?topic=__consumer_offsets')).status).toBe(422)
    const body = { topic: 'notification.events', letters: [{ partition: 0, offset: '1' }] }
    expect((await api.call('POST', '/api/admin/dlq/replay', { body })).status).toBe(422)
  })
})

describe('queues', () => {
  it('are paused and resumed, under either spelling', async () => {
    const api = startApi()
    const answer = await api.call('POST', '/api/admin/queues/email/pause')
    expect(answer.json).toEqual({ success: true, queue: { channel: 'EMAIL', paused: true } })
    const health = await api.call('GET', '/health/queues', { credential: '' })
    expect([health.status, queuesAnswerSchema.parse(health.json).queues[0]?.paused]).toEqual([200, true])
    expect((await api.call('POST', '/api/admin/queues/EMAIL/resume')).json.queue?.paused).toBe(false)
  })

  it('that do not exist are said to be wrong, or to have no worker', async () => {
    const api = startApi()
    expect((await api.call('POST', '/api/admin/queues/pigeon/pause')).status).toBe(422)
    expect((await api.call('POST', '/api/admin/queues/IN_APP/pause')).status).toBe(422)
    expect((await api.call('POST', '/api/admin/queues/sms/pause')).status).toBe(404)
  })

  it('need a scope of the whole installation: a tenant’s administrator may not stop everybody', async () => {
    const credential = await mintJwt({ scope: 'admin:read admin:write' })
    expect((await startApi().call('POST', '/api/admin/queues/email/pause', { credential })).status).toBe(403)
  })

  it('that stand still are unhealthy, and do not say why to strangers', async () => {
    const api = startApi()
    api.admin.queues.push({ channel: 'SMS', paused: false, simulated: false, stopped: 'twilio_20003', lag: null })
    const health = await api.call('GET', '/health/queues', { credential: '' })
    expect([health.status, health.json.status]).toEqual([503, 'degraded'])
    expect(health.text).not.toContain('twilio')
  })

  it('are cleaned to the end, batch by batch', async () => {
    const api = startApi()
    api.admin.old.left = 1_234
    const { json } = await api.call('POST', '/api/admin/queues/email/clean', { body: { state: 'failed' } })
    expect(cleanAnswerSchema.parse(json)).toEqual({ success: true, deletedCount: 1_234, isComplete: true })
    expect((await api.call('POST', '/api/admin/queues/email/clean')).json.deletedCount).toBe(0)
    const refused = await api.call('POST', '/api/admin/queues/email/clean', { body: { olderThanDays: 0 } })
    expect(refused.status).toBe(422)
  })
})
