import { afterAll, beforeAll, expect, it } from 'vitest'
import { createAnalyticsStore } from '../../src/index.ts'
import { openTestStore, type TestStore } from '../open-test-store.ts'
import { accepted, claimOne, planEmail, planOne, rejected } from '../rows.ts'

let store: TestStore
beforeAll(async () => {
  store = await openTestStore()
})
afterAll(() => store.close())

const since = new Date(Date.now() - 3_600_000)
const until = new Date(Date.now() + 3_600_000)
const read = (rowsMax?: number, tenantId = 'default') =>
  createAnalyticsStore({ pool: store.pool }, rowsMax).readAnalytics(tenantId, since, until)

it('counts what was sent, what was read and what that saved, of one tenant and one span', async () => {
  for (const result of [accepted, accepted, rejected]) {
    const { id } = await planEmail(store)
    await store.delivery.recordResults([result(await claimOne(store, id))])
  }
  const { notificationId } = await planOne(store, {
    stopOn: 'READ',
    deliveries: [
      { channel: 'IN_APP', status: 'DELIVERED' },
      { channel: 'SMS', status: 'SCHEDULED', step: 1, inMs: 60_000 },
    ],
  })
  await store.stops.stopNotification({
    ...{ kind: 'read', tenantId: 'default', notificationId, userId: 'ann', source: 'api' },
  })
  await planOne(store, { tenantId: 'other' })
  const figures = await read()
  expect(figures).toMatchObject({
    ...{ isCut: false, accepted: { EMAIL: 2 } },
    reading: { notifications: 1, read: 1, medianSecondsToRead: expect.any(Number) },
    escalations: { notifications: 1, stepsCancelled: 1, stepsSent: 0 },
  })
  expect(figures.statuses.toSorted()).toEqual([
    ['EMAIL', 'FAILED', 1],
    ['EMAIL', 'SENT', 2],
    ['IN_APP', 'DELIVERED', 1],
    ['SMS', 'CANCELLED', 1],
  ])
  const [[hour = '', channel, count] = []] = figures.hours
  expect([channel, count, new Date(hour).toISOString() === hour, new Date(hour).getTime() % 3_600_000]).toEqual([
    ...['EMAIL', 2, true, 0],
  ])
})

it('says when there is more than it counts, and nothing of nobody', async () => {
  expect((await read(2)).isCut).toBe(true)
  expect(await read(undefined, 'nobody')).toMatchObject({
    ...{ isCut: false, hours: [], statuses: [], accepted: {} },
    reading: { notifications: 0, read: 0, medianSecondsToRead: null },
  })
})
