import { randomUUID } from 'node:crypto'
import type { PlannedChunk } from '@carillon/routing'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { createDigestStore, createExplainStore } from '../../src/index.ts'
import { buildChunk, type EventToBuild } from '../build-chunk.ts'
import { openTestStore, type TestStore } from '../open-test-store.ts'
import { countRows, type DeliveryRow, outcomesOf } from '../rows.ts'

const HOUR_MS = 3_600_000

let store: TestStore
let digests: ReturnType<typeof createDigestStore>
beforeAll(async () => {
  store = await openTestStore({ connections: 24 })
  digests = createDigestStore(store)
})
afterAll(() => store.close())
beforeEach(() =>
  store.pool.query(
    'TRUNCATE "Notification", "NotificationDelivery", "Dispatch", "Outbox", "Event", "Digest", "DigestMember", "User"',
  ),
)

const past = () => new Date(Date.now() - 1_000)
const future = () => new Date(Date.now() + HOUR_MS)

/** One event for Ann whose SMS the category collects. */
function buildMember(endsAt: Date, text: string, { windowMs = HOUR_MS, ...event }: MemberToBuild = {}): PlannedChunk {
  const chunk = buildChunk({
    deliveries: [{ channel: 'IN_APP' }, { channel: 'SMS', status: 'SUPPRESSED', reason: 'in_digest' }],
    ...event,
  })
  const notifications = chunk.notifications.map((one) => ({
    ...one,
    content: { ...one.content, title: 'Liked', message: text },
    plan: {
      ...one.plan,
      deliveries: one.plan.deliveries.map((planned) =>
        planned.reason === 'in_digest' ? { ...planned, digest: { endsAt, windowMs, max: 3 } } : planned,
      ),
    },
  }))
  return { ...chunk, notifications }
}

interface MemberToBuild extends EventToBuild {
  readonly windowMs?: number
}

async function add(endsAt: Date, text: string, event?: MemberToBuild) {
  const chunk = buildMember(endsAt, text, event)
  const saved = await store.routing.savePlans(chunk)
  return { chunk, saved, id: chunk.notifications[0]?.id ?? '' }
}

interface Sent extends DeliveryRow {
  readonly title: string
  readonly message: string
}

/** What digests have become. */
async function readSent(): Promise<Sent[]> {
  const text = `SELECT n.title, n.message, d.* FROM "Notification" n JOIN "NotificationDelivery" d ON d."notificationId" = n.id
    WHERE n.type = 'digest' ORDER BY n."createdAt", n.id`
  return (await store.pool.query<Sent>(text)).rows
}

async function closeAll(): Promise<void> {
  while ((await digests.closeDigests(100)) > 0);
}

it('collects messages until the window ends, and then sends one that counts all and lists the first', async () => {
  const endsAt = future()
  const { chunk } = await add(endsAt, 'by 1')
  for (const number of [2, 3, 4]) await add(endsAt, `by ${number}`)
  expect(outcomesOf(store, chunk.notifications[0]?.deliveryIds[1] ?? '')).toEqual(['SUPPRESSED in_digest'])
  expect(await digests.closeDigests(100)).toBe(0)
  expect((await store.clock.readAgenda(0)).digests).toBeGreaterThan(HOUR_MS - 60_000)
  await store.pool.query(`UPDATE "Digest" SET "dueAt" = now() - interval '1 s'`)
  expect(await digests.closeDigests(100)).toBe(1)
  const [sent] = await readSent()
  expect(sent).toMatchObject({ title: 'Liked (4)', message: '• Liked: by 1\n• Liked: by 2\n• Liked: by 3\n+ 1' })
  const { wakeUps } = await store.clock.fireDue(100)
  expect(wakeUps).toEqual([expect.objectContaining({ deliveryId: sent?.id, channel: 'SMS', recipientId: 'ann' })])
  expect(await digests.closeDigests(100)).toBe(0)
  expect((await store.clock.readAgenda(0)).digests).toBeNull()
})

it('is what an explanation of its members leads to, and explains itself once it is closed', async () => {
  const { readExplanation } = createExplainStore({ pool: store.pool, readEventTime: () => undefined })
  const { id: notificationId } = await add(past(), 'by 1')
  const { id: other } = await add(future(), 'by 2')
  const explain = (id: string) => readExplanation({ tenantId: 'default', notificationId: id })
  const [digest, ...more] = (await explain(notificationId))?.digests ?? []
  expect([digest, more]).toEqual([expect.objectContaining({ channel: 'SMS', closedAt: null }), []])
  expect(await explain(digest?.id ?? '')).toBeUndefined()
  await closeAll()
  expect((await explain(notificationId))?.digests).toEqual([{ ...digest, closedAt: expect.any(String) }])
  expect(await explain(digest?.id ?? '')).toMatchObject({ notification: { recipientId: 'ann' }, digests: [] })
  const [next, ...none] = (await explain(other))?.digests ?? []
  expect([next?.closedAt, next?.id === digest?.id, none]).toEqual([null, false, []])
})

it('keeps people, tenants and categories apart', async () => {
  const endsAt = past()
  await add(endsAt, 'ann')
  await add(endsAt, 'bob', { recipientIds: ['bob'] })
  await add(endsAt, 'other', { tenantId: 'other' })
  await closeAll()
  expect((await readSent()).map(({ message }) => message).toSorted()).toEqual(['ann', 'bob', 'other'])
})

it('adds nothing for an event that is read once more, before and after the close', async () => {
  const { chunk } = await add(past(), 'once')
  await store.routing.savePlans(chunk)
  await closeAll()
  await store.routing.savePlans(chunk)
  await store.pool.query(`UPDATE "Digest" SET "dueAt" = now() - interval '1 s' WHERE "closedAt" IS NULL`)
  await closeAll()
  expect((await readSent()).map(({ message }) => message)).toEqual(['once'])
})

it('leaves out what was cancelled meanwhile, and sends nothing when nothing is left', async () => {
  const endsAt = past()
  const first = await add(endsAt, 'first')
  const second = await add(endsAt, 'second')
  const cancel = (notificationId: string) =>
    store.stops.stopNotification({ kind: 'cancel', tenantId: 'default', notificationId, source: 'api' })
  await cancel(first.id)
  await closeAll()
  expect((await readSent()).map(({ message }) => message)).toEqual(['second'])
  await cancel((await add(new Date(endsAt.getTime() - HOUR_MS), 'third')).id)
  await closeAll()
  expect(await readSent()).toHaveLength(1)
  expect(await countRows(store, 'Digest', '"closedAt" IS NULL')).toBe(0)
  expect(second.saved.insertedDeliveries).toBe(2)
})

it('a message is in exactly one digest, however many are added while one closes', async () => {
  const endsAt = past()
  const messages = Array.from({ length: 60 }, (_, index) => `m${index}`)
  let isAdding = true
  const closing = Promise.all(
    [1, 2].map(async () => {
      while (isAdding) await digests.closeDigests(100)
    }),
  )
  await Promise.all(messages.map((text) => add(endsAt, text, { windowMs: 60_000 })))
  isAdding = false
  await closing
  await store.pool.query(`UPDATE "Digest" SET "dueAt" = now() - interval '1 s' WHERE "closedAt" IS NULL`)
  await closeAll()
  const { rows } = await store.pool.query<{ digests: number; members: number; told: number }>(
    `SELECT count(*)::int AS members, count(DISTINCT m."notificationId")::int AS told,
       count(DISTINCT m."digestId")::int AS digests FROM "DigestMember" m JOIN "Notification" n ON n.id = m."digestId"`,
  )
  expect(rows[0]).toMatchObject({ members: 60, told: 60 })
  const sent = await readSent()
  expect(sent).toHaveLength(rows[0]?.digests ?? 0)
  const counted = sent.map(({ title }) => Number(/\((\d+)\)/.exec(title)?.[1] ?? 1))
  expect(counted.reduce((sum, count) => sum + count, 0)).toBe(60)
})

it('a member whose digest closes first goes into the next one', async () => {
  const endsAt = past()
  await add(endsAt, 'early')
  const closer = await store.pool.connect()
  await closer.query('BEGIN')
  await closer.query('SELECT FROM "Digest" FOR NO KEY UPDATE')
  const adding = add(endsAt, 'late')
  await waitUntilBlocked()
  await closer.query('UPDATE "Digest" SET "closedAt" = now(), "dueAt" = NULL')
  await closer.query('COMMIT')
  closer.release()
  await adding
  const { rows } = await store.pool.query<{ endsAt: Date }>('SELECT "endsAt" FROM "Digest" WHERE "closedAt" IS NULL')
  expect(rows.map((row) => row.endsAt.getTime())).toEqual([endsAt.getTime() + HOUR_MS])
})

it('a close that is killed halfway leaves the digest as it was, and the next one sends it once', async () => {
  await add(past(), 'kept')
  const blocker = await store.pool.connect()
  await blocker.query('BEGIN')
  await blocker.query('LOCK TABLE "NotificationDelivery" IN SHARE MODE')
  const closing = digests.closeDigests(100).then(
    () => 'closed',
    () => 'killed',
  )
  const pid = await waitUntilBlocked()
  await store.pool.query('SELECT pg_terminate_backend($1)', [pid])
  expect(await closing).toBe('killed')
  await blocker.query('COMMIT')
  blocker.release()
  expect(await readSent()).toEqual([])
  expect(await countRows(store, 'Digest', '"closedAt" IS NULL AND "dueAt" IS NOT NULL')).toBe(1)
  await closeAll()
  expect((await readSent()).map(({ message }) => message)).toEqual(['kept'])
})

it('a read that somebody sent for it before it closed does not stand in its way', async () => {
  await add(past(), 'told all the same')
  await add(past(), 'told to Bob', { recipientIds: ['bob'] })
  const stub = `INSERT INTO "Notification"(id, "tenantId", "recipientId", "readAt")
    SELECT id, "tenantId", 'ann', now() FROM "Digest"`
  await store.pool.query(stub)
  await closeAll()
  // A stub of somebody else is left alone, and holds up nobody but itself.
  expect((await readSent()).map(({ message }) => message)).toEqual(['told all the same'])
})

it('quiet hours hold the digest like every message', async () => {
  const quietHours = { start: '00:00', end: '23:59', timeZone: 'UTC' }
  const insert = `INSERT INTO "User"("tenantId", id, preferences) VALUES ('default', 'ann', $1)`
  await store.pool.query(insert, [JSON.stringify({ quietHours })])
  await add(past(), 'for later')
  await closeAll()
  const { held, wakeUps } = await store.clock.fireDue(100)
  // The minute before midnight is the only one that is not quiet.
  const isLoud = new Date().toISOString().slice(11, 16) === '23:59'
  expect([held, wakeUps.length]).toEqual(isLoud ? [0, 1] : [1, 0])
  const [sent] = await readSent()
  expect([sent?.status, sent?.reason]).toEqual(isLoud ? ['PENDING', null] : ['SCHEDULED', 'quiet_hours'])
})

it('forgets what was closed long ago, with its members', async () => {
  await add(past(), randomUUID())
  await closeAll()
  expect(await digests.deleteClosed(60_000, 100)).toBe(0)
  expect(await digests.deleteClosed(0, 100)).toBe(1)
  expect(await countRows(store, 'DigestMember')).toBe(0)
})

/** The backend that waits for a lock. */
async function waitUntilBlocked(): Promise<number> {
  for (;;) {
    const { rows } = await store.pool.query<{ pid: number }>(
      `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    )
    if (rows[0]) return rows[0].pid
  }
}
