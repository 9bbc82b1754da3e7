import type { OutboxRow } from '@carillon/contracts'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { createEventControlStore, createHeldClockStore, createScheduleStore } from '../../src/index.ts'
import { openTestStore, type TestStore } from '../open-test-store.ts'

let store: TestStore
let clock: ReturnType<typeof createHeldClockStore>
let schedules: ReturnType<typeof createScheduleStore>
const announced: OutboxRow[] = []
beforeAll(async () => {
  store = await openTestStore()
  const events = createEventControlStore({ pool: store.pool, stops: store.stops })
  clock = createHeldClockStore({
    pool: store.pool,
    announce: (row) => void announced.push(row),
    events,
    reportUnreadable({ error }) {
      throw error
    },
  })
  schedules = createScheduleStore({ pool: store.pool })
})
afterAll(() => store.close())
beforeEach(async () => {
  announced.splice(0)
  await store.pool.query('TRUNCATE "Schedule", "Outbox"')
})

const event = { type: 'X', message: 'm', recipientIds: ['ann'], notificationPriority: 'HIGH' }
const save = (id: string, more: Partial<Parameters<typeof schedules.saveSchedule>[1]> = {}) =>
  schedules.saveSchedule('default', {
    id,
    cron: '0 * * * *',
    timeZone: 'UTC',
    event,
    onMissed: 'run_last',
    isPaused: false,
    nextRunAt: new Date(Date.now() - 1_000),
    ...more,
  })

it('brings its event once a run, by the outbox, and waits for the next', async () => {
  await save('hourly')
  await save('paused', { isPaused: true })
  expect(await clock.fireSchedules(10)).toBe(1)
  expect(await clock.fireSchedules(10)).toBe(0)
  const after = await schedules.findSchedule('default', 'hourly')
  expect(announced).toHaveLength(1)
  expect(announced[0]?.topic).toBe('notification.events.urgent')
  const [record] = announced[0]?.records ?? []
  expect(JSON.parse(record?.value ?? '')).toEqual({ ...event, id: after?.lastEventId })
  expect(record?.headers['tenant-id']).toBe('default')
  expect(after?.nextRunAt?.getTime()).toBeGreaterThan(Date.now())
  const [swept] = await store.clock.takeOutbox(0, 10)
  expect(swept).toEqual(announced[0])
})

it('names a run by its time, so that one that comes twice is one event', async () => {
  const nextRunAt = new Date(Date.now() - 1_000)
  const ids = []
  for (let round = 0; round < 2; round++) {
    await save('hourly', { nextRunAt })
    await clock.fireSchedules(10)
    ids.push((await schedules.findSchedule('default', 'hourly'))?.lastEventId)
  }
  expect(ids[0]).toBe(ids[1])
})

it('after an outage makes up for the last run and tells how many were missed, or for none', async () => {
  const nextRunAt = new Date(Math.floor(Date.now() / 3_600_000) * 3_600_000 - 5 * 3_600_000)
  await save('made-up', { nextRunAt })
  await save('skipped', { nextRunAt: new Date(Date.now() - 600_000), cron: '0 0 1 1 *', onMissed: 'skip' })
  expect(await clock.fireSchedules(10)).toBe(2)
  const madeUp = await schedules.findSchedule('default', 'made-up')
  expect(madeUp).toMatchObject({ missedRuns: 5, lastMissedAt: expect.any(Date) })
  expect(await schedules.findSchedule('default', 'skipped')).toMatchObject({ missedRuns: 1, lastEventId: null })
  expect(announced.flatMap((row) => row.records)).toHaveLength(1)
})

it('is fired by one of several clocks', async () => {
  for (let index = 0; index < 40; index++) await save(`s${index}`)
  const fired = await Promise.all(Array.from({ length: 6 }, () => clock.fireSchedules(10)))
  await clock.fireSchedules(100)
  expect(fired.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(40)
  const ids = announced.flatMap((row) => row.records.map((record) => JSON.parse(record.value).id))
  expect([ids.length, new Set(ids).size]).toEqual([40, 40])
})
