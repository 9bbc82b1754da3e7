import { randomUUID } from 'node:crypto'
import { inboxItemSchema } from '@carillon/contracts'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createInboxStore } from '../../src/index.ts'
import { openTestStore, type TestStore } from '../open-test-store.ts'
import { planOne } from '../rows.ts'

let store: TestStore
beforeAll(async () => {
  store = await openTestStore()
})
afterAll(() => store.close())

const inbox = () => createInboxStore({ pool: store.pool, readEventTime: () => undefined })

/** Somebody with an inbox of their own. */
async function fill(count: number): Promise<{ userId: string; ids: string[] }> {
  const userId = randomUUID()
  const ids: string[] = []
  for (let n = 0; n < count; n++)
    ids.push((await planOne(store, { recipientIds: [userId], deliveries: [{ channel: 'IN_APP' }] })).notificationId)
  return { userId, ids }
}

const pageOf = (userId: string) => ({
  ...({ tenantId: 'default', userId, status: 'active', unread: undefined, after: undefined, limit: 100 } as const),
})
const idsOf = (rows: readonly { id: string }[]) => rows.map(({ id }) => id)
const newestFirst = async (ids: readonly string[]) => {
  const text = 'SELECT id FROM "Notification" WHERE id = any($1::uuid[]) ORDER BY "createdAt" DESC, id DESC'
  return idsOf((await store.pool.query<{ id: string }>(text, [ids])).rows)
}

it('lists an inbox in pages without a gap or a repeat, also within one millisecond', async () => {
  const { userId, ids } = await fill(7)
  await store.pool.query('UPDATE "Notification" SET "createdAt" = now() WHERE id = any($1::uuid[])', [ids.slice(0, 5)])
  const expected = await newestFirst(ids)
  const seen: string[] = []
  for (let after = undefined as { createdAt: string; id: string } | undefined; ; ) {
    const page = await inbox().listInbox({ ...pageOf(userId), after, limit: 2 })
    for (const item of page) inboxItemSchema.parse(item)
    seen.push(...idsOf(page))
    after = page.at(-1)
    if (page.length < 2) break
  }
  expect(seen).toEqual(expected)
})

it('leaves out what has no place in the inbox, and stubs', async () => {
  const { userId, ids } = await fill(1)
  await planOne(store, { recipientIds: [userId], deliveries: [{ channel: 'EMAIL' }] })
  await store.stops.stopNotification({
    ...{ kind: 'read', tenantId: 'default', notificationId: 'later', userId, source: 'kafka' },
  })
  expect(idsOf(await inbox().listInbox({ ...pageOf(userId), status: 'all' }))).toEqual(ids)
  expect(await inbox().listInbox({ ...pageOf(userId), tenantId: 'acme' })).toEqual([])
})

it('marks stay with their notification, and the first look counts', async () => {
  const { userId, ids } = await fill(1)
  const name = { tenantId: 'default', notificationId: ids[0] ?? '', userId }
  const first = await inbox().markNotification(name, { kind: 'seen' })
  const again = await inbox().markNotification(name, { kind: 'seen' })
  expect([first?.seenAt, again?.seenAt]).toEqual([expect.any(String), first?.seenAt])
  expect(await inbox().countUnread('default', userId)).toEqual({ unreadCount: 1, unseenCount: 0 })

  const until = new Date(Date.now() + 60_000).toISOString()
  expect((await inbox().markNotification(name, { kind: 'snooze', until }))?.snoozedUntil).toBe(until)
  expect(await inbox().listInbox(pageOf(userId))).toEqual([])
  expect(idsOf(await inbox().listInbox({ ...pageOf(userId), status: 'snoozed' }))).toEqual(ids)
  expect((await inbox().countUnread('default', userId)).unreadCount).toBe(0)
  await inbox().markNotification(name, { kind: 'snooze', until: null })

  await inbox().markNotification(name, { kind: 'archive' })
  expect(idsOf(await inbox().listInbox({ ...pageOf(userId), status: 'archived' }))).toEqual(ids)
  await inbox().markNotification(name, { kind: 'unarchive' })
  expect(idsOf(await inbox().listInbox(pageOf(userId)))).toEqual(ids)
  expect(await inbox().markNotification({ ...name, userId: 'eve' }, { kind: 'seen' })).toBeUndefined()
  expect(await inbox().markNotification({ ...name, tenantId: 'acme' }, { kind: 'seen' })).toBeUndefined()
})

it('lists as unread what it counts, and reading changes both', async () => {
  const { userId, ids } = await fill(3)
  await store.stops.stopNotification({
    ...{ kind: 'read', tenantId: 'default', notificationId: ids[1] ?? '', userId, source: 'api' },
  })
  const unread = await inbox().listUnread({ tenantId: 'default', userId, after: undefined, limit: 10 })
  expect(idsOf(unread)).toEqual(await newestFirst([ids[0] ?? '', ids[2] ?? '']))
  expect(idsOf(await inbox().listInbox({ ...pageOf(userId), unread: true }))).toEqual(idsOf(unread))
  expect(idsOf(await inbox().listInbox({ ...pageOf(userId), unread: false }))).toEqual([ids[1]])
  expect(await inbox().listUnread({ tenantId: 'default', userId, after: unread[1], limit: 10 })).toEqual([])
})

it('shows an erased notification without its text, and is not broken by it', async () => {
  const { userId, ids } = await fill(1)
  const text = 'UPDATE "Notification" SET title = NULL, message = NULL, metadata = NULL WHERE id = any($1::uuid[])'
  await store.pool.query(text, [ids])
  const [item] = await inbox().listInbox(pageOf(userId))
  expect(inboxItemSchema.parse(item)).toMatchObject({ id: ids[0], title: null, message: '', metadata: {} })
})
