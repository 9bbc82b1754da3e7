import type { RateLimiter, SlotRequest } from '@carillon/delivery'
import { expect, it } from 'vitest'
import { mintJwt, startApi } from '../test/api-under-test.ts'
import { createPaceLimit } from './rate-limit.ts'

/** Grants so many of each key, and remembers what was asked together. */
function createCountingLimiter(grants: number) {
  const asked: (readonly SlotRequest[])[] = []
  const taken = new Map<string, number>()
  const limiter: RateLimiter = {
    async takeSlots(requests) {
      asked.push(requests)
      return requests.map(({ limits: [limit] }) => {
        if (limit === undefined) return { granted: true }
        const count = (taken.get(limit.key) ?? 0) + 1
        taken.set(limit.key, count)
        return count <= grants ? { granted: true, left: grants - count } : { granted: false, freeInMs: 1_200, limit }
      })
    },
  }
  return { limiter, asked }
}

it('refuses a person who asks too often, says when to go on, and refuses nobody else', async () => {
  const api = startApi(undefined, createCountingLimiter(2).limiter)
  const get = async (sub: string) => api.call('GET', '/api/preferences', { credential: await mintJwt({ sub }) })
  expect([(await get('u1')).status, (await get('u1')).status]).toEqual([200, 200])
  const refused = await get('u1')
  expect([refused.status, refused.json.code, refused.headers.get('retry-after')]).toEqual([429, 'rate_limited', '2'])
  expect(refused.headers.get('ratelimit')).toBe('"user";r=0;t=2')
  expect((await get('u2')).status).toBe(200)
  expect((await api.call('GET', '/api/preferences?userId=u1')).status).toBe(200)
})

it('says with every answer what a caller may count on', async () => {
  const api = startApi(undefined, createCountingLimiter(9).limiter)
  const answer = await api.call('GET', '/api/preferences', { credential: await mintJwt() })
  expect(answer.headers.get('ratelimit-policy')).toBe('"user";q=600;w=60')
  expect(answer.headers.get('ratelimit')).toBe('"user";r=8')
  expect((await api.call('GET', '/healthz')).headers.get('ratelimit-policy')).toBeNull()
})

it('limits a key where the installation says so', async () => {
  const { limiter } = createCountingLimiter(1)
  const limitPace = createPaceLimit(limiter, { ofKey: 1, ofUser: 0 })
  const scopes = new Set<string>()
  const key = { kind: 'service', keyId: 'k1', tenantId: 't1', scopes } as const
  expect((await limitPace(key)).refusal).toBeUndefined()
  expect((await limitPace(key)).refusal?.status).toBe(429)
  expect((await limitPace({ ...key, keyId: 'k2' })).refusal).toBeUndefined()
  const person = { kind: 'person', userId: 'u1', tenantId: 't1', scopes } as const
  expect(await limitPace(person)).toEqual({ headers: {} })
})

it('asks once for all who come together', async () => {
  const { limiter, asked } = createCountingLimiter(1_000)
  const limitPace = createPaceLimit(limiter, { ofKey: 10, ofUser: 10 })
  const person = { kind: 'person', userId: 'u1', tenantId: 't1', scopes: new Set<string>() } as const
  await Promise.all(Array.from({ length: 100 }, () => limitPace(person)))
  expect(asked.length).toBeLessThanOrEqual(2)
})

it('lets everybody in while nobody can tell', async () => {
  const limiter: RateLimiter = { takeSlots: () => Promise.reject(new Error('away')) }
  const api = startApi(undefined, limiter)
  expect((await api.call('GET', '/api/preferences', { credential: await mintJwt() })).status).toBe(200)
})
