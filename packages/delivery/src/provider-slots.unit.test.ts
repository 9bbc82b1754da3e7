import { expect, it, vi } from 'vitest'
import { createProviderSlots } from './provider-slots.ts'
import type { RateLimiter } from './rate-limiter.ts'

const limit = { key: 'send:provider:twilio', count: 80, windowMs: 1_000 }

it('asks under the name of the provider alone, for every rate that it has, and whether the asker stands in line', async () => {
  const takeSlots = vi.fn<RateLimiter['takeSlots']>(async () => [{ granted: false, freeInMs: 7, limit }])
  const rates = [
    { count: 80, windowMs: 1_000 },
    { count: 9_000, windowMs: 60_000 },
  ]
  const take = createProviderSlots({ takeSlots }, { twilio: rates, vonage: [] })
  expect(await take('twilio', true)).toEqual({ granted: false, freeInMs: 7, limit })
  const limits = [limit, { key: limit.key, count: 9_000, windowMs: 60_000 }]
  expect(takeSlots.mock.calls).toEqual([[[{ limits, isQueued: true }]]])
})

it('lets those through that have no rate, and asks nobody', async () => {
  const takeSlots = vi.fn<RateLimiter['takeSlots']>()
  const take = createProviderSlots({ takeSlots }, { vonage: [] })
  for (const name of ['vonage', 'meta']) expect(await take(name, false)).toEqual({ granted: true })
  expect(takeSlots).not.toHaveBeenCalled()
})
