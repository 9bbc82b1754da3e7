import { describe, expect, it, vi } from 'vitest'
import { decideLimits, type LimitPolicy, takeDeliverySlots } from './delivery-limits.ts'
import type { LoadedDelivery } from './delivery-store.ts'
import type { RateLimiter } from './rate-limiter.ts'

function prepared(category: string, tenantId = 'acme') {
  const loaded: LoadedDelivery = {
    id: 'd',
    notificationId: 'n',
    tenantId,
    recipientId: 'u',
    channel: 'SMS',
    isPending: true,
    category,
    isMandatory: false,
    content: { title: 't', message: 'm' },
    contact: null,
    user: null,
    devices: [],
    tenantPreferences: null,
    categoryPreferences: null,
    maxAttempts: 3,
    resends: 0,
    acceptedAt: new Date(0),
    expiresAt: new Date(0),
    traceparent: null,
    mailIdentity: null,
  }
  return { loaded, address: '+49', addressHash: '#', isRedirected: false }
}

const policy: LimitPolicy = {
  channel: 'SMS',
  all: [{ count: 100, windowMs: 1_000 }],
  tenant: [{ count: 10, windowMs: 60_000 }],
  addressByCategory: {
    verification: [
      { count: 3, windowMs: 600_000 },
      { count: 10, windowMs: 86_400_000 },
    ],
  },
}
const nothing: LimitPolicy = { channel: 'SMS', all: [], tenant: [], addressByCategory: policy.addressByCategory }

describe('the limits of a delivery', () => {
  it('are those of the channel, of its tenant, and of its number in a category that is abused', () => {
    expect(decideLimits(prepared('verification'), policy)).toEqual([
      { key: 'send:SMS', count: 100, windowMs: 1_000 },
      { key: 'send:SMS:tenant:acme', count: 10, windowMs: 60_000 },
      { key: 'send:SMS:verification:#', count: 3, windowMs: 600_000 },
      { key: 'send:SMS:verification:#', count: 10, windowMs: 86_400_000 },
    ])
  })

  it('are those of where its address belongs, all tenants together', () => {
    const rates = [{ count: 5, windowMs: 3_600_000 }]
    const findPlace = (address: string) => (address.startsWith('+49') ? { name: 'DE', rates } : undefined)
    const limits = decideLimits(prepared('orders'), { ...nothing, findPlace })
    expect(limits).toEqual([{ key: 'send:SMS:place:DE', count: 5, windowMs: 3_600_000 }])
    expect(decideLimits({ ...prepared('orders'), address: '+43' }, { ...nothing, findPlace })).toEqual([])
  })

  it('are none of a category that has none, also of one with a strange name', () => {
    expect(decideLimits(prepared('orders'), nothing)).toEqual([])
    expect(decideLimits(prepared('constructor'), nothing)).toEqual([])
  })

  it('are asked for only where there are any, and answered in the order of the deliveries', async () => {
    const [limit] = decideLimits(prepared('verification'), nothing)
    if (!limit) throw new Error('no limit')
    const takeSlots = vi.fn<RateLimiter['takeSlots']>(async () => [{ granted: false, freeInMs: 5, limit }])
    const limits = { limiter: { takeSlots }, policy: nothing }
    const answers = await takeDeliverySlots([prepared('orders'), prepared('verification'), prepared('orders')], limits)
    expect(answers).toEqual([{ granted: true }, { granted: false, freeInMs: 5, limit }, { granted: true }])
    expect(await takeDeliverySlots([prepared('orders')], limits)).toEqual([{ granted: true }])
    expect(takeSlots).toHaveBeenCalledTimes(1)
  })
})
