import { randomUUID } from 'node:crypto'
import { createMemoryTwin } from '@carillon/redis'
import { beforeEach, expect, it, vi } from 'vitest'
import { createInboxCache, inboxKey, type KeptItem } from './inbox-cache.ts'

const OWNER = { tenantId: 'acme', userId: 'ann' }
const NOW = new Date('2026-11-21T12:00:00.000Z')
let nowMs: number
let items: KeptItem[]
beforeEach(() => {
  nowMs = NOW.getTime()
  items = []
})

function makeItem(change: Partial<KeptItem> = {}): KeptItem {
  return {
    ...{ id: randomUUID(), eventId: 'e1', type: 'ORDER', category: 'orders', priority: 'MEDIUM', title: null },
    ...{ message: 'On its way', metadata: 'c1.sealed', read: false, readAt: null, seenAt: null, acknowledgedAt: null },
    ...{ archivedAt: null, snoozedUntil: null, createdAt: NOW.toISOString() },
    ...change,
  }
}

function open(texts = createMemoryTwin(() => nowMs).cache) {
  const listNewest = vi.fn(async (_owner: object, limit: number) => items.slice(0, limit))
  const cache = createInboxCache({ texts, ttlMs: 7 * 86_400_000, now: () => new Date(nowMs) }, listNewest)
  return { ...cache, texts, listNewest }
}

const pageOf = (change: object = {}) => {
  return { ...OWNER, status: 'active', unread: undefined, after: undefined, limit: 21, ...change } as const
}

it('answers every first page of a person from one query, filtered as Postgres would', async () => {
  const [plain, read] = [makeItem(), makeItem({ read: true, readAt: NOW.toISOString() })]
  const archived = makeItem({ archivedAt: NOW.toISOString() })
  items = [plain, read, archived]
  const { findPage, listNewest } = open()
  expect(await findPage(pageOf())).toEqual([plain, read])
  expect(await findPage(pageOf({ unread: true }))).toEqual([plain])
  expect(await findPage(pageOf({ unread: false }))).toEqual([read])
  expect(await findPage(pageOf({ status: 'archived' }))).toEqual([archived])
  expect(await findPage(pageOf({ status: 'all', limit: 2 }))).toEqual([plain, read])
  expect(listNewest).toHaveBeenCalledTimes(1)
})

it('shows a snoozed one again at its time, though nobody changed anything', async () => {
  const snoozed = makeItem({ snoozedUntil: new Date(nowMs + 60_000).toISOString() })
  items = [snoozed]
  const { findPage, countUnread, listNewest } = open()
  expect(await findPage(pageOf())).toEqual([])
  expect(await findPage(pageOf({ status: 'snoozed' }))).toEqual([snoozed])
  expect(await countUnread(OWNER)).toEqual({ unreadCount: 0, unseenCount: 0 })
  nowMs += 60_000
  expect(await findPage(pageOf())).toEqual([snoozed])
  expect(await findPage(pageOf({ status: 'snoozed' }))).toEqual([])
  expect(await countUnread(OWNER)).toEqual({ unreadCount: 1, unseenCount: 1 })
  expect(listNewest).toHaveBeenCalledTimes(1)
})

it('leaves to Postgres what it cannot know: later pages, and pages that older ones would fill', async () => {
  items = Array.from({ length: 101 }, (_, n) => makeItem({ read: n >= 20 }))
  const { findPage, countUnread } = open()
  expect(await findPage(pageOf())).toHaveLength(21)
  expect(await findPage(pageOf({ limit: 101 }))).toBeUndefined()
  expect(await findPage(pageOf({ unread: true }))).toBeUndefined()
  expect(await findPage(pageOf({ unread: true, limit: 20 }))).toHaveLength(20)
  expect(await findPage(pageOf({ after: { createdAt: NOW.toISOString(), id: randomUUID() } }))).toBeUndefined()
  expect(await countUnread(OWNER)).toBeUndefined()
})

it('keeps a list of long items shorter, and says that it is not all', async () => {
  items = Array.from({ length: 10 }, () => makeItem({ metadata: 'x'.repeat(60_000) }))
  const { findPage } = open()
  expect(await findPage(pageOf({ limit: 4 }))).toHaveLength(4)
  expect(await findPage(pageOf({ limit: 5 }))).toBeUndefined()
})

it.each(['not json', '{}', '{"cachedAt":"2026-11-21T12:00:00.000Z","isWhole":true,"items":[{"id":1}]}'])(
  'leaves to Postgres what another version wrote: %s',
  async (text) => {
    const { findPage, countUnread } = open({ remember: async () => text, forget: async () => undefined })
    expect([await findPage(pageOf()), await countUnread(OWNER)]).toEqual([undefined, undefined])
  },
)

it('loads again what was forgotten', async () => {
  const { findPage, texts } = open()
  expect(await findPage(pageOf())).toEqual([])
  items = [makeItem()]
  expect(await findPage(pageOf())).toEqual([])
  await texts.forget([inboxKey(OWNER)])
  expect(await findPage(pageOf())).toEqual(items)
})

it('never gives two people one key, whatever they are called', () => {
  const people = [
    { tenantId: 'a', userId: 'b:c' },
    { tenantId: 'a:b', userId: 'c' },
    { tenantId: 'a%3Ab', userId: 'c' },
  ]
  expect(new Set(people.map(inboxKey)).size).toBe(3)
  expect(inboxKey(OWNER)).toBe('notifications:acme:ann')
})
