import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createEventControlStore } from '../../src/index.ts'
import { buildChunk } from '../build-chunk.ts'
import { start } from '../fanout/fanouts.ts'
import { openTestStore, type TestStore } from '../open-test-store.ts'

/** A person cancels what Kafka still holds: whoever reads it later finds its place taken. */

let store: TestStore
beforeAll(async () => {
  store = await openTestStore()
})
afterAll(() => store.close())

const control = () => createEventControlStore({ pool: store.pool, stops: store.stops })
const newId = () => `evt-${randomUUID()}`
const countNotifications = async (eventId: string) =>
  (await store.pool.query(`SELECT FROM "Notification" WHERE "eventId" = $1`, [eventId])).rowCount

it('an event that is cancelled while it is queued is never planned, however often it comes', async () => {
  const id = newId()
  const cancelled = await control().cancelEvent('default', id, new Date())
  expect(cancelled).toEqual({ state: 'CANCELLED', fanout: null, cancelled: 0, possibly_sent: 0, too_late: 0 })
  for (const fingerprint of ['f1', 'f1']) {
    const { conflicts } = await store.routing.savePlans(buildChunk({ id, fingerprint }))
    expect(conflicts).toEqual([])
  }
  expect(await countNotifications(id)).toBe(0)
})

it('nor does it reach an audience', async () => {
  const id = newId()
  await control().cancelEvent('default', id, new Date())
  const { waiting, conflicts } = await start(store, { audience: { everyone: true } }, id)
  expect([waiting, conflicts]).toEqual([[], []])
})

it('a cancel that comes just after the plan ends what waits', async () => {
  const id = newId()
  await store.routing.savePlans(buildChunk({ id, deliveries: [{ channel: 'EMAIL' }] }))
  expect(await control().cancelEvent('default', id, new Date())).toMatchObject({ state: 'CANCELLED', cancelled: 1 })
})

it('an id that nobody gave is still none', async () => {
  expect(await control().cancelEvent('default', newId())).toBeUndefined()
})
