import { describe, expect, it, vi } from 'vitest'
import type { RateLimiter } from './rate-limiter.ts'
import { ACCEPTED, IN_TROUBLE, ids, row, setUp } from './worker-set-up.ts'

describe('what a delivery worker sets aside', () => {
  it('sets aside who has no address, opted out, or is suppressed, and says why', async () => {
    const off = { email: 'x@example.com', phone: null, preferences: { email: false } }
    const { deliver, sent, setAside, suppressed } = setUp({
      rows: [row('none', { user: null }), row('off', { user: off }), row('dead')],
    })
    suppressed.add('#ann@example.com')
    await deliver(['none', 'off', 'dead'])
    expect(sent).toEqual([])
    expect(setAside.map((one) => [one.id, one.reason])).toEqual([
      ['none', 'no_address'],
      ['off', 'preference_off'],
      ['dead', 'address_suppressed'],
    ])
  })

  it('defers rows without a try once the provider is in trouble', async () => {
    const all = ids(60)
    const { deliver, sent, setAside } = setUp({ rows: all.map((id) => row(id)), send: async () => IN_TROUBLE })
    await deliver(all)
    expect(sent.length).toBeLessThan(10)
    expect(setAside.length + sent.length).toBe(60)
    expect(setAside[0]).toMatchObject({ status: 'SCHEDULED', reason: 'breaker_open' })
  })

  it('defers without a try what a limit holds back, until the limiter has room', async () => {
    const takeSlots: RateLimiter['takeSlots'] = async (requests) =>
      requests.map(({ limits: [limit] }, index) =>
        index === 0 || !limit ? { granted: true } : { granted: false, freeInMs: 60_000 * index, limit },
      )
    const policy = { channel: 'EMAIL', all: [{ count: 1, windowMs: 60_000 }], tenant: [], addressByCategory: {} }
    const { deliver, sent, setAside, results } = setUp({
      rows: ids(3).map((id) => row(id)),
      limits: { limiter: { takeSlots }, policy },
    })
    await deliver(ids(3))
    expect(sent).toEqual(['d0'])
    expect(results).toHaveLength(1)
    expect(setAside).toEqual([
      { id: 'd1', status: 'SCHEDULED', reason: 'rate_limited', dueInMs: 60_000 },
      { id: 'd2', status: 'SCHEDULED', reason: 'rate_limited', dueInMs: 120_000 },
    ])
  })

  it('keeps what a limit holds back for less than a second, and sends it then', async () => {
    let asked = 0
    const takeSlots: RateLimiter['takeSlots'] = async (requests) => {
      asked += 1
      return requests.map(({ limits: [limit] }) =>
        asked > 1 || !limit ? { granted: true } : { granted: false, freeInMs: 40, limit },
      )
    }
    const policy = { channel: 'EMAIL', all: [{ count: 1, windowMs: 50 }], tenant: [], addressByCategory: {} }
    const { deliver, sent, setAside } = setUp({ rows: [row('a')], limits: { limiter: { takeSlots }, policy } })
    await deliver(['a'])
    expect(sent).toEqual(['a'])
    expect(setAside).toEqual([])
    expect(asked).toBe(2)
  })

  it('frees the probe of a breaker that a limit holds back', async () => {
    const takeSlots: RateLimiter['takeSlots'] = async (requests) =>
      requests.map(({ limits: [limit] }) => (limit ? { granted: false, freeInMs: 60_000, limit } : { granted: true }))
    const addressByCategory = { limited: [{ count: 1, windowMs: 60_000 }] }
    const { deliver, worker, sent } = setUp({
      rows: [row('trouble'), row('limited', { category: 'limited' }), row('fine')],
      send: async ({ deliveryId }) => (deliveryId === 'trouble' ? IN_TROUBLE : ACCEPTED),
      policy: { breakerFailuresMax: 1, breakerOpenMs: 20 },
      limits: { limiter: { takeSlots }, policy: { channel: 'EMAIL', all: [], tenant: [], addressByCategory } },
    })
    await deliver(['trouble'])
    await vi.waitFor(() => expect(worker.readLoad().breaker).toBe('half_open'))
    await deliver(['limited'])
    await deliver(['fine'])
    expect(sent).toEqual(['trouble', 'fine'])
    expect(worker.readLoad().breaker).toBe('closed')
  })

  it('outside production writes to a stand-in and says so, and to nobody whom no list names', async () => {
    const addresses: string[] = []
    const { deliver, results } = setUp({
      rows: [row('a'), row('b', { recipientId: 'tester' })],
      send: async ({ address }) => {
        addresses.push(address)
        return ACCEPTED
      },
      gate: { allowed: ['tester'], redirect: ['dev@example.org'] },
    })
    await deliver(['a', 'b'])
    expect(addresses.toSorted()).toEqual(['ann@example.com', 'dev@example.org'])
    const said = Object.fromEntries(results.map(({ id, reason, status }) => [id, `${status} ${reason}`]))
    expect(said).toEqual({ a: 'SENT redirected', b: 'SENT null' })
    const other = setUp({ rows: [row('c')], gate: { allowed: ['@example.org'], redirect: [] } })
    await other.deliver(['c'])
    expect(other.sent).toEqual([])
    expect(other.setAside).toEqual([{ id: 'c', status: 'SUPPRESSED', reason: 'not_on_allow_list' }])
  })
})
