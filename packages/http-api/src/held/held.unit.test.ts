import { mintEventId } from '@carillon/contracts'
import { describe, expect, it } from 'vitest'
import { EVENT_ID_KEYS, mintJwt, startApi } from '../../test/api-under-test.ts'

function startWithHeld(tenantId = 't1') {
  const api = startApi()
  const eventId = mintEventId(tenantId, EVENT_ID_KEYS, api.clock.now.getTime())
  const row = { releaseAt: null, decidedAt: null, decidedBy: null, isChanged: false, cancelKey: 'slot-7' }
  api.held.set(eventId, { tenantId, eventId, state: 'WAITING', ...row })
  return { api, eventId }
}

describe('an event that needs approval', () => {
  it.each([
    ['approve', 'WAITING'],
    ['reject', 'REJECTED'],
  ])('takes the first decision (%s), and says who made it', async (decision, state) => {
    const { api, eventId } = startWithHeld()
    const credential = await mintJwt({ sub: 'boss', scope: 'events:approve' })
    const answer = await api.call('POST', `/api/events/${eventId}/${decision}`, { credential })
    expect([answer.status, answer.json]).toEqual([
      200,
      {
        success: true,
        event: { id: eventId, state, releaseAt: null, decidedAt: '2026-05-01T10:00:00.000Z', decidedBy: 'boss' },
      },
    ])
    const again = await api.call('POST', `/api/events/${eventId}/approve`)
    expect([again.status, again.json.code]).toEqual([409, 'already_decided'])
  })

  it('of another tenant is not there; one that is on its way is to be asked for again', async () => {
    const { api } = startWithHeld()
    const { eventId: foreign } = startWithHeld('t2')
    expect((await api.call('POST', `/api/events/${foreign}/approve`)).status).toBe(404)
    const underWay = mintEventId('t1', EVENT_ID_KEYS, api.clock.now.getTime())
    const answer = await api.call('POST', `/api/events/${underWay}/reject`)
    expect([answer.status, answer.json.code, answer.headers.get('retry-after')]).toEqual([409, 'not_held_yet', '1'])
  })
})

describe('DELETE /api/notifications/by-key', () => {
  it('answers which events were cancelled and how their deliveries stood', async () => {
    const { api, eventId } = startWithHeld()
    const answer = await api.call('DELETE', '/api/notifications/by-key/slot-7')
    expect([answer.status, answer.json]).toEqual([
      200,
      {
        success: true,
        cancelKey: 'slot-7',
        eventIds: [eventId],
        stopped: { cancelled: 2, tooLate: 1, possiblySent: 0 },
      },
    ])
    expect(api.held.get(eventId)?.state).toBe('CANCELLED')
  })

  it('takes a key that nobody knows yet', async () => {
    const { api } = startWithHeld()
    const { status, json } = await api.call('DELETE', '/api/notifications/by-key/later')
    expect([status, json.eventIds]).toEqual([200, []])
  })
})
