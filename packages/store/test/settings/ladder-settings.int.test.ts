import { categorySchema, namedLadderSchema } from '@carillon/contracts'
import { ladderKey } from '@carillon/routing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createLadderStore } from '../../src/index.ts'
import { buildChunk } from '../build-chunk.ts'
import { openTestStore, type TestStore } from '../open-test-store.ts'

let store: TestStore
let settings: ReturnType<typeof createLadderStore>
beforeAll(async () => {
  store = await openTestStore()
  settings = createLadderStore({ pool: store.pool })
})
afterAll(() => store.close())

const slow = [{ channel: 'SMS', afterSeconds: 600 }] as const
const fast = [{ channel: 'SMS', afterSeconds: 60 }] as const
const category = (given: unknown) => categorySchema.parse(given)
const ladder = (given: unknown) => namedLadderSchema.parse(given)

describe('categories, ladders and tenants', () => {
  it('are read as they were saved', async () => {
    const given = category({
      ...{ mandatoryChannels: ['SMS'], defaultChannels: ['EMAIL', 'SMS'], ladder: slow, preferences: { email: false } },
      ...{ usefulSeconds: 60, atMostOnce: true, digest: { at: '09:00', channels: ['EMAIL'] } },
    })
    expect(await settings.saveCategory('default', 'all', given)).toEqual({ code: 'all', ...given })
    expect(await settings.findCategory('default', 'all')).toEqual({ code: 'all', ...given })
    const plain = category({})
    expect(await settings.saveCategory('default', 'all', plain)).toEqual({ code: 'all', ...plain })
    expect(await settings.listCategories('default')).toEqual([{ code: 'all', ...plain }])
    expect(await settings.listCategories('other')).toEqual([])
    expect(await settings.deleteCategory('default', 'all')).toBe(true)
    expect(await settings.deleteCategory('default', 'all')).toBe(false)
  })

  it('of a tenant change field by field, and one kind of ladder ends the other', async () => {
    await settings.saveLadder('acme', 'slow', ladder({ steps: slow }))
    const saved = await settings.saveTenant('acme', {
      timeZone: 'Asia/Kolkata',
      ladder: [...fast],
      preferences: { sms: false },
    })
    expect(saved).toEqual({
      ...{ id: 'acme', name: 'acme', timeZone: 'Asia/Kolkata', locale: null },
      ...{ ladder: fast, ladderName: null, preferences: { sms: false } },
    })
    expect(await settings.saveTenant('acme', { ladderName: 'slow', name: 'Acme' })).toMatchObject({
      ...{ name: 'Acme', timeZone: 'Asia/Kolkata', ladder: null, ladderName: 'slow', preferences: { sms: false } },
    })
    expect(await settings.saveTenant('acme', { ladderName: null, preferences: null, timeZone: null })).toMatchObject({
      ...{ timeZone: null, ladder: null, ladderName: null, preferences: null },
    })
  })

  it('say who names a ladder before it may go', async () => {
    await settings.saveLadder('named', 'fast', ladder({ steps: fast }))
    const experiment = { name: 'sooner', ladder: 'fast', percent: 50 }
    await settings.saveLadder('named', 'slow', ladder({ steps: slow, experiment }))
    await settings.saveCategory('named', 'c', category({ ladderName: 'slow' }))
    await settings.saveTenant('named', { ladderName: 'slow' })
    expect(await settings.deleteLadder('named', 'slow')).toEqual({
      isDeleted: false,
      usedBy: ['category c', 'the tenant'],
    })
    expect(await settings.deleteLadder('named', 'fast')).toEqual({ isDeleted: false, usedBy: ['ladder slow'] })
    await settings.deleteCategory('named', 'c')
    await settings.saveTenant('named', { ladderName: null })
    expect(await settings.deleteLadder('named', 'slow')).toEqual({ isDeleted: true, usedBy: [] })
    expect(await settings.deleteLadder('named', 'fast')).toEqual({ isDeleted: true, usedBy: [] })
    expect(await settings.deleteLadder('named', 'fast')).toEqual({ isDeleted: false, usedBy: [] })
  })

  it('are loaded with a batch: the ladders of its events, categories and tenants, with their experiments', async () => {
    const experiment = { name: 'sooner', ladder: 'fast', percent: 50 }
    await settings.saveLadder('facts', 'fast', ladder({ steps: fast }))
    await settings.saveLadder('facts', 'slow', ladder({ steps: slow, experiment }))
    await settings.saveCategory('facts', 'c', category({ ladderName: 'fast' }))
    await settings.saveTenant('facts', { ladderName: 'slow' })
    const facts = await store.routing.loadFacts({
      eventIds: [],
      people: [],
      categories: [{ tenantId: 'facts', code: 'c' }],
      tenantIds: ['facts'],
      ladders: [
        { tenantId: 'facts', name: 'slow' },
        { tenantId: 'facts', name: 'nowhere' },
        { tenantId: 'other', name: 'slow' },
      ],
    })
    const slowFacts = { name: 'slow', steps: slow, experiment: { ...experiment, steps: fast } }
    expect(Object.fromEntries(facts.ladders ?? [])).toEqual({
      [ladderKey('event', 'facts', 'slow')]: slowFacts,
      [ladderKey('category', 'facts', 'c')]: { name: 'fast', steps: fast, experiment: null },
      [ladderKey('tenant', 'facts', '')]: slowFacts,
    })
  })
})

describe('an experiment', () => {
  it('is frozen on its notifications and counted from them, each side by itself', async () => {
    const chunk = buildChunk({
      recipientIds: ['a1', 'a2', 'a3', 'b1'],
      deliveries: [{ channel: 'IN_APP' }, { channel: 'SMS' }],
    })
    const notifications = chunk.notifications.map((one) => ({ ...one, experiment: `sooner:${one.recipientId[0]}` }))
    await store.routing.savePlans({ ...chunk, notifications })
    const idOf = (recipientId: string) => chunk.notifications.find((one) => one.recipientId === recipientId)?.id ?? ''
    for (const [recipientId, seconds] of [
      ['a1', 10],
      ['a2', 30],
    ] as const)
      await store.pool.query(
        `UPDATE "Notification" SET "readAt" = "createdAt" + make_interval(secs => $2) WHERE id = $1`,
        [idOf(recipientId), seconds],
      )
    const arms = await settings.readExperiment('default', 'sooner', new Date(0))
    expect(Object.fromEntries(arms.map(({ arm, ...counts }) => [arm, counts]))).toEqual({
      a: {
        ...{ notifications: 3, read: 2, acknowledged: 0, medianSecondsToRead: 20 },
        deliveries: { IN_APP: { DELIVERED: 3 }, SMS: { PENDING: 3 } },
      },
      b: {
        ...{ notifications: 1, read: 0, acknowledged: 0, medianSecondsToRead: null },
        deliveries: { IN_APP: { DELIVERED: 1 }, SMS: { PENDING: 1 } },
      },
    })
    expect(await settings.readExperiment('other', 'sooner', new Date(0))).toEqual([])
    expect(await settings.readExperiment('default', 'sooner', new Date(Date.now() + 60_000))).toEqual([])
  })
})
