import { dumpRedis, readRedisUrl } from '@carillon/testkit'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import {
  dumpTables,
  type ErasureStage,
  expectNothingOf,
  guestId,
  leaveTraces,
  openErasureStage,
  PERSONAL,
  readLogs,
  TITLE,
} from './person-to-erase.ts'

const REDIS_URL = readRedisUrl()

let opened: ErasureStage

beforeAll(async () => {
  opened = await openErasureStage({ REDIS_URL, NOTIFICATION_CACHE: 'true', API_RATE_LIMIT_KEY: '100000' })
})

afterAll(() => opened?.close(), 60_000)

it('after an erasure no key of Redis and no value has address, phone, token or text', async () => {
  const { stage } = opened
  const { api } = stage
  await leaveTraces(stage)
  const readInbox = () => api.call<{ notifications: object[] }>('GET', '/api/notifications?userId=ada')
  // Cached, and counted by caller and by number; the test sees what it looks for while it is there.
  await vi.waitFor(async () => {
    expect((await readInbox()).body.notifications).toHaveLength(1)
    expect(await dumpRedis(REDIS_URL)).toContain(TITLE)
  })
  const before = await dumpRedis(REDIS_URL)
  expect(before).toContain('send:SMS:verification:')
  expect(before).toContain('api:service:')
  // Even then an address is in none of them: they know people by ids and keyed hashes.
  for (const one of PERSONAL.slice(0, 4)) expect(before).not.toContain(one)

  for (const id of ['ada', guestId]) expect((await api.call('DELETE', `/api/users/${id}`)).status).toBe(200)
  expectNothingOf('Redis', await dumpRedis(REDIS_URL))
  expect((await readInbox()).body.notifications).toEqual([])
  expectNothingOf('Redis', await dumpRedis(REDIS_URL))
  expectNothingOf('a table', await dumpTables(stage))
  expectNothingOf('a log', await readLogs(stage))
}, 120_000)
