import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAudienceStore } from '../../src/index.ts'
import { openFanoutStores, readFanout, run, start, take } from '../fanout/fanouts.ts'
import { openTestStore, type TestStore } from '../open-test-store.ts'

let store: TestStore
let audiences: ReturnType<typeof createAudienceStore>

const PEOPLE = [
  ['ann', ['admin'], { city: 'Pune', age: 17, tags: ['farmer', 'vip'] }],
  ['ben', ['staff'], { city: 'Goa', age: 40, born: '1986-02-01' }],
  ['cem', [], { city: "O'Hare; DROP TABLE", age: '40', vip: true }],
  ['dan', ['admin', 'staff'], {}],
] as const

beforeAll(async () => {
  store = await openTestStore()
  audiences = createAudienceStore({ pool: store.pool })
  for (const [id, roles, attributes] of PEOPLE) await addUser('default', id, roles, attributes)
  await addUser('other', 'eve', ['admin'], { city: 'Pune' })
})
afterAll(() => store.close())

async function addUser(tenantId: string, id: string, roles: readonly string[] = [], attributes: object = {}) {
  await store.pool.query(`INSERT INTO "User"("tenantId", id, roles, attributes) VALUES ($1, $2, $3, $4)`, [
    ...[tenantId, id, roles, attributes],
  ])
}

/** Page by page, as a fan-out does. */
async function resolve(change: object, { limit = 2, between = async () => {} } = {}): Promise<string[]> {
  const { fanouts } = openFanoutStores(store)
  const { taken } = await take(store, (await start(store, change)).fanoutId)
  const found: string[] = []
  for (let cursor = ''; ; ) {
    const page = await fanouts.resolvePeople(taken, cursor, limit)
    if (!page.ok) throw new Error(page.detail)
    found.push(...page.people.keys())
    if (page.isLast) break
    cursor = page.cursor
    await between()
  }
  expect(await fanouts.countPeople(taken)).toBeGreaterThanOrEqual(0)
  return found
}

describe('an audience', () => {
  it.each([
    ['roles', { roles: ['admin'] }, ['ann', 'dan']],
    ['any of several roles, once', { roles: ['admin', 'staff'] }, ['ann', 'ben', 'dan']],
    ['attributes, all of them', { attributes: { city: 'Pune', age: 17 } }, ['ann']],
    ['everyone', { everyone: true }, ['ann', 'ben', 'cem', 'dan']],
    ['roles or attributes', { roles: ['staff'], attributes: { city: 'Pune' } }, ['ann', 'ben', 'dan']],
    ['a role that nobody has', { roles: ['king'] }, []],
  ])('of %s is everybody of the tenant whom it means', async (_name, audience, people) => {
    expect(await resolve({ audience })).toEqual(people)
  })

  it('of a topic is its subscribers, users or not', async () => {
    expect(await audiences.addSubscribers('default', 'farm:1', ['zoe', 'ann'])).toEqual({ changed: 2, subscribers: 2 })
    expect(await audiences.addSubscribers('default', 'farm:1', ['ann'])).toEqual({ changed: 0, subscribers: 2 })
    expect(await resolve({ audience: { topic: 'farm:1' } })).toEqual(['ann', 'zoe'])
    expect(await audiences.removeSubscribers('default', 'farm:1', ['ann', 'ben'])).toEqual({
      changed: 1,
      subscribers: 1,
    })
    expect(await audiences.listSubscribers('default', 'farm:1', { after: '', limit: 9 })).toEqual(['zoe'])
    expect(await resolve({ audience: { topic: 'farm:2' } })).toEqual([])
  })

  it('together with people who are named is their union, each once, without those excluded', async () => {
    const named = { recipientIds: ['cem', 'new', 'ann'], recipients: [{ email: 'guest@example.com' }] }
    const people = await resolve({ ...named, audience: { roles: ['admin'] }, excludeIds: ['dan', 'cem'] })
    expect(people).toEqual(['ann', expect.stringMatching(/^guest_/), 'new'])
  })

  it('repeats and misses nobody who was there, while others come and go', async () => {
    const tenantIds = Array.from({ length: 60 }, (_, index) => `m${String(index).padStart(3, '0')}`)
    await audiences.addSubscribers('default', 'busy', tenantIds)
    let turn = 0
    const people = await resolve(
      { audience: { topic: 'busy' } },
      {
        limit: 7,
        async between() {
          await audiences.addSubscribers('default', 'busy', [`m000-${turn}`, `zz-${turn}`])
          turn++
        },
      },
    )
    expect(new Set(people).size).toBe(people.length)
    expect(people.filter((id) => /^m\d{3}$/.test(id))).toEqual(tenantIds)
  })

  it('is planned to its end, and counted', async () => {
    const { fanoutId } = await start(store, { audience: { everyone: true }, excludeIds: ['ben'], channels: ['IN_APP'] })
    expect(await (await run(store, fanoutId)).ended).toMatchObject({ end: 'completed' })
    expect(await readFanout(store, fanoutId)).toMatchObject({
      ...{ status: 'COMPLETED', resolved: 3, total: 3, notifications: 3, recipientCount: 3 },
    })
  })
})

describe('a segment', () => {
  it.each([
    [{ attribute: 'city', is: 'Pune' }, ['ann']],
    [{ attribute: 'vip', is: true }, ['cem']],
    [{ attribute: 'city', isOneOf: ['Pune', 'Goa'] }, ['ann', 'ben']],
    [{ attribute: 'tags', contains: 'vip' }, ['ann']],
    [{ attribute: 'age', atLeast: 18 }, ['ben']],
    [{ attribute: 'age', atMost: 40 }, ['ann', 'ben']],
    [{ attribute: 'born', atMost: '1990-01-01' }, ['ben']],
    [{ attribute: 'city', exists: false }, ['dan']],
    [{ not: { attribute: 'age', atLeast: 18 } }, ['ann', 'cem', 'dan']],
    [{ all: [{ role: 'staff' }, { not: { role: 'admin' } }] }, ['ben']],
    [{ any: [{ role: 'admin' }, { attribute: 'vip', is: true }] }, ['ann', 'cem', 'dan']],
  ])('of %j means the people of whom it is true', async (rule, people) => {
    await audiences.saveSegment('default', { code: 'some', name: null, rule })
    expect(await resolve({ audience: { segment: 'some' } })).toEqual(people)
    expect(await audiences.countPeople('default', rule)).toBe(people.length)
  })

  it.each(["' OR '1'='1", `"; DROP TABLE "User"; --`, '\\', '$1', "city') OR true --", '{"a": 1}'])(
    'takes %j for a name and a value, and for nothing else',
    async (hostile) => {
      for (const rule of [
        { attribute: hostile, is: hostile },
        { attribute: hostile, atLeast: hostile },
        { attribute: hostile, exists: true },
        { role: hostile },
        { attribute: hostile, isOneOf: [hostile, 1] },
      ])
        expect(await audiences.countPeople('default', rule)).toBe(0)
      expect(await audiences.countPeople('default', { not: { role: hostile } })).toBe(PEOPLE.length)
    },
  )

  it('that changes does not change an event that has begun', async () => {
    await audiences.saveSegment('default', { code: 'frozen', name: null, rule: { role: 'admin' } })
    const { fanoutId } = await start(store, { audience: { segment: 'frozen' }, channels: ['IN_APP'] })
    await audiences.saveSegment('default', { code: 'frozen', name: null, rule: { role: 'staff' } })
    await audiences.removeSegment('default', 'frozen')
    await (await run(store, fanoutId)).ended
    expect(await readFanout(store, fanoutId)).toMatchObject({ status: 'COMPLETED', resolved: 2 })
  })

  it('that nobody saved fails the event, which goes on once it is saved and resumed', async () => {
    const { eventId, fanoutId } = await start(store, { audience: { segment: 'late' }, channels: ['IN_APP'] })
    expect(await (await run(store, fanoutId)).ended).toMatchObject({ end: 'failed' })
    expect(await readFanout(store, fanoutId)).toMatchObject({ status: 'FAILED', reason: 'segment_unknown' })
    await audiences.saveSegment('default', { code: 'late', name: null, rule: { role: 'staff' } })
    await openFanoutStores(store).control.resumeEvent('default', eventId)
    expect(await (await run(store, fanoutId)).ended).toMatchObject({ end: 'completed' })
    expect(await readFanout(store, fanoutId)).toMatchObject({ status: 'COMPLETED', resolved: 2 })
  })

  it('belongs to its tenant', async () => {
    await audiences.saveSegment('other', { code: 'theirs', name: null, rule: { role: 'admin' } })
    expect(await audiences.findSegment('default', 'theirs')).toBeUndefined()
    expect(await audiences.removeSegment('default', 'theirs')).toBe(false)
    expect((await audiences.listSegments('other')).map(({ code }) => code)).toEqual(['theirs'])
  })
})
