import { describe, expect, it } from 'vitest'
import { EVENT, startApi } from '../../test/api-under-test.ts'
import { partOfEach } from '../answered.ts'

const timer = { key: 'slot-7', afterSeconds: 900, data: { slot: 7 } }

describe('a timer', () => {
  it('waits for its time, is found by its key, and ends once', async () => {
    const api = startApi()
    const set = await api.call('POST', '/api/timers', { body: timer })
    expect([set.status, set.headers.get('location')]).toEqual([201, '/api/timers/slot-7'])
    expect(set.json).toMatchObject({
      key: 'slot-7',
      state: 'WAITING',
      onDue: 'emit',
      dueAt: '2026-05-01T10:15:00.000Z',
    })
    expect((await api.call('GET', '/api/timers')).json.timers).toEqual([set.json])
    const first = await api.call('POST', '/api/timers/slot-7/acknowledge')
    expect(first.json).toMatchObject({ success: true, answer: 'ended', timer: { state: 'ACKNOWLEDGED' } })
    const second = await api.call('DELETE', '/api/timers/slot-7')
    expect(second.json).toMatchObject({ answer: 'too_late', timer: { state: 'ACKNOWLEDGED' } })
    expect((await api.call('GET', '/api/timers/slot-7')).json.state).toBe('ACKNOWLEDGED')
  })

  it('is not there for another tenant, nor under another key', async () => {
    const api = startApi()
    await api.call('POST', '/api/timers', { body: timer })
    const credential = api.addKey(undefined, 't2').token
    expect((await api.call('DELETE', '/api/timers/slot-7', { credential })).status).toBe(404)
    expect((await api.call('GET', '/api/timers/slot-8')).status).toBe(404)
  })

  it.each([
    ['no time', { key: 'k' }, ['dueAt']],
    ['two times', { ...timer, dueAt: '2026-12-01T09:00:00Z' }, ['dueAt']],
    ['an impossible date', { key: 'k', dueAt: '2026-02-30T09:00:00Z' }, ['dueAt']],
    ['a time that is past bearing', { key: 'k', afterSeconds: -1 }, ['afterSeconds']],
    ['no key', { afterSeconds: 1 }, ['key']],
    ['notify without an event', { key: 'k', afterSeconds: 1, onDue: 'notify' }, ['event']],
    ['an event to emit', { key: 'k', afterSeconds: 1, event: EVENT }, ['event']],
    [
      'an event that is wrong twice',
      { key: 'k', afterSeconds: 1, onDue: 'notify', event: { ...EVENT, channels: ['PIGEON'], ladder: [] } },
      ['event.channels.0', 'event.ladder'],
    ],
    [
      'an event that would wait again',
      { key: 'k', afterSeconds: 1, onDue: 'notify', event: { ...EVENT, delay: 5 } },
      ['event'],
    ],
  ])('with %s is refused, and every problem is told', async (_name, body, paths) => {
    const { status, json } = await startApi().call('POST', '/api/timers', { body })
    expect(status).toBe(422)
    expect(partOfEach(json.problems, 'path')).toEqual(paths)
  })
})
