import { describe, expect, it } from 'vitest'
import { EVENT, startApi } from '../../test/api-under-test.ts'
import { type Answered, partOfEach } from '../answered.ts'

type Api = ReturnType<typeof startApi>
const put = (api: Api, path: string, body: unknown) => api.call('PUT', path, { body })
const pathsOf = ({ json }: { json: Answered }) => partOfEach(json.problems, 'path')
const STEPS = [{ channel: 'SMS', afterSeconds: 60 }]
const step = (afterSeconds: number) => ({ channel: 'SMS', afterSeconds })

describe('categories', () => {
  it('are saved whole: what is absent is decided by nobody', async () => {
    const api = startApi()
    const full = { mandatoryChannels: ['SMS', 'SMS'], ladder: STEPS, usefulSeconds: 600, atMostOnce: true }
    await put(api, '/api/categories/codes', { ...full, digest: { everySeconds: 3_600 } })
    expect((await api.call('GET', '/api/categories/codes')).json).toEqual({
      code: 'codes',
      mandatoryChannels: ['SMS'],
      defaultChannels: [],
      ladder: STEPS,
      ladderName: null,
      preferences: null,
      usefulSeconds: 600,
      atMostOnce: true,
      digest: { everySeconds: 3_600, max: 50, channels: ['EMAIL'] },
    })
    expect((await put(api, '/api/categories/codes', {})).json).toMatchObject({ ladder: null, digest: null })
    expect((await api.call('GET', '/api/categories')).json.categories).toHaveLength(1)
    expect((await api.call('DELETE', '/api/categories/codes')).status).toBe(200)
    expect((await api.call('GET', '/api/categories/codes')).status).toBe(404)
  })

  it.each([
    ['no steps', { ladder: [] }, ['ladder']],
    ['11 steps', { ladder: Array.from({ length: 11 }, (_, at) => step(at)) }, ['ladder']],
    [
      'a negative delay and an unknown channel',
      { ladder: [step(-1), { channel: 'PIGEON', afterSeconds: 1 }] },
      ['ladder.0.afterSeconds', 'ladder.1.channel'],
    ],
    ['a ladder that nobody saved', { ladderName: 'nowhere' }, ['ladderName']],
    ['two ladders', { ladder: STEPS, ladderName: 'x' }, ['ladderName']],
    ['a digest without its time', { digest: {} }, ['digest']],
    ['a digest of the inbox', { digest: { at: '09:00', channels: ['IN_APP'] } }, ['digest.channels']],
    ['a digest of what may not wait', { mandatoryChannels: ['EMAIL'], digest: { at: '09:00' } }, ['digest.channels']],
    ['a time of day that is none', { digest: { at: '25:00' } }, ['digest.at']],
    ['no use at all', { usefulSeconds: 0 }, ['usefulSeconds']],
  ])('with %s are refused with every problem, and nothing is saved', async (_name, body, paths) => {
    const api = startApi()
    const answer = await put(api, '/api/categories/c', body)
    expect([answer.status, pathsOf(answer)]).toEqual([422, paths])
    expect((await api.call('GET', '/api/categories')).json.categories).toEqual([])
  })
})

describe('ladders', () => {
  it('are named by categories and events once they are saved, and stay while somebody names them', async () => {
    const api = startApi()
    expect((await api.call('POST', '/api/notifications', { body: { ...EVENT, ladder: 'gentle' } })).status).toBe(422)
    await put(api, '/api/ladders/gentle', { steps: STEPS })
    expect((await put(api, '/api/categories/c', { ladderName: 'gentle' })).status).toBe(200)
    expect((await api.call('POST', '/api/notifications', { body: { ...EVENT, ladder: 'gentle' } })).status).toBe(202)
    expect(JSON.parse(api.published[0]?.value ?? '')).toMatchObject({ ladderName: 'gentle' })
    const refused = await api.call('DELETE', '/api/ladders/gentle')
    expect([refused.status, refused.json.code, refused.json.detail]).toEqual([
      409,
      'in_use',
      'The ladder gentle is still named by category c.',
    ])
    await api.call('DELETE', '/api/categories/c')
    expect((await api.call('DELETE', '/api/ladders/gentle')).status).toBe(200)
    expect((await api.call('DELETE', '/api/ladders/gentle')).status).toBe(404)
  })

  it('may send some people up another one, which must be there and be another', async () => {
    const api = startApi()
    const experiment = { name: 'sooner', ladder: 'fast', percent: 20 }
    expect(pathsOf(await put(api, '/api/ladders/slow', { steps: STEPS, experiment }))).toEqual(['experiment.ladder'])
    await put(api, '/api/ladders/fast', { steps: STEPS })
    expect((await put(api, '/api/ladders/slow', { steps: STEPS, experiment })).status).toBe(200)
    expect((await put(api, '/api/ladders/fast', { steps: STEPS, experiment })).status).toBe(422)
    expect((await api.call('GET', '/api/ladders/slow/experiment')).json).toMatchObject({
      experiment: 'sooner',
      since: '2026-04-01T10:00:00.000Z',
      a: { ladder: 'slow', notifications: 0 },
      b: { ladder: 'fast', notifications: 0 },
    })
    expect((await api.call('GET', '/api/ladders/fast/experiment')).status).toBe(404)
  })
})

describe('the tenant', () => {
  it('keeps what is absent, and clears what is null', async () => {
    const api = startApi()
    expect((await api.call('GET', '/api/tenant')).json).toMatchObject({ id: 't1', timeZone: null })
    await put(api, '/api/tenant', { timeZone: 'Asia/Kolkata', locale: 'hi', ladder: STEPS })
    expect((await put(api, '/api/tenant', { locale: null })).json).toMatchObject({
      timeZone: 'Asia/Kolkata',
      locale: null,
      ladder: STEPS,
    })
  })

  it('is refused with every problem', async () => {
    const answer = await put(startApi(), '/api/tenant', { timeZone: 'Mars/Olympus', locale: 'no tag', ladder: [] })
    expect([answer.status, pathsOf(answer)]).toEqual([422, ['timeZone', 'locale', 'ladder']])
  })
})

it('an event lists what is wrong with it beside what it names and nobody has', async () => {
  const body = {
    type: 'X',
    channels: ['PIGEON'],
    templateCode: 'NO_SUCH',
    ladder: 'nowhere',
    sendAt: '2026-02-30T09:00:00Z',
  }
  const answer = await startApi().call('POST', '/api/notifications', { body })
  expect(pathsOf(answer)).toEqual(['channels.0', 'sendAt', 'recipientIds', 'templateCode'])
})
