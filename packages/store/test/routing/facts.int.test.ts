import { factKey } from '@carillon/routing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildChunk } from '../build-chunk.ts'
import { openTestStore, type TestStore } from '../open-test-store.ts'
import { planOne } from '../rows.ts'

let store: TestStore
beforeAll(async () => {
  store = await openTestStore()
})
afterAll(() => store.close())

function read(notificationId: string, userId = 'ann', tenantId = 'default') {
  return store.stops.stopNotification({ kind: 'read', tenantId, notificationId, userId, source: 'kafka' })
}

describe('facts', () => {
  it('loads everything that a batch is planned from', async () => {
    await store.pool.query(
      `INSERT INTO "User"("tenantId", id, email, phone, locale, "timeZone", preferences)
       VALUES ('default', 'facts-1', 'a@example.com', '+4915112345678', 'de', 'Europe/Berlin', '{"sms": false}')`,
    )
    await store.pool.query(
      `INSERT INTO "Category"("tenantId", code, "mandatoryChannels", "defaultChannels", "usefulSeconds", "atMostOnce")
       VALUES ('default', 'codes', '{SMS}', '{SMS,EMAIL}', 60, true)`,
    )
    await store.pool.query(`INSERT INTO "ChannelStatus"(channel, providers) VALUES ('EMAIL', '["smtp"]')`)
    await planOne(store, { recipientIds: ['facts-1'] })
    await planOne(store, { recipientIds: ['facts-1'] })
    await read('a stub does not count', 'facts-1')
    const before = await planOne(store, { recipientIds: ['facts-1'] })
    await store.pool.query(`UPDATE "Notification" SET "createdAt" = now() - interval '2 h' WHERE id = $1`, [
      before.notificationId,
    ])
    const people = ['facts-1', 'nobody', 'facts-1'].map((recipientId) => ({ tenantId: 'default', recipientId }))
    const facts = await store.routing.loadFacts({
      eventIds: [],
      people,
      categories: [
        { tenantId: 'default', code: 'codes' },
        { tenantId: 'default', code: 'unknown' },
      ],
      tenantIds: ['default', 'default'],
    })
    expect(Math.abs(facts.now.getTime() - Date.now())).toBeLessThan(5_000)
    expect([...facts.people]).toEqual([
      [
        factKey('default', 'facts-1'),
        {
          id: 'facts-1',
          sentLastHour: 2,
          user: {
            email: 'kept',
            phone: 'kept',
            locale: 'de',
            timeZone: 'Europe/Berlin',
            preferences: { sms: false },
            hasPushToken: false,
          },
        },
      ],
    ])
    expect([...facts.categories]).toEqual([
      [
        factKey('default', 'codes'),
        {
          code: 'codes',
          mandatoryChannels: ['SMS'],
          defaultChannels: ['SMS', 'EMAIL'],
          ladder: null,
          preferences: null,
          usefulSeconds: 60,
          atMostOnce: true,
        },
      ],
    ])
    expect(facts.tenants.get('default')).toEqual({ timeZone: null, locale: null, ladder: null, preferences: null })
    expect([...facts.servedChannels].toSorted()).toEqual(['EMAIL', 'IN_APP'])
  })

  it('does not count what is there already of an event that comes again', async () => {
    const first = await planOne(store, { recipientIds: ['facts-2'] })
    await planOne(store, { recipientIds: ['facts-2'] })
    const { rows } = await store.pool.query<{ eventId: string }>('SELECT "eventId" FROM "Notification" WHERE id = $1', [
      first.notificationId,
    ])
    const people = [{ tenantId: 'default', recipientId: 'facts-2' }]
    const eventIds = rows.map(({ eventId }) => eventId)
    const facts = await store.routing.loadFacts({ eventIds, people, categories: [], tenantIds: [] })
    expect(facts.people.get(factKey('default', 'facts-2'))?.sentLastHour).toBe(1)
  })

  it('leaves out how many it were while they are too few to matter', async () => {
    await planOne(store, { recipientIds: ['facts-3'] })
    await planOne(store, { recipientIds: ['facts-3'] })
    const people = [{ tenantId: 'default', recipientId: 'facts-3' }]
    const count = async (countedFrom: number) => {
      const facts = await store.routing.loadFacts({ eventIds: [], people, countedFrom, categories: [], tenantIds: [] })
      return facts.people.get(factKey('default', 'facts-3'))?.sentLastHour
    }
    expect([await count(-5), await count(2), await count(3)]).toEqual([2, 2, undefined])
  })

  it('loads nothing for nobody', async () => {
    const facts = await store.routing.loadFacts({ eventIds: [], people: [], categories: [], tenantIds: [] })
    expect([facts.people.size, facts.categories.size, facts.tenants.size]).toEqual([0, 0, 0])
  })
})

describe('what was published', () => {
  const parts = async (id: string) =>
    (await store.pool.query('SELECT parts FROM "Dispatch" WHERE id = $1', [id])).rows[0]?.parts

  it('replaces the parts of a dispatch that was published whole', async () => {
    const { saved } = await planOne(store)
    const [wakeUp] = saved.wakeUps
    const published = [{ partition: 3, lastOffset: 17, ids: [wakeUp?.deliveryId ?? ''] }]
    await store.routing.recordPublished([{ id: wakeUp?.dispatchId ?? '', parts: published }])
    expect(await parts(wakeUp?.dispatchId ?? '')).toEqual(published)
  })

  it('keeps the rows that were not published again in their parts, so that they stay watched', async () => {
    const { wakeUps } = await store.routing.savePlans(buildChunk({ recipientIds: ['a', 'b', 'c', 'd'] }))
    const [a = '', b = '', c = '', d = ''] = wakeUps.map((one) => one.deliveryId)
    const id = wakeUps[0]?.dispatchId ?? ''
    await store.routing.recordPublished([
      {
        id,
        parts: [
          { partition: 0, lastOffset: 5, ids: [a, b] },
          { partition: 1, lastOffset: 6, ids: [c, d] },
        ],
      },
    ])
    await store.routing.recordPublished([{ id, parts: [{ partition: 2, lastOffset: 9, ids: [b, c, d] }] }])
    expect(await parts(id)).toEqual([
      { partition: 0, lastOffset: 5, ids: [a] },
      { partition: 2, lastOffset: 9, ids: [b, c, d] },
    ])
  })

  it('forgets a dispatch that is gone', async () => {
    await expect(
      store.routing.recordPublished([{ id: '00000000-0000-4000-8000-000000000000', parts: [] }]),
    ).resolves.toBeUndefined()
  })
})
