import type { EventStatus, FanoutStatus } from '@carillon/contracts'
import { describe, expect, it } from 'vitest'
import { EVENT, startApi } from '../../test/api-under-test.ts'

function startWith(status: FanoutStatus | null, tenantId = 't1') {
  const api = startApi()
  const event: EventStatus & { tenantId: string } = {
    tenantId,
    id: 'e1',
    state: 'PLANNING',
    acceptedAt: new Date(0).toISOString(),
    notifications: 0,
    notificationIds: [],
    deliveries: {},
    fanout: status && { status, cursor: null, resolved: 0, total: null, reason: null },
  }
  api.events.set('e1', event)
  return api
}

it('pauses, resumes and cancels an event that is being planned', async () => {
  const api = startWith('PROCESSING')
  expect(await api.call('POST', '/api/events/e1/pause')).toMatchObject({
    ...{ status: 200, json: { id: 'e1', state: 'PLANNING', fanout: { status: 'PAUSED' } } },
  })
  expect(await api.call('POST', '/api/events/e1/resume')).toMatchObject({ json: { fanout: { status: 'PROCESSING' } } })
  expect(await api.call('POST', '/api/events/e1/cancel')).toMatchObject({
    json: { state: 'CANCELLED', deliveries: { cancelled: 0, possiblySent: 0, tooLate: 0 } },
  })
})

it.each(['pause', 'resume'])('answers 409 to a %s that comes too late, and says why', async (what) => {
  expect(await startWith('COMPLETED').call('POST', `/api/events/e1/${what}`)).toMatchObject({
    ...{ status: 409, json: { code: 'wrong_state', detail: expect.stringContaining('completed') } },
  })
  expect(await startWith(null).call('POST', `/api/events/e1/${what}`)).toMatchObject({
    ...{ status: 409, json: { detail: expect.stringContaining('at most 500') } },
  })
})

it.each(['pause', 'resume', 'cancel'])('answers 404 to a %s of another tenant’s event', async (what) => {
  expect((await startWith('PROCESSING', 'other').call('POST', `/api/events/e1/${what}`)).status).toBe(404)
})

describe('an event that is still on its way', () => {
  const queued = async () => {
    const api = startApi()
    const { json } = await api.call('POST', '/api/notifications', { body: EVENT })
    return { api, eventId: String(json.eventId) }
  }

  it('is cancelled where it is', async () => {
    const { api, eventId } = await queued()
    expect(await api.call('POST', `/api/events/${eventId}/cancel`)).toMatchObject({
      status: 200,
      json: { id: eventId, state: 'CANCELLED', deliveries: { cancelled: 0, possiblySent: 0, tooLate: 0 } },
    })
  })

  it.each(['pause', 'resume'])('is not there yet for a %s, which is to be repeated', async (what) => {
    const { api, eventId } = await queued()
    const answer = await api.call('POST', `/api/events/${eventId}/${what}`)
    expect([answer.status, answer.json.code, answer.headers.get('retry-after')]).toEqual([409, 'not_held_yet', '1'])
  })

  it('is nobody else’s', async () => {
    const { api, eventId } = await queued()
    const credential = api.addKey(undefined, 't2').token
    expect((await api.call('POST', `/api/events/${eventId}/cancel`, { credential })).status).toBe(404)
  })
})
