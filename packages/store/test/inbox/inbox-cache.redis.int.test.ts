import { randomUUID } from 'node:crypto'
import { openRedis, type SharedMemory } from '@carillon/redis'
import { readRedisUrl } from '@carillon/testkit'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { setOnInboxChange } from '../../src/inbox/inbox-changes.ts'
import { createInboxStore, createPrivacyStore, createRetentionStore, inboxKey } from '../../src/index.ts'
import { setCipher } from '../../src/sealing/cipher-of.ts'
import { createFieldCipher } from '../../src/sealing/field-cipher.ts'
import { buildChunk } from '../build-chunk.ts'
import { saveChunk, start, take } from '../fanout/fanouts.ts'
import { openTestStore, type TestStore } from '../open-test-store.ts'

const redisUrl = readRedisUrl()
const url = redisUrl
const log = { debug() {}, info() {}, warn() {} }
let store: TestStore
let memory: SharedMemory
let userId: string
const kept: string[] = []

beforeAll(async () => {
  store = await openTestStore()
  memory = await openRedis({ url, name: 'test', log, prefix: `test-${randomUUID()}:` })
  setOnInboxChange(store.pool, (owners) => memory.cache.forget(owners.map(inboxKey)))
  setCipher(store.pool, createFieldCipher(['a key of the test']))
})
afterAll(async () => {
  await memory?.close()
  await store?.close()
})
beforeEach(() => {
  userId = randomUUID()
})

/** What it hands to Redis can be looked at. */
const texts: Pick<SharedMemory['cache'], 'remember'> = {
  remember: (key, ttlMs, load) =>
    memory.cache.remember(key, ttlMs, async () => {
      const text = await load()
      kept.push(text)
      return text
    }),
}
const direct = () => createInboxStore({ pool: store.pool, readEventTime: () => undefined })
const cached = () =>
  createInboxStore({ pool: store.pool, readEventTime: () => undefined, cache: { texts, ttlMs: 60_000 } })
const pageOf = (status: 'active' | 'all') => {
  return { ...{ tenantId: 'default', userId, status, unread: undefined, after: undefined, limit: 21 } } as const
}

async function plan(collapseKey: string | null = null): Promise<string> {
  const chunk = buildChunk({ recipientIds: [userId], deliveries: [{ channel: 'IN_APP' }] })
  const notifications = chunk.notifications.map((one) => ({ ...one, event: { ...one.event, collapseKey } }))
  await store.routing.savePlans({ ...chunk, notifications })
  return notifications[0]?.id ?? ''
}

const stop = (request: { kind: 'read' | 'acknowledge'; source: 'api' | 'kafka'; notificationId: string }, who = {}) =>
  store.stops.stopNotification({ tenantId: 'default', ...request, ...who })
const mark = (notificationId: string, how: Parameters<ReturnType<typeof direct>['markNotification']>[1]) =>
  direct().markNotification({ tenantId: 'default', notificationId, userId }, how)

const changes: Record<string, (id: string) => Promise<unknown>> = {
  'a new notification': () => plan(),
  'one that takes the place of an older': () => plan('score'),
  'a chunk of a fan-out': async () => {
    const { fanoutId } = await start(store, { recipientIds: [userId, 'bob'], channels: ['IN_APP'] })
    await saveChunk(store, await take(store, fanoutId), { from: '', people: [userId] })
  },
  'a read of its person': (id) => stop({ kind: 'read', source: 'api', notificationId: id }, { userId }),
  'a read over Kafka': (id) => stop({ kind: 'read', source: 'kafka', notificationId: id }, { userId }),
  'an acknowledgement by the id alone': (id) => stop({ kind: 'acknowledge', source: 'api', notificationId: id }),
  'a look at it': (id) => mark(id, { kind: 'seen' }),
  'its way into the archive': (id) => mark(id, { kind: 'archive' }),
  'a snooze': (id) => mark(id, { kind: 'snooze', until: new Date(Date.now() + 60_000).toISOString() }),
  'the erasure of its person': () =>
    createPrivacyStore({ pool: store.pool, announce: () => undefined }).erasePerson('default', userId),
  'the end of its time': async (id) => {
    await store.pool.query(`DELETE FROM "NotificationDelivery" WHERE "notificationId" = $1`, [id])
    await store.pool.query(`UPDATE "Notification" SET "createdAt" = now() - interval '400 days' WHERE id = $1`, [id])
    const inbox = new Date(Date.now() - 365 * 86_400_000)
    const cutoffs = { done: inbox, failed: inbox, inbox, audit: inbox }
    await createRetentionStore({ pool: store.pool }).deleteNotifications(100, cutoffs)
  },
}

it.each(Object.keys(changes))('%s is in the next first page', async (name) => {
  const id = await plan('score')
  const before = await cached().listInbox(pageOf('all'))
  expect(before.map((one) => one.id)).toEqual([id])
  await changes[name]?.(id)
  const after = await direct().listInbox(pageOf('all'))
  expect(after).not.toEqual(before)
  expect(await cached().listInbox(pageOf('all'))).toEqual(after)
  expect(await cached().listInbox(pageOf('active'))).toEqual(await direct().listInbox(pageOf('active')))
  expect(await cached().countUnread('default', userId)).toEqual(await direct().countUnread('default', userId))
})

it('answers from Redis until something changes, and after a flush from Postgres', async () => {
  const id = await plan()
  const asStored = await cached().listInbox(pageOf('all'))
  await store.pool.query(`UPDATE "Notification" SET title = 'behind its back' WHERE id = $1`, [id])
  expect(await cached().listInbox(pageOf('all'))).toEqual(asStored)
  expect(await cached().countUnread('default', userId)).toEqual({ unreadCount: 1, unseenCount: 1 })
  await memory.cache.forget([inboxKey({ tenantId: 'default', userId })])
  expect(await cached().listInbox(pageOf('all'))).toMatchObject([{ id, title: 'behind its back' }])
})

it('puts no metadata in the clear into Redis, and nothing else than an inbox shows', async () => {
  kept.length = 0
  await plan()
  const [item] = await cached().listInbox(pageOf('all'))
  expect(item?.metadata).toMatchObject({ actionUrl: '/orders/1' })
  expect(kept).toHaveLength(1)
  expect(kept[0]).not.toContain('/orders/1')
  const { items } = JSON.parse(kept[0] ?? '')
  expect(Object.keys(items[0]).sort()).toEqual(Object.keys(item ?? {}).sort())
})
