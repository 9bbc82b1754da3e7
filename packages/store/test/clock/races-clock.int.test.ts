import type { ClaimedDelivery } from '@carillon/delivery'
import type { WakeUp } from '@carillon/routing'
import { beforeAll, describe, expect, it } from 'vitest'
import { buildChunk } from '../build-chunk.ts'
import { POLICY, type TestStore } from '../open-test-store.ts'
import { saveEmails, shuffle, useRacingStore } from '../racing-store.ts'
import { accepted, claim, claimOne, countRows, planOne, rejected, unanswered } from '../rows.ts'

const open = useRacingStore()
let store: TestStore
beforeAll(() => {
  store = open()
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
    const { wakeUps } = await saveEmails(store, 300)
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
    const { wakeUps } = await saveEmails(store, 200)
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
    const { wakeUps } = await saveEmails(store, 40)
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
