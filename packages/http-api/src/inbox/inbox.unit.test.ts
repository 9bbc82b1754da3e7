import { inboxAnswerSchema, inboxItemSchema, markedAnswerSchema, unreadCountSchema } from '@carillon/contracts'
import { describe, expect, it } from 'vitest'
import { makeNotification, mintJwt, NOTIFICATION_ID, startApi } from '../../test/api-under-test.ts'
import { partOfEach } from '../answered.ts'
import type { MemoryNotification } from '../testing.ts'

const idOf = (n: number) => `0190a1b2-c3d4-8e5f-8a6b-${String(n).padStart(12, '0')}`

/** The same minute for two of them each, so that only the id tells them apart. */
function makeOne(n: number, fields: Partial<MemoryNotification> = {}): MemoryNotification {
  const { status, ...rest } = makeNotification(fields)
  const createdAt = `2026-05-01T09:${String(Math.floor(n / 2)).padStart(2, '0')}:00.000Z`
  return { ...rest, status: { ...status, notification: { ...status.notification, id: idOf(n), createdAt } } }
}

function startWith(count: number, fields?: Partial<MemoryNotification>) {
  const api = startApi()
  for (let n = 0; n < count; n++) api.notifications.push(makeOne(n, fields))
  return api
}

async function listPages(api: ReturnType<typeof startApi>, query: string, credential: string): Promise<string[][]> {
  const pages: string[][] = []
  for (let cursor = ''; ; ) {
    const { json } = await api.call('GET', `/api/notifications?${query}${cursor}`, { credential })
    const page = inboxAnswerSchema.parse(json)
    pages.push(page.notifications.map(({ id }) => id))
    if (page.nextCursor === null) return pages
    cursor = `&cursor=${page.nextCursor}`
  }
}

describe('GET /api/notifications', () => {
  it('pages through an inbox, the newest first, each one once', async () => {
    const api = startWith(7)
    const pages = await listPages(api, 'limit=3', await mintJwt())
    expect(pages).toEqual([[6, 5, 4].map(idOf), [3, 2, 1].map(idOf), [0].map(idOf)])
  })

  it('goes on where it was when something new comes in', async () => {
    const api = startWith(4)
    const credential = await mintJwt()
    const first = await api.call('GET', '/api/notifications?limit=2', { credential })
    api.notifications.push(makeOne(9))
    const next = await api.call('GET', `/api/notifications?limit=2&cursor=${first.json.nextCursor}`, { credential })
    expect(partOfEach(next.json.notifications, 'id')).toEqual([1, 0].map(idOf))
  })

  it('shows nobody what is not theirs', async () => {
    const api = startWith(3)
    const list = async (credential: string) =>
      (await api.call('GET', '/api/notifications?userId=u1', { credential })).json?.notifications?.length
    expect(await list(api.token)).toBe(3)
    expect(await list(api.addKey(undefined, 't2').token)).toBe(0)
    expect((await api.call('GET', '/api/notifications', { credential: await mintJwt({ sub: 'u2' }) })).json).toEqual({
      ...{ notifications: [], nextCursor: null },
    })
    const stranger = await api.call('GET', '/api/notifications?userId=u1', { credential: await mintJwt({ sub: 'u2' }) })
    expect(stranger.status).toBe(404)
    expect((await api.call('GET', '/api/notifications')).json.code).toBe('user_required')
  })

  it('takes a cursor only for the list that it came from', async () => {
    const api = startWith(3)
    const get = (query: string, credential: string) => api.call('GET', `/api/notifications?${query}`, { credential })
    const mine = await mintJwt()
    const { nextCursor } = inboxAnswerSchema.parse((await get('limit=1', mine)).json)
    expect((await get(`limit=1&cursor=${nextCursor}`, mine)).status).toBe(200)
    const changed = `${nextCursor?.slice(0, -1)}${nextCursor?.endsWith('A') ? 'B' : 'A'}`
    for (const [query, credential] of [
      [`cursor=${nextCursor}`, await mintJwt({ sub: 'u2' })],
      [`cursor=${nextCursor}`, await mintJwt({ tenant_id: 't2' })],
      [`cursor=${nextCursor}&unread=true`, mine],
      [`cursor=${nextCursor}&status=all`, mine],
      [`cursor=${changed}x`, mine],
      ['cursor=x', mine],
      ['cursor=%00', mine],
    ] as const) {
      const answer = await get(query, credential)
      expect([answer.status, answer.json.problems?.[0]?.path], query).toEqual([422, 'cursor'])
    }
  })

  it.each(['limit=0', 'limit=101', 'limit=x', 'status=new', 'unread=1', 'unread=true&unread=false', 'cursor='])(
    'refuses %s',
    async (query) => {
      const answer = await startWith(1).call('GET', `/api/notifications?userId=u1&${query}`)
      expect([answer.status, answer.json.code]).toEqual([422, 'invalid_request'])
    },
  )

  it('tells what was read from what was not', async () => {
    const api = startWith(4)
    await api.call('POST', `/api/notifications/${idOf(2)}/read?userId=u1`)
    const list = async (query: string) => (await listPages(api, `userId=u1&${query}`, api.token)).flat()
    expect(await list('unread=true')).toEqual([3, 1, 0].map(idOf))
    expect(await list('unread=false')).toEqual([idOf(2)])
  })
})

describe('marks', () => {
  const mark = async (api: ReturnType<typeof startApi>, what: string, body: object = {}, id = NOTIFICATION_ID) =>
    api.call('POST', `/api/notifications/${id}/${what}`, { body: { userId: 'u1', ...body } })
  const start = () => {
    const api = startApi()
    api.notifications.push(makeNotification())
    return api
  }
  const count = async (api: ReturnType<typeof startApi>) =>
    unreadCountSchema.parse((await api.call('GET', '/api/notifications/unread-count?userId=u1')).json)

  it('seen takes the badge away, and leaves it unread', async () => {
    const api = start()
    expect(await count(api)).toEqual({ unreadCount: 1, unseenCount: 1 })
    const first = markedAnswerSchema.parse((await mark(api, 'seen')).json)
    expect(await count(api)).toEqual({ unreadCount: 1, unseenCount: 0 })
    api.clock.now = new Date('2026-05-01T11:00:00.000Z')
    expect((await mark(api, 'seen')).json.notification?.seenAt).toBe(first.notification.seenAt)
    expect(api.stopRequests).toEqual([])
  })

  it('an archived one is out of the inbox until it is taken back', async () => {
    const api = start()
    const list = async (status: string) =>
      (await api.call('GET', `/api/notifications?userId=u1&status=${status}`)).json.notifications?.length
    await mark(api, 'archive')
    expect([await list('active'), await list('archived'), await list('all')]).toEqual([0, 1, 1])
    expect(await count(api)).toEqual({ unreadCount: 0, unseenCount: 0 })
    await mark(api, 'archive', { archived: false })
    expect([await list('active'), await list('archived')]).toEqual([1, 0])
  })

  it('a snoozed one comes back by itself', async () => {
    const api = start()
    const list = async (status: string) =>
      (await api.call('GET', `/api/notifications?userId=u1&status=${status}`)).json.notifications?.length
    expect((await mark(api, 'snooze', { until: '2026-05-01T14:00:00+02:00' })).status).toBe(200)
    expect([await list('active'), await list('snoozed')]).toEqual([0, 1])
    api.clock.now = new Date('2026-05-01T12:00:01.000Z')
    expect([await list('active'), await list('snoozed')]).toEqual([1, 0])
  })

  it.each([
    {},
    { until: 'tomorrow' },
    { until: '2026-04-01T00:00:00Z' },
    { until: '2036-01-01T00:00:00Z' },
    { until: 5 },
  ])('refuses to snooze with %j', async (body) => {
    const answer = await mark(start(), 'snooze', body)
    expect([answer.status, answer.json.problems?.[0]?.path]).toEqual([422, 'until'])
  })

  it.each(['seen', 'archive', 'snooze', 'acknowledge'])("%s is 404 for somebody else's", async (what) => {
    const api = start()
    const body = { until: '2026-05-02T00:00:00Z' }
    const path = `/api/notifications/${NOTIFICATION_ID}/${what}`
    expect((await api.call('POST', path, { body, credential: await mintJwt({ sub: 'u2' }) })).status).toBe(404)
    const other = api.addKey(undefined, 't2').token
    expect((await api.call('POST', path, { body: { ...body, userId: 'u1' }, credential: other })).status).toBe(404)
  })

  it('shows one notification by our id and by its own name', async () => {
    const api = start()
    const byId = await api.call('GET', `/api/notifications/${NOTIFICATION_ID}`)
    expect(inboxItemSchema.parse(byId.json)).toMatchObject({ id: NOTIFICATION_ID, message: 'On its way' })
    expect((await api.call('GET', '/api/notifications/order-7?userId=u1')).json).toEqual(byId.json)
    expect((await api.call('GET', '/api/notifications/order-7?userId=u2')).status).toBe(404)
  })

  it('acknowledging answers for each delivery', async () => {
    const answer = await mark(start(), 'acknowledge')
    expect(answer.json).toEqual({
      success: true,
      notification: { id: NOTIFICATION_ID, acknowledgedAt: '2026-05-01T10:00:00.000Z' },
      deliveries: [{ id: expect.any(String), channel: 'EMAIL', answer: 'cancelled' }],
    })
  })
})

describe('reading several', () => {
  it('counts only what changed, and names each once', async () => {
    const api = startWith(3)
    const read = (ids: string[]) =>
      api.call('POST', '/api/notifications/read-multiple', { body: { userId: 'u1', notificationIds: ids } })
    expect((await read([idOf(0), idOf(0), idOf(1), 'unknown'])).json).toEqual({ success: true, updatedCount: 2 })
    expect((await read([idOf(0), idOf(2)])).json).toEqual({ success: true, updatedCount: 1 })
  })

  it.each([{ notificationIds: [] }, { notificationIds: [''] }, { notificationIds: Array(1_001).fill('x') }, {}])(
    'refuses a wrong list',
    async (body) => {
      const answer = await startWith(1).call('POST', '/api/notifications/read-multiple', {
        body: { userId: 'u1', ...body },
      })
      expect([answer.status, answer.json.code]).toEqual([422, 'invalid_request'])
    },
  )

  it('reads everything of one person, over many pages, and of nobody else', async () => {
    const api = startWith(450)
    api.notifications.push(makeOne(900, { userId: 'u2' }))
    const all = await api.call('POST', '/api/notifications/read-all', { credential: await mintJwt() })
    expect(all.json).toEqual({ success: true, updatedCount: 450 })
    expect(api.notifications.filter(({ status }) => !status.notification.read)).toHaveLength(1)
    const again = await api.call('POST', '/api/notifications/read-all', { credential: await mintJwt() })
    expect(again.json.updatedCount).toBe(0)
  })
})
