import type { OutboxRow } from '@carillon/contracts'
import { timerExpiredSchema } from '@carillon/contracts'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { createClockStore, createEventControlStore, createHeldClockStore, createTimerStore } from '../../src/index.ts'
import { openTestStore, type TestStore } from '../open-test-store.ts'

let store: TestStore
let held: ReturnType<typeof createHeldClockStore>
let timers: ReturnType<typeof createTimerStore>
const announced: OutboxRow[] = []
beforeAll(async () => {
  store = await openTestStore()
  const events = createEventControlStore({ pool: store.pool, stops: store.stops })
  held = createHeldClockStore({
    pool: store.pool,
    announce: (row) => void announced.push(row),
    events,
    reportUnreadable({ error }) {
      throw error
    },
  })
  timers = createTimerStore({ pool: store.pool })
})
afterAll(() => store.close())
beforeEach(async () => {
  announced.splice(0)
  await store.pool.query('TRUNCATE "HeldEvent", "Outbox"')
})

const set = (key: string, afterSeconds: number, data: Record<string, unknown> | null = null) =>
  timers.setTimer('default', { key, due: { afterSeconds }, onDue: 'emit', payload: data })
const expired = () =>
  announced.flatMap((row) => row.records.map((record) => timerExpiredSchema.parse(JSON.parse(record.value))))

it('goes off once, when it is due, with what it was given', async () => {
  const timer = await set('slot-7', 0, { slot: 7 })
  await set('later', 60)
  expect(await held.expireTimers(100)).toBe(1)
  expect(await held.expireTimers(100)).toBe(0)
  expect(expired()).toMatchObject([{ type: 'timer.expired', timerId: timer.id, key: 'slot-7', data: { slot: 7 } }])
  expect(expired()[0]?.dueAt).toBe(timer.dueAt.toISOString())
  expect(await timers.findTimer('default', 'slot-7')).toMatchObject({ state: 'EXPIRED', endedAt: expect.any(Date) })
  const [swept] = await createClockStore({ pool: store.pool, announce: () => undefined }).takeOutbox(0, 10)
  expect(swept).toEqual(announced[0])
})

it('that is set again waits anew, and only once', async () => {
  await set('slot-7', 0)
  const second = await set('slot-7', 60)
  expect(await held.expireTimers(100)).toBe(0)
  expect(await timers.findTimer('default', 'slot-7')).toMatchObject({ id: second.id, state: 'WAITING' })
  expect((await timers.listTimers('default', null, 10)).map((one) => one.state)).toEqual(['WAITING', 'CANCELLED'])
})

it('that notifies is published as an event of its own', async () => {
  const event = { type: 'X', message: 'm', recipientIds: ['ann'], notificationPriority: 'LOW' }
  const timer = await timers.setTimer('default', {
    key: 'k',
    due: { at: new Date(Date.now() - 1) },
    onDue: 'notify',
    payload: event,
  })
  expect(await held.expireTimers(100)).toBe(0)
  const [released] = await held.takeReleases(100)
  expect(JSON.parse(released?.value ?? '')).toEqual({ ...event, id: `${timer.id}.due` })
  expect(await timers.endTimer('default', 'k', 'cancelled')).toMatchObject({ isEndedNow: false, state: 'EXPIRED' })
})

it('is ended or goes off, never both, whoever comes first', async () => {
  const keys = Array.from({ length: 200 }, (_, index) => `k${index}`)
  await Promise.all(keys.map((key) => set(key, 0)))
  const [ends] = await Promise.all([
    Promise.all(
      keys.map((key, index) => timers.endTimer('default', key, index % 2 === 0 ? 'cancelled' : 'acknowledged')),
    ),
    ...Array.from({ length: 8 }, () => held.expireTimers(25)),
  ])
  await held.expireTimers(1_000)
  const wentOff = new Set(expired().map((one) => one.key))
  for (const [index, key] of keys.entries()) expect([key, wentOff.has(key)]).toEqual([key, !ends[index]?.isEndedNow])
  expect(expired()).toHaveLength(wentOff.size)
})

it('under one key that is set many times at once waits once', async () => {
  await Promise.all(Array.from({ length: 20 }, () => set('k', 60)))
  const states = (await timers.listTimers('default', null, 100)).map((one) => one.state)
  expect(states.toSorted()).toEqual([...Array.from({ length: 19 }, () => 'CANCELLED'), 'WAITING'])
})
