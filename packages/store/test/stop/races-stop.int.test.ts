import type { WakeUp } from '@carillon/routing'
import { beforeAll, describe, expect, it } from 'vitest'
import { buildChunk } from '../build-chunk.ts'
import type { TestStore } from '../open-test-store.ts'
import { saveEmails, shuffle, useRacingStore } from '../racing-store.ts'
import { accepted, claim, countRows, planEmail, planOne } from '../rows.ts'

const open = useRacingStore()
let store: TestStore
beforeAll(() => {
  store = open()
})

const cancel = async ({ notificationId, deliveryId }: Pick<WakeUp, 'notificationId' | 'deliveryId'>) => {
  const stopped = await store.stops.stopNotification({
    kind: 'cancel',
    tenantId: 'default',
    notificationId,
    source: 'api',
  })
  return { deliveryId, answer: stopped?.deliveries[0]?.answer }
}

describe('claim, stop and fire at once', () => {
  it('never hands over what was answered as cancelled, and gives each row to one worker', async () => {
    const answers = new Map<string, number>()
    for (let round = 0; round < 30; round++) {
      const { wakeUps } = await saveEmails(store, 20)
      const due = await store.routing.savePlans(
        buildChunk(
          ...Array.from({ length: 20 }, () => ({ deliveries: [{ channel: 'EMAIL' as const, inMs: -1_000 }] })),
        ),
      )
      expect(due.insertedDeliveries).toBe(20)
      const { rows: scheduled } = await store.pool.query<{ deliveryId: string; notificationId: string }>(
        `SELECT id AS "deliveryId", "notificationId" FROM "NotificationDelivery" WHERE status = 'SCHEDULED'`,
      )
      const all = [...wakeUps, ...scheduled]
      const claimAll = () =>
        claim(
          store,
          shuffle(all).map((one) => one.deliveryId),
        )
      const [fired, claimed, stopped] = await Promise.all([
        Promise.all([store.clock.fireDue(13), store.clock.fireDue(13)]),
        Promise.all([claimAll(), claimAll(), claimAll()]),
        Promise.all(shuffle(all).slice(0, 30).map(cancel)),
      ])
      const firedIds = fired.flatMap((one) => one.wakeUps.map((wakeUp) => wakeUp.deliveryId))
      expect(new Set(firedIds).size).toBe(firedIds.length)
      const sending = claimed.flat().filter((row) => row.status === 'SENDING')
      expect(new Set(sending.map((row) => row.id)).size).toBe(sending.length)
      const sendingIds = new Set(sending.map((row) => row.id))
      for (const { deliveryId, answer = 'none' } of stopped) {
        answers.set(answer, (answers.get(answer) ?? 0) + 1)
        expect(answer === 'cancelled' && sendingIds.has(deliveryId)).toBe(false)
        expect(answer === 'possibly_sent' && !sendingIds.has(deliveryId)).toBe(false)
      }
      // Later claims find no cancelled row either.
      expect(
        await claim(
          store,
          stopped.filter((one) => one.answer === 'cancelled').map((one) => one.deliveryId),
        ),
      ).toEqual([])
      await store.delivery.recordResults(sending.map(accepted))
      await store.pool.query(`UPDATE "NotificationDelivery" SET status = 'CANCELLED', "dueAt" = NULL
        WHERE status IN ('SCHEDULED', 'PENDING')`)
    }
    expect(await countRows(store, 'NotificationDelivery', `fence > 0 AND status = 'CANCELLED'`)).toBe(0)
    expect(await countRows(store, 'DeliveryAttempt')).toBe(await countRows(store, 'NotificationDelivery', 'fence = 1'))
    // Both answers must have occurred, or nothing raced.
    expect([...answers.keys()].toSorted()).toEqual(['cancelled', 'possibly_sent'])
  }, 60_000)

  it('sees a stop that was committed while the claim waited for the row', async () => {
    const { id, notificationId } = await planEmail(store)
    const client = await store.pool.connect()
    try {
      await client.query('BEGIN')
      await client.query('SELECT FROM "Notification" WHERE id = $1 FOR NO KEY UPDATE', [notificationId])
      await client.query(`UPDATE "NotificationDelivery" SET status = 'CANCELLED' WHERE id = $1`, [id])
      const claiming = claim(store, [id])
      await waitForLockWait()
      await client.query('COMMIT')
      expect(await claiming).toEqual([])
    } finally {
      client.release()
    }
    expect(await countRows(store, 'DeliveryAttempt', `"deliveryId" = '${id}'`)).toBe(0)
  })

  it('hands over nothing that was marked while the claim waited for the row', async () => {
    const { id } = await planEmail(store)
    const client = await store.pool.connect()
    try {
      await client.query('BEGIN')
      await client.query('UPDATE "NotificationDelivery" SET "stopRequestedAt" = now() WHERE id = $1', [id])
      const claiming = claim(store, [id])
      await waitForLockWait()
      await client.query('COMMIT')
      expect(await claiming).toMatchObject([{ id, status: 'CANCELLED', fence: 0 }])
    } finally {
      client.release()
    }
  })

  it('fires nothing that somebody else holds, and does not wait for it', async () => {
    const { id } = await planEmail(store, { deliveries: [{ channel: 'EMAIL', inMs: -1_000 }] })
    const client = await store.pool.connect()
    try {
      await client.query('BEGIN')
      await client.query('SELECT FROM "NotificationDelivery" WHERE id = $1 FOR NO KEY UPDATE', [id])
      expect((await store.clock.fireDue(1_000)).taken).toBe(0)
      await client.query('ROLLBACK')
    } finally {
      client.release()
    }
    expect((await store.clock.fireDue(1_000)).taken).toBe(1)
  })
})

/** Resolves once some statement of this database waits for a lock. */
async function waitForLockWait(): Promise<void> {
  const text = `SELECT count(*)::int AS count FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'`
  for (const deadlineMs = Date.now() + 10_000; Date.now() < deadlineMs; )
    if ((await store.pool.query<{ count: number }>(text)).rows[0]?.count) return
  throw new Error('no statement waited for a lock')
}

describe('stops at once', () => {
  it('change a notification once, and tell it once', async () => {
    for (let round = 0; round < 20; round++) {
      const { notificationId } = await planOne(store, { stopOn: 'READ' })
      const read = { kind: 'read', tenantId: 'default', notificationId, userId: 'ann', source: 'api' } as const
      const stopped = await Promise.all([0, 1, 2, 3].map(() => store.stops.stopNotification(read)))
      expect(stopped.filter((one) => one?.isChanged)).toHaveLength(1)
      expect(stopped.flatMap((one) => one?.deliveries ?? [])).toHaveLength(1)
      expect(new Set(stopped.map((one) => one?.at.getTime())).size).toBe(1)
      expect(await countRows(store, 'Outbox', `records::text LIKE '%"${notificationId}","ann"%'`)).toBe(1)
    }
  })

  it('see a row that was being added while they waited for the notification', async () => {
    const { notificationId } = await planOne(store, { deliveries: [] })
    const client = await store.pool.connect()
    try {
      await client.query('BEGIN')
      await client.query('SELECT FROM "Notification" WHERE id = $1 FOR NO KEY UPDATE', [notificationId])
      const stopping = store.stops.stopNotification({
        kind: 'cancel',
        tenantId: 'default',
        notificationId,
        source: 'api',
      })
      await waitForLockWait()
      await client.query(
        `INSERT INTO "NotificationDelivery"(id, "notificationId", "tenantId", "recipientId", channel, status, lane,
           "expiresAt", replay)
         VALUES (gen_random_uuid(), $1, 'default', 'ann', 'EMAIL', 'PENDING', 'normal', now() + interval '1 h', 1)`,
        [notificationId],
      )
      await client.query('COMMIT')
      expect((await stopping)?.deliveries.map((one) => one.answer)).toEqual(['cancelled'])
    } finally {
      client.release()
    }
  })
})
