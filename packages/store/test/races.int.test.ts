import type { ClaimedDelivery } from '@carillon/delivery'
import type { WakeUp } from '@carillon/routing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildChunk, type EventToBuild } from './build-chunk.ts'
import { openTestStore, POLICY, type TestStore } from './open-test-store.ts'
import { accepted, claim, claimOne, countRows, planEmail, planOne, rejected, unanswered } from './rows.ts'

/**
 * Everything here runs from several connections at once. Deadlocks would be repeated in silence, so they are counted at
 * the end.
 */

let store: TestStore
beforeAll(async () => {
  store = await openTestStore({ connections: 12 })
})
afterAll(async () => {
  const deadlocks = await store.countDeadlocks()
  await store.close()
  expect(deadlocks).toBe(0)
})

function shuffle<Item>(items: readonly Item[]): Item[] {
  return items
    .map((item) => ({ item, key: Math.random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item)
}

const saveEmails = async (count: number, event: EventToBuild = {}) => {
  const events = Array.from({ length: count }, () => ({ deliveries: [{ channel: 'EMAIL' as const }], ...event }))
  return await store.routing.savePlans(buildChunk(...events))
}

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
      const { wakeUps } = await saveEmails(20)
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

describe('routers at once', () => {
  it('plan overlapping chunks once', async () => {
    for (let round = 0; round < 15; round++) {
      const { events, notifications } = buildChunk(...Array.from({ length: 40 }, () => ({ recipientIds: ['a', 'b'] })))
      const part = (start: number) => {
        const chosen = events.slice(start, start + 20)
        const ids = new Set(chosen.map((event) => event.id))
        return { events: chosen, notifications: notifications.filter((one) => ids.has(one.eventId)) }
      }
      const saved = await Promise.all([0, 10, 20, 10, 0, 20].map((start) => store.routing.savePlans(part(start))))
      expect(saved.reduce((sum, one) => sum + one.insertedNotifications, 0)).toBe(80)
      expect(saved.reduce((sum, one) => sum + one.insertedDeliveries, 0)).toBe(160)
      const woken = saved.flatMap((one) => one.wakeUps.map((wakeUp) => wakeUp.deliveryId))
      expect([woken.length, new Set(woken).size]).toEqual([80, 80])
      expect(saved.flatMap((one) => one.conflicts)).toEqual([])
      const ids = events.map((event) => `'${event.id}'`).join(',')
      expect(await countRows(store, 'Event', `id IN (${ids}) AND "notificationCount" = 2`)).toBe(40)
    }
  }, 60_000)

  it('let one of two contents win an id', async () => {
    for (let round = 0; round < 20; round++) {
      const id = `contested-${round}`
      const chunks = ['f1', 'f2'].map((fingerprint) => buildChunk({ id, fingerprint, recipientIds: ['a', 'b', 'c'] }))
      const saved = await Promise.all(chunks.map((chunk) => store.routing.savePlans(chunk)))
      expect(saved.map((one) => one.conflicts.length).toSorted()).toEqual([0, 1])
      expect(await countRows(store, 'Notification', `"eventId" = '${id}'`)).toBe(3)
    }
  })

  it('and a read of the same moment leave nothing that could be sent', async () => {
    for (let round = 0; round < 100; round++) {
      const name = `race-${round}`
      const [planned] = await Promise.all([
        planOne(store, {
          notificationId: name,
          stopOn: 'READ',
          deliveries: [{ channel: 'EMAIL' }, { channel: 'SMS', step: 1, inMs: 60_000 }],
        }),
        store.stops.stopNotifications([
          { kind: 'read', tenantId: 'default', notificationId: name, userId: 'ann', source: 'kafka' },
          { kind: 'read', tenantId: 'default', notificationId: `other ${name}`, userId: 'ann', source: 'kafka' },
        ]),
      ])
      const where = `"notificationId" = '${planned.notificationId}'`
      expect(
        await countRows(store, 'NotificationDelivery', `${where} AND status = 'CANCELLED' AND reason = 'read'`),
      ).toBe(2)
    }
  }, 60_000)

  it('and the sweep of stubs lose no notification', async () => {
    for (let round = 0; round < 50; round++) {
      const name = `swept-${round}`
      await store.stops.stopNotification({
        kind: 'read',
        tenantId: 'default',
        notificationId: name,
        userId: 'ann',
        source: 'kafka',
      })
      const [planned] = await Promise.all([planOne(store, { notificationId: name }), store.clock.deleteStubs(0, 100)])
      expect(
        await countRows(store, 'Notification', `id = '${planned.notificationId}' AND "plannedAt" IS NOT NULL`),
      ).toBe(1)
    }
  })
})

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

describe('clocks at once', () => {
  it('fire each row once, whatever their limits', async () => {
    const count = 1_500
    const events = Array.from({ length: count }, () => ({ deliveries: [{ channel: 'EMAIL' as const, inMs: -1_000 }] }))
    await store.routing.savePlans(buildChunk(...events))
    const fired: WakeUp[] = []
    const drain = async (limit: number) => {
      for (let taken = -1; taken !== 0; ) {
        const one = await store.clock.fireDue(limit)
        fired.push(...one.wakeUps)
        taken = one.taken
      }
    }
    await Promise.all([drain(97), drain(150), drain(201)])
    expect([fired.length, new Set(fired.map((one) => one.deliveryId)).size]).toEqual([count, count])
    const ids = [...new Set(fired.map((one) => one.dispatchId))]
    const { rows } = await store.pool.query('SELECT parts FROM "Dispatch" WHERE id = ANY($1)', [ids])
    expect(rows.flatMap((row) => row.parts[0].ids)).toHaveLength(count)
  }, 60_000)

  it('judge dispatches while workers claim and record, and lose no row', async () => {
    const { wakeUps } = await saveEmails(300)
    const ids = wakeUps.map((one) => one.deliveryId)
    const work = async (part: readonly string[]) => {
      for (const id of part) {
        const [row] = await claim(store, [id], 0)
        if (row?.status === 'SENDING') await store.delivery.recordResults([accepted(row)])
      }
    }
    let isDone = false
    const watch = async () => {
      while (!isDone) {
        await store.pool.query(`UPDATE "Dispatch" SET "dueAt" = now() - interval '1 s'
          WHERE id IN (SELECT id FROM "Dispatch" FOR UPDATE SKIP LOCKED)`)
        await store.clock.inspectDispatches(100, POLICY.watch)
        await store.clock.resolveUnknown(100, POLICY.resend)
      }
    }
    const watching = [watch(), watch()]
    await Promise.all([work(ids.slice(0, 150)), work(shuffle(ids)), work(ids.slice(150))])
    isDone = true
    await Promise.all(watching)
    const where = `id IN (${ids.map((id) => `'${id}'`).join(',')})`
    expect(await countRows(store, 'NotificationDelivery', `${where} AND status = 'SENT'`)).toBe(300)
  }, 60_000)

  it('pull a ladder once while its reader stops it', async () => {
    for (let round = 0; round < 40; round++) {
      const { notificationId, deliveryIds } = await planOne(store, {
        stopOn: 'READ',
        deliveries: [
          { channel: 'PUSH' },
          { channel: 'SMS', step: 1, inMs: 60_000 },
          { channel: 'EMAIL', step: 2, inMs: 90_000 },
        ],
      })
      await store.delivery.recordResults([rejected(await claimOne(store, deliveryIds[0] ?? ''))])
      const pulls = [store.clock.pullLadders(100), store.clock.pullLadders(100)]
      const read = { kind: 'read', tenantId: 'default', notificationId, userId: 'ann', source: 'api' } as const
      await Promise.all([...pulls, store.clock.fireDue(100), store.stops.stopNotification(read)])
      expect((await Promise.all(pulls)).reduce((sum, one) => sum + one, 0)).toBeLessThanOrEqual(1)
      const where = `"notificationId" = '${notificationId}'`
      expect(await countRows(store, 'NotificationDelivery', `${where} AND status IN ('SCHEDULED', 'PENDING')`)).toBe(0)
    }
  }, 60_000)

  it('sweep each outbox row once', async () => {
    await store.pool.query(`UPDATE "Outbox" SET "createdAt" = now() - interval '1 h', "takenAt" = NULL`)
    const count = await countRows(store, 'Outbox')
    const taken = await Promise.all([1, 2, 3, 4].map(() => store.clock.takeOutbox(5_000, count)))
    const ids = taken.flat().map((row) => row.id)
    expect([ids.length, new Set(ids).size]).toEqual([count, count])
    await Promise.all([store.clock.deleteOutbox(shuffle(ids)), store.clock.deleteOutbox(shuffle(ids))])
    expect(await countRows(store, 'Outbox')).toBe(0)
  })
})

describe('workers at once', () => {
  it('claim and record shuffled batches of the same rows without a deadlock', async () => {
    const { wakeUps } = await saveEmails(200)
    const ids = wakeUps.map((one) => one.deliveryId)
    const claimed = (await Promise.all(Array.from({ length: 24 }, () => claim(store, shuffle(ids))))).flat()
    expect(claimed).toHaveLength(200)
    const answer = (row: ClaimedDelivery) => (Math.random() < 0.5 ? accepted(row) : unanswered(row))
    const batches = Array.from({ length: 12 }, () => shuffle(claimed).map(answer))
    const recorded = await Promise.all(batches.map((batch) => store.delivery.recordResults(batch)))
    expect(recorded.map((rows) => rows.length)).toEqual(batches.map(() => 200))
    expect(await countRows(store, 'NotificationDelivery', `status = 'SENDING'`)).toBe(0)
  }, 60_000)

  it('suppress the same addresses in any order', async () => {
    const { wakeUps } = await saveEmails(40)
    const claimed = await claim(
      store,
      wakeUps.map((one) => one.deliveryId),
    )
    const results = claimed.map((row, index) => ({ ...rejected(row), suppressAddressHash: `shared ${index % 10}` }))
    await Promise.all(
      [0, 1, 2, 3].map((turn) => store.delivery.recordResults(shuffle(results.slice(turn * 10, turn * 10 + 10)))),
    )
    expect(await countRows(store, 'Suppression', `"addressHash" LIKE 'shared %'`)).toBe(10)
  })
})
