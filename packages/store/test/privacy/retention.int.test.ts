import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { createRetentionStore } from '../../src/index.ts'
import { openTestStore, type TestStore } from '../open-test-store.ts'
import { accepted, change, claimOne, countRows, planEmail, readDeliveries, rejected } from '../rows.ts'

let store: TestStore
beforeAll(async () => {
  store = await openTestStore()
})
afterAll(() => store.close())
beforeEach(async () => {
  await store.pool.query(
    'TRUNCATE "Notification", "NotificationDelivery", "DeliveryAttempt", "Dispatch", "Outbox", "Category", "Receipt"',
  )
})

const retention = () => createRetentionStore({ pool: store.pool })
const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000)
const CUTOFFS = { done: daysAgo(7), failed: daysAgo(30), inbox: daysAgo(90), audit: daysAgo(730) }

async function plan(how: 'sent' | 'failed' | 'waiting', days: number) {
  const one = await planEmail(store)
  if (how !== 'waiting') {
    const claimed = await claimOne(store, one.id)
    await store.delivery.recordResults([how === 'sent' ? accepted(claimed) : rejected(claimed)])
  }
  await change(store, one.id, `"createdAt" = now() - interval '${days} days'`)
  // Of one moment, as a plan writes them.
  await store.pool.query(
    `UPDATE "Notification" n SET "createdAt" = d."createdAt" FROM "NotificationDelivery" d
     WHERE d.id = $1 AND n.id = d."notificationId"`,
    [one.id],
  )
  return one
}

const clean = async () => retention().deleteDeliveries(100, CUTOFFS, await retention().readCategories(new Date()))

it('deletes what is done after its days and what failed after more, with their attempts', async () => {
  const [oldDone, newDone] = [await plan('sent', 8), await plan('sent', 6)]
  const [oldFailed, newFailed] = [await plan('failed', 31), await plan('failed', 29)]
  expect(await clean()).toBe(2)
  const left = async (one: { notificationId: string }) => (await readDeliveries(store, one.notificationId)).length
  expect(await Promise.all([oldDone, newDone, oldFailed, newFailed].map(left))).toEqual([0, 1, 0, 1])
  expect(await countRows(store, 'DeliveryAttempt')).toBe(2)
  expect(await countRows(store, 'Notification')).toBe(4)
  expect(await clean()).toBe(0)
})

it('never deletes what has not ended, however old', async () => {
  const one = await plan('waiting', 400)
  expect(await clean()).toBe(0)
  expect(await readDeliveries(store, one.notificationId)).toHaveLength(1)
})

it('lets a category say its own days, and how many it keeps', async () => {
  const setRetention = (what: object) =>
    store.pool.query(
      `INSERT INTO "Category"("tenantId", code, "mandatoryChannels", "defaultChannels", retention)
       VALUES ('default', 'orders', '{}', '{}', $1) ON CONFLICT ("tenantId", code) DO UPDATE SET retention = $1`,
      [JSON.stringify(what)],
    )
  await plan('sent', 20)
  await setRetention({ doneDays: 30 })
  expect(await clean()).toBe(0)
  for (const days of [1, 2, 3, 4]) await plan('sent', days)
  await setRetention({ doneDays: 30, keep: 2 })
  expect(await clean()).toBe(3)
  expect(await countRows(store, 'NotificationDelivery')).toBe(2)
})

it('passes over a row that somebody holds, and waits for nobody', async () => {
  const held = await plan('sent', 10)
  await plan('sent', 10)
  const holder = await store.pool.connect()
  try {
    await holder.query('BEGIN')
    await holder.query('SELECT FROM "NotificationDelivery" WHERE id = $1 FOR UPDATE', [held.id])
    expect(await clean()).toBe(1)
  } finally {
    await holder.query('ROLLBACK')
    holder.release()
  }
  expect(await clean()).toBe(1)
})

it('works in batches of what it is told', async () => {
  for (let n = 0; n < 5; n++) await plan('sent', 10)
  expect(await retention().deleteDeliveries(2, CUTOFFS, [])).toBe(2)
  expect(await countRows(store, 'NotificationDelivery')).toBe(3)
})

it('forgets a notification much later, and only with its last delivery', async () => {
  await plan('sent', 100)
  await plan('waiting', 100)
  await plan('sent', 50)
  await clean()
  expect(await retention().deleteNotifications(100, CUTOFFS)).toBe(1)
  expect(await countRows(store, 'Notification')).toBe(2)
})

it('cleans one channel of one tenant at a wish', async () => {
  const one = await plan('failed', 3)
  const what = { tenantId: 'default', channel: 'EMAIL', statuses: ['FAILED'], before: daysAgo(2) } as const
  expect(await retention().cleanChannel(100, { ...what, channel: 'SMS' })).toBe(0)
  expect(await retention().cleanChannel(100, { ...what, tenantId: 'acme' })).toBe(0)
  expect(await retention().cleanChannel(100, { ...what, statuses: ['SENT'] })).toBe(0)
  expect(await retention().cleanChannel(100, what)).toBe(1)
  expect(await readDeliveries(store, one.notificationId)).toEqual([])
})

it('forgets who did what, who was erased, and calls that nobody answered, each at its own time', async () => {
  const { pool } = store
  const at = (days: number) => daysAgo(days).toISOString()
  await pool.query('TRUNCATE "AuditEntry", "Erasure", "OutcomeCall"')
  await pool.query(
    `INSERT INTO "AuditEntry"("tenantId", at, actor, action) VALUES ('t', $1, 'old', 'a'), ('t', $2, 'new', 'a')`,
    [at(731), at(729)],
  )
  await pool.query(
    `INSERT INTO "Erasure"("tenantId", "userId", "erasedAt", "sweepAt")
     VALUES ('t', 'old', $1, NULL), ('t', 'unswept', $1, now()), ('t', 'new', $2, NULL)`,
    [at(91), at(89)],
  )
  await pool.query(
    `INSERT INTO "OutcomeCall"(id, "tenantId", records, error, "dueAt", "createdAt")
     VALUES (gen_random_uuid(), 't', '[]', 'old', NULL, $1), (gen_random_uuid(), 't', '[]', 'tried', now(), $1),
       (gen_random_uuid(), 't', '[]', 'new', NULL, $2)`,
    [at(31), at(29)],
  )
  const { deleteAudit, deleteErasures, deleteDeadCalls } = retention()
  for (const forget of [deleteAudit, deleteErasures, deleteDeadCalls])
    expect([await forget(100, CUTOFFS), await forget(100, CUTOFFS)]).toEqual([1, 0])
  const left = async (column: string, table: string) =>
    (await pool.query(`SELECT ${column} AS one FROM "${table}" ORDER BY 1`)).rows.map(({ one }) => one)
  expect(await left('actor', 'AuditEntry')).toEqual(['new'])
  expect(await left('"userId"', 'Erasure')).toEqual(['new', 'unswept'])
  expect(await left('error', 'OutcomeCall')).toEqual(['new', 'tried'])
})
