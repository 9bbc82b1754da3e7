import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { setCipher } from '../../src/sealing/cipher-of.ts'
import { createFieldCipher } from '../../src/sealing/field-cipher.ts'
import { openTestStore, type TestStore } from '../open-test-store.ts'
import { openFanoutStores, readFanout, recipientIds, run, saveChunk, start, take } from './fanouts.ts'

let store: TestStore
let stores: ReturnType<typeof openFanoutStores>
beforeAll(async () => {
  store = await openTestStore()
  stores = openFanoutStores(store)
  await store.pool.query(`INSERT INTO "ChannelStatus"(channel, providers) VALUES ('EMAIL', '["smtp"]')`)
})
afterAll(() => store.close())

describe('starting', () => {
  it('keeps an event for many once, however often its record comes', async () => {
    const first = await start(store, { recipientIds: recipientIds(600) })
    const second = await start(store, { recipientIds: recipientIds(600) }, first.eventId)
    expect(second.waiting).toEqual([{ fanoutId: first.fanoutId, tenantId: 'default' }])
    expect(await readFanout(store, first.fanoutId)).toMatchObject({ status: 'PROCESSING', state: 'PLANNING' })
  })

  it('leaves a fan-out to whoever works on it', async () => {
    const { eventId, fanoutId } = await start(store, { recipientIds: recipientIds(600) })
    await take(store, fanoutId)
    expect((await start(store, { recipientIds: recipientIds(600) }, eventId)).waiting).toEqual([])
  })

  it('refuses another event of the same id', async () => {
    const { eventId } = await start(store, { recipientIds: recipientIds(600) })
    const { conflicts } = await start(store, { recipientIds: recipientIds(601) }, eventId)
    expect(conflicts).toMatchObject([{ eventId }])
  })

  it('starts nothing of an event that was cancelled', async () => {
    const { eventId, fanoutId } = await start(store, { recipientIds: recipientIds(600) })
    await stores.control.cancelEvent('default', eventId)
    expect((await start(store, { recipientIds: recipientIds(600) }, eventId)).waiting).toEqual([])
    expect((await run(store, fanoutId)).isTaken).toBe(false)
  })
})

it('keeps the addresses of an event sealed, and fails a fan-out whose key is gone rather than the process', async () => {
  const sealed = await openTestStore()
  try {
    setCipher(sealed.pool, createFieldCipher(['an old key of 32 characters ....']))
    const recipients = recipientIds(501).map((userId) => ({ userId, email: `${userId}@example.com` }))
    const [first, second] = [await start(sealed, { recipients }), await start(sealed, { recipients })]
    const { rows } = await sealed.pool.query<{ event: unknown }>('SELECT event FROM "Fanout"')
    expect(JSON.stringify(rows)).not.toContain('@example.com')
    expect(await (await run(sealed, first.fanoutId)).ended).toMatchObject({ end: 'completed' })
    setCipher(sealed.pool, createFieldCipher(['a new key of 32 characters .....']))
    const { isTaken, ended } = await run(sealed, second.fanoutId)
    await expect(ended).rejects.toThrow()
    expect(isTaken).toBe(false)
    expect(await readFanout(sealed, second.fanoutId)).toMatchObject({ status: 'FAILED', reason: 'no_progress' })
  } finally {
    await sealed.close()
  }
})

describe('a chunk', () => {
  it('is planned once, though two processes try it', async () => {
    const { fanoutId } = await start(store, { recipientIds: recipientIds(600) })
    const holder = await take(store, fanoutId)
    const chunk = { from: '', people: ['a1', 'a2'] }
    expect(await saveChunk(store, holder, chunk)).toMatchObject({ insertedNotifications: 2 })
    expect(await saveChunk(store, holder, chunk)).toBeUndefined()
    expect(await readFanout(store, fanoutId)).toMatchObject({ cursor: 'a2', resolved: 2, counted: 2, notifications: 2 })
  })

  it('is refused to a process whose fan-out was given to another', async () => {
    const { fanoutId } = await start(store, { recipientIds: recipientIds(600) })
    const slow = await take(store, fanoutId, { leaseMs: 0 })
    const other = await take(store, fanoutId)
    expect(await saveChunk(store, slow, { from: '', people: ['b1'] })).toBeUndefined()
    expect(await stores.fanouts.keepFanout(slow.lease, [])).toBeUndefined()
    expect(await saveChunk(store, other, { from: '', people: ['b1'] })).toMatchObject({ insertedNotifications: 1 })
  })

  it('does not begin while the event is paused, and goes on behind the last one once it is resumed', async () => {
    const { eventId, fanoutId } = await start(store, { recipientIds: recipientIds(600) })
    const holder = await take(store, fanoutId)
    await saveChunk(store, holder, { from: '', people: ['c1'] })
    expect(await stores.control.pauseEvent('default', eventId)).toMatchObject({ fanout: 'PAUSED' })
    expect(await saveChunk(store, holder, { from: 'c1', people: ['c2'] })).toBeUndefined()
    expect(await stores.control.resumeEvent('default', eventId)).toMatchObject({ fanout: 'PROCESSING' })
    expect(await stores.fanouts.takeDueFanouts(100)).toContainEqual({ fanoutId, tenantId: 'default' })
    expect((await take(store, fanoutId)).taken.cursor).toBe('c1')
  })

  it('that is the last one completes the event', async () => {
    const { eventId, fanoutId } = await start(store, { recipientIds: recipientIds(600) })
    await saveChunk(store, await take(store, fanoutId), { from: '', people: ['d1', 'd2'], isLast: true })
    expect(await readFanout(store, fanoutId)).toMatchObject({
      ...{ status: 'COMPLETED', state: 'PLANNED', resolved: 2, total: 2, recipientCount: 2, event: null },
    })
    expect(await stores.control.pauseEvent('default', eventId)).toMatchObject({ fanout: 'COMPLETED' })
  })
})

describe('the clock', () => {
  it('hands over the fan-out of a process that is gone, once its lease has passed, and not before', async () => {
    const { fanoutId } = await start(store, { recipientIds: recipientIds(600) })
    await take(store, fanoutId, { leaseMs: 60_000 })
    expect(await stores.fanouts.takeDueFanouts(100)).not.toContainEqual({ fanoutId, tenantId: 'default' })
    await store.pool.query(
      `UPDATE "Fanout" SET "leaseUntil" = now() - interval '1 s', "dueAt" = now() - interval '1 s' WHERE id = $1`,
      [fanoutId],
    )
    expect(await stores.fanouts.takeDueFanouts(100)).toContainEqual({ fanoutId, tenantId: 'default' })
    expect((await run(store, fanoutId)).isTaken).toBe(true)
  })
})

describe('a cancel', () => {
  it('ends what waits, says what it ended, and lets no other chunk begin', async () => {
    const { eventId, fanoutId } = await start(store, { recipientIds: recipientIds(600) })
    const holder = await take(store, fanoutId)
    await saveChunk(store, holder, { from: '', people: ['e1', 'e2', 'e3'] })
    expect(await stores.control.cancelEvent('default', eventId)).toMatchObject({
      ...{ state: 'CANCELLED', fanout: 'CANCELLED', cancelled: 3, too_late: 0, possibly_sent: 0 },
    })
    expect(await saveChunk(store, holder, { from: 'e3', people: ['e4'] })).toBeUndefined()
    const { rows } = await store.pool.query(
      `SELECT d.status, count(*)::int FROM "NotificationDelivery" d JOIN "Notification" n ON n.id = d."notificationId"
       WHERE n."eventId" = $1 GROUP BY 1`,
      [eventId],
    )
    expect(rows).toEqual([{ status: 'CANCELLED', count: 3 }])
  })

  it('that was cut short is finished by the fan-out process', async () => {
    const { eventId, fanoutId } = await start(store, { recipientIds: recipientIds(600) })
    await saveChunk(store, await take(store, fanoutId), { from: '', people: ['f1', 'f2'] })
    // As the API leaves it when it dies after its first commit.
    await store.pool.query(`UPDATE "Fanout" SET status = 'CANCELLED', "dueAt" = now() - interval '1 s' WHERE id = $1`, [
      fanoutId,
    ])
    expect(await stores.fanouts.takeDueFanouts(100)).toContainEqual({ fanoutId, tenantId: 'default' })
    await stores.control.finishCancel({ fanoutId, tenantId: 'default' })
    expect(await stores.control.cancelEvent('default', eventId)).toMatchObject({ cancelled: 0 })
    const { rows } = await store.pool.query(`SELECT "dueAt" FROM "Fanout" WHERE id = $1`, [fanoutId])
    expect(rows).toEqual([{ dueAt: null }])
  })

  it('of another tenant finds nothing', async () => {
    const { eventId, fanoutId } = await start(store, { recipientIds: recipientIds(600) })
    expect(await stores.control.cancelEvent('other', eventId)).toBeUndefined()
    expect(await readFanout(store, fanoutId)).toMatchObject({ status: 'PROCESSING', state: 'PLANNING' })
  })
})

describe('a run', () => {
  it('plans everybody who is named, once', async () => {
    const { fanoutId } = await start(store, { recipientIds: recipientIds(1_200), channels: ['IN_APP'] })
    const { ended } = await run(store, fanoutId)
    expect(await ended).toMatchObject({ end: 'completed' })
    expect(await readFanout(store, fanoutId)).toMatchObject({
      ...{ status: 'COMPLETED', resolved: 1_200, total: 1_200, counted: 1_200, notifications: 1_200 },
    })
  })

  it('wakes the normal lane, though the event is HIGH, and the urgent one for CRITICAL', async () => {
    const recipients = recipientIds(501).map((userId) => ({ userId, email: `${userId}@example.com` }))
    const topics = async (notificationPriority: string) => {
      const { fanoutId } = await start(store, { recipients, notificationPriority })
      const { ended, published } = await run(store, fanoutId)
      await ended
      return new Set(published)
    }
    expect(await topics('HIGH')).toEqual(new Set(['notification.email']))
    expect(await topics('CRITICAL')).toEqual(new Set(['notification.email.urgent']))
  })

  it('never has more than 5,000 deliveries on their way, and goes on as they end', async () => {
    const channels = ['EMAIL', 'SMS']
    await store.pool.query(`INSERT INTO "ChannelStatus"(channel, providers) VALUES ('SMS', '["x"]')`)
    const recipients = recipientIds(4_000).map((userId, index) => ({
      ...{ userId, email: `${userId}@example.com`, phone: `+4915112${String(index).padStart(6, '0')}` },
    }))
    const { eventId, fanoutId } = await start(store, { recipients, channels })
    const seen: number[] = []
    const { ended } = await run(store, fanoutId, {
      async rest() {
        const { rows } = await store.pool.query(
          `SELECT count(*)::int AS open FROM "NotificationDelivery" d JOIN "Notification" n ON n.id = d."notificationId"
           WHERE n."eventId" = $1 AND d.status = 'PENDING'`,
          [eventId],
        )
        seen.push(rows[0].open)
        await store.pool.query(
          `UPDATE "NotificationDelivery" d SET status = 'EXPIRED' FROM "Notification" n
           WHERE n.id = d."notificationId" AND n."eventId" = $1 AND d.status = 'PENDING'`,
          [eventId],
        )
      },
    })
    expect(await ended).toMatchObject({ end: 'completed' })
    expect(seen.length).toBeGreaterThan(0)
    expect(Math.max(...seen)).toBeLessThanOrEqual(5_000)
    expect(Math.max(...seen)).toBeGreaterThan(4_500)
    expect(await readFanout(store, fanoutId)).toMatchObject({ resolved: 4_000, notifications: 4_000 })
  })

  it('stops between two chunks when it is paused, and knows after a take-over what is still on its way', async () => {
    const recipients = recipientIds(1_500).map((userId) => ({ userId, email: `${userId}@example.com` }))
    const { eventId, fanoutId } = await start(store, { recipients })
    const paused = Promise.withResolvers<void>()
    const { ended } = await run(store, fanoutId, {
      onChunk: () => void stores.control.pauseEvent('default', eventId).then(() => paused.resolve()),
    })
    expect(await ended).toMatchObject({ end: 'lost' })
    await paused.promise
    const { resolved } = await readFanout(store, fanoutId)
    expect(resolved).toBeGreaterThan(0)
    expect(resolved).toBeLessThan(1_500)
    await stores.control.resumeEvent('default', eventId)
    const { taken } = await take(store, fanoutId)
    expect(await stores.fanouts.listUnfinished(taken, 5_000)).toHaveLength(resolved)
  })

  it('gives the fan-out back when its process is told to end', async () => {
    const { fanoutId } = await start(store, { recipientIds: recipientIds(1_500), channels: ['IN_APP'] })
    const begun = Promise.withResolvers<void>()
    const { ended, runner } = await run(store, fanoutId, { onChunk: begun.resolve })
    await begun.promise
    await runner.close()
    expect(await ended).toMatchObject({ end: 'given_back' })
    expect(await stores.fanouts.takeDueFanouts(100)).toContainEqual({ fanoutId, tenantId: 'default' })
  })

  it('fails, and says why, where a notification of the same name has other content', async () => {
    const notificationId = 'news-of-today'
    const first = await start(store, { recipientIds: recipientIds(501), notificationId, channels: ['IN_APP'] })
    await (await run(store, first.fanoutId)).ended
    const other = { recipientIds: recipientIds(501), notificationId, channels: ['IN_APP'], message: 'other' }
    const { fanoutId } = await start(store, other)
    expect(await (await run(store, fanoutId)).ended).toMatchObject({ end: 'failed' })
    expect(await readFanout(store, fanoutId)).toMatchObject({ status: 'FAILED', reason: 'id_conflict', resolved: 0 })
  })
})
