import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import { createTimerStore, listenForDue } from '../../src/index.ts'
import { openTestStore, type TestStore } from '../open-test-store.ts'

let store: TestStore
beforeAll(async () => {
  store = await openTestStore()
})
afterAll(() => store.close())

let listening: ReturnType<typeof listenForDue> | undefined
afterEach(() => listening?.close())

const setTimer = (key: string, afterSeconds: number) =>
  createTimerStore({ pool: store.pool }).setTimer('default', {
    key,
    due: { afterSeconds },
    onDue: 'emit',
    payload: null,
  })

async function listen() {
  const onDue = vi.fn()
  listening = listenForDue(store.pool, onDue)
  // Once when it begins, for whatever was written before.
  await vi.waitFor(() => expect(onDue).toHaveBeenCalledTimes(1))
  return onDue
}

async function endListener(): Promise<void> {
  await store.pool.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE query LIKE 'LISTEN%' AND datname = current_database()`,
  )
}

it('says of each kind how long until the next of it', async () => {
  expect(Object.values(await store.clock.readAgenda(5_000))).toEqual(Array(9).fill(null))
  await setTimer('slot', 60)
  await store.pool.query(`INSERT INTO "Outbox"(id, topic, records) VALUES (gen_random_uuid(), 'x', '[]')`)
  const { held, outbox } = await store.clock.readAgenda(5_000)
  expect(held).toBeGreaterThan(50_000)
  expect(outbox).toBeGreaterThan(3_000)
  expect(outbox).toBeLessThanOrEqual(5_000)
})

it('tells of a timer that goes off at once, and not of one that has time', async () => {
  const onDue = await listen()
  await setTimer('later', 30)
  await setTimer('now', 0.05)
  await vi.waitFor(() => expect(onDue).toHaveBeenCalledTimes(2))
  await setTimer('later still', 30)
  await store.pool.query('SELECT 1')
  expect(onDue).toHaveBeenCalledTimes(2)
})

it('listens again after its connection was lost, and looks at what it may have missed', async () => {
  const onDue = await listen()
  await endListener()
  await vi.waitFor(() => expect(onDue).toHaveBeenCalledTimes(2), 5_000)
  await setTimer('again', 0)
  await vi.waitFor(() => expect(onDue).toHaveBeenCalledTimes(3))
})
