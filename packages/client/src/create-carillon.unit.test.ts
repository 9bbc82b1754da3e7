import { eventSchema } from '@carillon/contracts'
import { expect, test } from 'vitest'
import type { Carillon } from './create-carillon.ts'
import { ACCEPTED, openFakeApi } from './fake-api.ts'

const content = { type: 'NEWS', title: 'News', message: 'There are news' }
const at = new Date('2026-12-01T09:00:00Z')

const calls: [name: string, call: (carillon: Carillon) => Promise<unknown>, event: object][] = [
  [
    'publishNotification',
    (c) => c.publishNotification({ ...content, recipientIds: ['ann'] }),
    { recipientIds: ['ann'] },
  ],
  [
    'broadcastNotification',
    (c) => c.broadcastNotification({ ...content, recipientIds: ['ann'] }),
    { deliveryStrategy: 'BROADCAST' },
  ],
  ['sendToUsers', (c) => c.sendToUsers(['ann', 'bob'], content), { recipientIds: ['ann', 'bob'] }],
  ['sendToRoles', (c) => c.sendToRoles(['admin'], content), { audience: { roles: ['admin'] } }],
  [
    'sendToUsersAndRoles',
    (c) => c.sendToUsersAndRoles(['ann'], ['admin'], content),
    { recipientIds: ['ann'], audience: { roles: ['admin'] } },
  ],
  [
    'enqueueSMS',
    (c) => c.enqueueSMS({ to: '+4915112345678', message: 'Hi' }),
    { type: 'SMS', channels: ['SMS'], recipients: [{ phone: '+4915112345678' }], message: 'Hi' },
  ],
  [
    'scheduleSMS',
    (c) => c.scheduleSMS({ userId: 'ann', message: 'Hi', sendAt: at }),
    { channels: ['SMS'], recipientIds: ['ann'], sendAt: '2026-12-01T09:00:00.000Z' },
  ],
  [
    'sendTemplateSMS',
    (c) => c.sendTemplateSMS({ userId: 'ann', templateCode: 'WELCOME', variables: { customerName: 'Ann' } }),
    { channels: ['SMS'], templateCode: 'WELCOME', variables: { customerName: 'Ann' } },
  ],
  [
    'enqueuePush',
    (c) => c.enqueuePush({ userId: 'ann', title: 'Hi', message: 'Hi', type: 'GREETING' }),
    { type: 'GREETING', channels: ['PUSH'], recipientIds: ['ann'] },
  ],
  [
    'schedulePush',
    (c) => c.schedulePush({ userId: 'ann', message: 'Hi', sendAt: '2026-12-01T09:00:00Z' }),
    { channels: ['PUSH'], sendAt: '2026-12-01T09:00:00Z' },
  ],
  [
    'publishBusinessEvent',
    (c) =>
      c.publishBusinessEvent('ORDER_SHIPPED', {
        about: 'A-1',
        recipientIds: ['ann'],
        variables: { orderNumber: 'A-1' },
      }),
    {
      type: 'ORDER_SHIPPED',
      templateCode: 'ORDER_SHIPPED',
      notificationId: 'ORDER_SHIPPED:A-1',
      category: 'orders',
      notificationPriority: 'MEDIUM',
    },
  ],
]

test.each(calls)('%s posts one event that the contracts take', async (_name, call, expected) => {
  const { carillon, asked } = openFakeApi(ACCEPTED)
  expect(await call(carillon)).toEqual({ eventId: 'evt_1', recipientCount: 1 })
  expect(asked).toHaveLength(1)
  expect(asked[0]).toMatchObject({ method: 'POST', path: '/api/notifications', authorization: 'Bearer car_key' })
  expect(asked[0]?.body).toMatchObject(expected)
  expect(eventSchema.safeParse(asked[0]?.body).error).toBeUndefined()
})

test('an event is posted again with the same key until it is accepted, after pauses that grow', async () => {
  const { carillon, asked, pausesMs } = openFakeApi('no answer', { status: 503 }, ACCEPTED)
  await carillon.sendToUsers(['ann'], content)
  expect(asked.map(({ key }) => key)).toEqual([asked[0]?.key, asked[0]?.key, asked[0]?.key])
  expect(asked[0]?.key).toMatch(/^[0-9a-f]{32}$/)
  expect(pausesMs).toEqual([200, 400])
})

test('two events have two keys, and a key that the caller gives is kept', async () => {
  const { carillon, asked } = openFakeApi(ACCEPTED)
  await carillon.sendToUsers(['ann'], content)
  await carillon.sendToUsers(['ann'], content)
  await carillon.sendToUsers(['ann'], content, { idempotencyKey: 'order-7' })
  expect(new Set(asked.map(({ key }) => key)).size).toBe(3)
  expect(asked[2]?.key).toBe('order-7')
})

test('a rate limit is waited for as long as it says', async () => {
  const { carillon, pausesMs } = openFakeApi({ status: 429, headers: { 'retry-after': '3' } }, ACCEPTED)
  await carillon.sendToUsers(['ann'], content)
  expect(pausesMs).toEqual([3_000])
})

test('what is wrong with an event is said at once, with every problem and not again', async () => {
  const problems = [{ path: 'title', message: 'is too long' }]
  const body = { status: 422, code: 'invalid_event', detail: 'The event is not valid.', problems, requestId: 'r-1' }
  const { carillon, asked } = openFakeApi({ status: 422, body })
  const refused = carillon.sendToUsers(['ann'], content)
  await expect(refused).rejects.toMatchObject({ status: 422, code: 'invalid_event', problems, requestId: 'r-1' })
  await expect(refused).rejects.toThrow('The event is not valid.\n  title: is too long')
  expect(asked).toHaveLength(1)
})

test('an API that stays away is an error that names it, after five tries', async () => {
  const { carillon, asked } = openFakeApi('no answer')
  await expect(carillon.sendToUsers(['ann'], content)).rejects.toThrow('no answer from http://api.test')
  expect(asked).toHaveLength(5)
})

test('many people become events of 500, each told once, and a chunk that is refused is named', async () => {
  const userIds = Array.from({ length: 1_201 }, (_, index) => `user-${index % 1_200}`)
  const refusal = { status: 422, success: false, code: 'invalid_event', detail: 'no', problems: [] }
  const accepted = (eventId: string) => ({ ...Object(ACCEPTED.body), status: 202, eventId })
  const { carillon, asked } = openFakeApi({ status: 207, body: { answers: [accepted('a'), accepted('b'), refusal] } })
  const sent = await carillon.publishBatchNotification(userIds, content)
  expect(asked[0]?.path).toBe('/api/notifications/batch')
  expect(asked[0]?.body).toMatchObject({
    events: [500, 500, 200].map((length) => ({ recipientIds: expect.objectContaining({ length }) })),
  })
  expect(sent).toMatchObject({ eventIds: ['a', 'b'], recipientCount: 1_000 })
  expect(sent.refused.map(({ recipientIds, error }) => [recipientIds.length, error.code])).toEqual([
    [200, 'invalid_event'],
  ])
})

test('queues are healthy, or not, or nobody answers', async () => {
  const queue = { channel: 'EMAIL', isHealthy: true, paused: false, stopped: false, simulated: false, lag: 0 }
  const health = (status: number, word: string) => ({ status, body: { status: word, queues: [queue] } })
  expect(await openFakeApi(health(200, 'ok')).carillon.areQueuesHealthy()).toBe(true)
  const stopped = openFakeApi(health(503, 'degraded'))
  expect(await stopped.carillon.areQueuesHealthy()).toBe(false)
  expect(stopped.asked).toHaveLength(1)
  expect(await openFakeApi('no answer').carillon.areQueuesHealthy()).toBe(false)
})

test('old jobs are cleaned channel by channel, until none is left', async () => {
  const { carillon, asked } = openFakeApi(
    { body: { status: 'ok', queues: [{ channel: 'EMAIL' }] } },
    { body: { deletedCount: 500, isComplete: false } },
    { body: { deletedCount: 7, isComplete: true } },
  )
  expect(await carillon.cleanOldNotificationJobs({ state: 'failed' })).toBe(507)
  expect(asked.slice(1).map(({ path }) => path)).toEqual(Array(2).fill('/api/admin/queues/email/clean'))
})

test('an inbox is read page after page to its end', async () => {
  const page = (ids: string[], nextCursor: string | null) => ({
    body: { notifications: ids.map((id) => ({ id })), nextCursor },
  })
  const { carillon, asked } = openFakeApi(page(['a', 'b'], 'next'), page(['c'], null))
  const seen = await Array.fromAsync(carillon.inbox('ann').listAll({ unread: true }), ({ id }) => id)
  expect(seen).toEqual(['a', 'b', 'c'])
  expect(asked.map(({ path }) => path)).toEqual([
    '/api/notifications?unread=true&userId=ann',
    '/api/notifications?unread=true&cursor=next&userId=ann',
  ])
})

test.each([
  ['a sign-in page', { body: '<html>', headers: { 'content-type': 'text/html' } }, /answered 200 with text\/html/],
  ['a bare text', { body: 'ok' }, /lacks an object/],
  ['a list', { body: [] }, /lacks an object/],
  ['another service', { body: { ok: true } }, /lacks eventId, a text/],
])('%s is no answer of the API, and is asked for once', async (_name, answer, said) => {
  const { carillon, asked } = openFakeApi(answer)
  const sending = carillon.publishNotification({ ...content, recipientIds: ['ann'] })
  await expect(sending).rejects.toMatchObject({ code: 'unexpected_answer', message: expect.stringMatching(said) })
  expect(asked).toHaveLength(1)
})
