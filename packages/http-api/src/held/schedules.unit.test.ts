import { describe, expect, it } from 'vitest'
import { EVENT, startApi } from '../../test/api-under-test.ts'
import { partOfEach } from '../answered.ts'

const schedule = { cron: '30 9 * * 1-5', timeZone: 'Europe/Berlin', event: EVENT }
const path = '/api/schedules/standup'

describe('a schedule', () => {
  it('is saved with its next run, found, paused and ended', async () => {
    const api = startApi()
    const saved = await api.call('PUT', path, { body: schedule })
    expect([saved.status, saved.json]).toEqual([
      200,
      {
        ...{ id: 'standup', ...schedule, onMissed: 'run_last', paused: false, nextRunAt: '2026-05-04T07:30:00.000Z' },
        ...{ lastRunAt: null, lastEventId: null, missedRuns: 0, lastMissedAt: null },
      },
    ])
    expect((await api.call('GET', path)).json).toEqual(saved.json)
    expect((await api.call('GET', '/api/schedules')).json.schedules).toEqual([saved.json])
    const paused = await api.call('PUT', path, { body: { ...schedule, paused: true } })
    expect(paused.json).toMatchObject({ paused: true, nextRunAt: null })
    expect((await api.call('DELETE', path)).status).toBe(200)
    expect((await api.call('DELETE', path)).status).toBe(404)
    expect((await api.call('GET', path)).status).toBe(404)
  })

  it('of another tenant is not there', async () => {
    const api = startApi()
    await api.call('PUT', path, { body: schedule })
    const credential = api.addKey(undefined, 't2').token
    expect((await api.call('GET', path, { credential })).status).toBe(404)
    expect((await api.call('GET', '/api/schedules', { credential })).json.schedules).toEqual([])
  })

  it.each([
    ['four fields', { ...schedule, cron: '* * * *' }, ['cron']],
    ['a minute that no clock has', { ...schedule, cron: '61 * * * *' }, ['cron']],
    ['an unknown zone', { ...schedule, timeZone: 'Mars/Olympus' }, ['timeZone']],
    ['an event with a time of its own', { ...schedule, event: { ...EVENT, delay: 5 } }, ['event.sendAt']],
    [
      'a wrong pattern and a wrong event',
      { ...schedule, cron: 'soon', event: { ...EVENT, ladder: [] } },
      ['cron', 'event.ladder'],
    ],
  ])('with %s is refused, and every problem is told', async (_name, body, paths) => {
    const { status, json } = await startApi().call('PUT', path, { body })
    expect(status).toBe(422)
    expect(partOfEach(json.problems, 'path')).toEqual(paths)
  })
})
