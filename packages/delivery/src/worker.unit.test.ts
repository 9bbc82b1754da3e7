import { describe, expect, it, vi } from 'vitest'
import type { Channel, OutgoingMessage, SendResult } from './channel.ts'
import type { ClaimedDelivery, DeliveryResult, DeliveryStore, LoadedDelivery, SetAside } from './delivery-store.ts'
import type { RateLimiter } from './rate-limiter.ts'
import { retryPolicyOf } from './retry-policies.ts'
import { createDeliveryWorker } from './worker.ts'
import type { WorkerPolicy, WorkerPorts } from './worker-ports.ts'

const ACCEPTED: SendResult = { outcome: 'accepted', provider: 'fake' }
const IN_TROUBLE: SendResult = {
  outcome: 'unavailable',
  provider: 'fake',
  reason: 'down',
  error: '',
  opensBreaker: true,
}

function row(id: string, change: Partial<LoadedDelivery> = {}): LoadedDelivery {
  return {
    id,
    notificationId: `n-${id}`,
    tenantId: 'default',
    recipientId: 'u1',
    channel: 'EMAIL',
    isPending: true,
    category: 'general',
    isMandatory: false,
    content: { title: 't', message: 'm' },
    contact: null,
    user: { email: 'ann@example.com', phone: null, preferences: {} },
    devices: [],
    tenantPreferences: null,
    categoryPreferences: null,
    mailIdentity: null,
    maxAttempts: 3,
    resends: 0,
    acceptedAt: new Date(0),
    expiresAt: new Date(8e12),
    traceparent: null,
    ...change,
  }
}

interface Setup {
  readonly rows: LoadedDelivery[]
  readonly send?: (message: OutgoingMessage) => Promise<SendResult>
  readonly claimed?: (id: string) => ClaimedDelivery['status']
  readonly beforeClaim?: (ids: readonly string[]) => Promise<void>
  readonly policy?: Partial<WorkerPolicy>
  readonly lookUps?: NonNullable<WorkerPorts['lookUps']>
  readonly limits?: NonNullable<WorkerPorts['limits']>
  readonly gate?: NonNullable<WorkerPorts['gate']>
}

function setUp({
  rows,
  send = async () => ACCEPTED,
  claimed = () => 'SENDING',
  beforeClaim,
  policy,
  lookUps,
  limits,
  gate,
}: Setup) {
  const sent: string[] = []
  const results: DeliveryResult[] = []
  const setAside: SetAside[] = []
  const suppressed = new Set<string>()
  const taken = new Set<string>()
  const load = vi.fn(async (ids: readonly string[]) => rows.filter((one) => ids.includes(one.id)))
  const store: DeliveryStore = {
    loadDeliveries: load,
    findSuppressed: async (asked) => asked.filter((address) => suppressed.has(address.addressHash)),
    // As the statement does: a row that is SENDING already is left out, and one that stands twice comes back once.
    async claimDeliveries(claims) {
      await beforeClaim?.(claims.map(({ id }) => id))
      return claims.flatMap(({ id }) => {
        if (taken.has(id)) return []
        taken.add(id)
        return [{ id, status: claimed(id), fence: 1, attemptCount: 1 }]
      })
    },
    setAside: async (more) => void setAside.push(...more),
    recordResults: async (more) => {
      results.push(...more)
      return more.map(({ id, status }) => ({ id, status }))
    },
  }
  const channel: Channel = {
    channel: 'EMAIL',
    send(message) {
      sent.push(message.deliveryId)
      return send(message)
    },
  }
  const fatal = vi.fn()
  const stopped = vi.fn()
  const worker = createDeliveryWorker(
    {
      channel,
      store,
      hashAddress: (_tenant, address) => `#${address}`,
      persist: (statement) => statement(),
      observe: () => undefined,
      onChannelStopped: stopped,
      onFatal: fatal,
      random: () => 0.5,
      ...(lookUps && { lookUps }),
      ...(limits && { limits }),
      ...(gate && { gate }),
    },
    {
      slots: 4,
      urgentSlots: 1,
      timeoutMs: 1_000,
      retry: retryPolicyOf('EMAIL', 5_000),
      breakerFailuresMax: 3,
      breakerOpenMs: 60_000,
      holdMs: 60_000,
      ...policy,
    },
  )
  const deliver = (ids: string[], lane: 'urgent' | 'normal' = 'normal') =>
    worker.deliver(
      ids.map((deliveryId) => ({ deliveryId, tenantId: 'default', notificationId: 'n' })),
      lane,
    )
  return { worker, deliver, sent, results, setAside, suppressed, load, fatal, stopped }
}

const ids = (count: number, prefix = 'd') => Array.from({ length: count }, (_, index) => `${prefix}${index}`)

describe('the delivery worker', () => {
  it('hands every pending delivery over once and answers when the rows say so', async () => {
    const all = ids(250)
    const { deliver, sent, results, fatal } = setUp({ rows: all.map((id) => row(id)) })
    await deliver(all)
    expect(sent.toSorted()).toEqual(all.toSorted())
    expect(results.filter((result) => result.status === 'SENT')).toHaveLength(250)
    expect(fatal).not.toHaveBeenCalled()
  })

  it('sends nothing for a row that is not pending, is gone, or was claimed by another', async () => {
    const { deliver, sent } = setUp({
      rows: [row('moved', { isPending: false }), row('stopped')],
      claimed: () => 'CANCELLED',
    })
    await deliver(['moved', 'stopped', 'gone'])
    expect(sent).toEqual([])
  })

  it('asks the provider about rows that are unknown before it lets go of their wake-ups', async () => {
    const asked = Promise.withResolvers<void>()
    const loadUnknown = vi.fn(async () => {
      await asked.promise
      return []
    })
    const lookUps = {
      store: { loadUnknown, findTaken: async () => new Set<string>(), giveUpAsking: async () => undefined },
      observe: () => undefined,
    }
    const { deliver, sent } = setUp({ rows: [row('pending'), row('unknown', { isPending: false })], lookUps })
    const done = vi.fn()
    const delivering = deliver(['pending', 'unknown']).then(done)
    await vi.waitFor(() => expect(loadUnknown).toHaveBeenCalledWith(['unknown']))
    await vi.waitFor(() => expect(sent).toEqual(['pending']))
    expect(done).not.toHaveBeenCalled()
    asked.resolve()
    await delivering
  })

  it('claims a delivery once that stands twice in a batch', async () => {
    const { deliver, sent } = setUp({ rows: [row('a')] })
    await deliver(['a', 'a'])
    expect(sent).toEqual(['a'])
  })

  it('hands over once what stands twice in a claim, woken in two batches while another claim was under way', async () => {
    const release = Promise.withResolvers<void>()
    const { deliver, sent, load } = setUp({
      rows: ['first', 'a'].map((id) => row(id)),
      beforeClaim: async (claimedIds) => (claimedIds.includes('first') ? release.promise : undefined),
    })
    const done = [deliver(['first'])]
    for (const times of [2, 3]) {
      await vi.waitFor(() => expect(load).toHaveBeenCalledTimes(times - 1))
      done.push(deliver(['a']))
      await vi.waitFor(() => expect(load).toHaveBeenCalledTimes(times))
    }
    release.resolve()
    await Promise.all(done)
    expect(sent).toEqual(['first', 'a'])
  })

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

  it('never hands over more at a time than it has slots for the lane', async () => {
    let inFlight = 0
    let most = 0
    const all = ids(40)
    const { deliver } = setUp({
      rows: all.map((id) => row(id)),
      async send() {
        most = Math.max(most, ++inFlight)
        await new Promise((resolve) => setTimeout(resolve, 2))
        inFlight -= 1
        return ACCEPTED
      },
    })
    await deliver(all)
    // One of the four is the urgent lane's; a fourth may be claimed ahead but not handed over.
    expect(most).toBe(3)
  })

  it('lets an urgent delivery pass a queue of normal ones that hang', async () => {
    const release = Promise.withResolvers<void>()
    const blast = ids(100, 'blast')
    const { deliver, worker } = setUp({
      rows: [...blast, 'code'].map((id) => row(id)),
      policy: { slots: 4, urgentSlots: 2 },
      async send({ deliveryId }) {
        if (deliveryId !== 'code') await release.promise
        return ACCEPTED
      },
    })
    const normal = deliver(blast)
    await vi.waitFor(() => expect(worker.readLoad().claimed).toBe(3))
    await deliver(['code'], 'urgent')
    release.resolve()
    await normal
    expect(worker.readLoad()).toMatchObject({ waiting: 0, claimed: 0 })
  })

  it('reads a row again that waited too long for its slot', async () => {
    const release = Promise.withResolvers<void>()
    const all = ids(6)
    let isFirst = true
    const { deliver, load } = setUp({
      rows: all.map((id) => row(id)),
      policy: { slots: 1, urgentSlots: 0 },
      async send() {
        if (isFirst) await release.promise
        isFirst = false
        return ACCEPTED
      },
    })
    const done = deliver(all)
    setTimeout(() => release.resolve(), 1_200)
    await done
    expect(load.mock.calls.filter(([asked]) => asked.includes('d5')).length).toBeGreaterThan(1)
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

  it('takes a channel that throws or stays silent for unknown, never for not sent', async () => {
    const { deliver, results } = setUp({
      rows: [row('throws'), row('silent')],
      policy: { timeoutMs: 300 },
      send: ({ deliveryId }) => (deliveryId === 'throws' ? Promise.reject(new Error('bug')) : new Promise(() => {})),
    })
    await deliver(['throws', 'silent'])
    expect(results.map(({ id, status, reason }) => [id, status, reason]).toSorted()).toEqual([
      ['silent', 'UNKNOWN', 'timeout'],
      ['throws', 'UNKNOWN', 'channel_threw'],
    ])
  })

  it('rests the whole channel when the provider refuses our credentials, and leaves the rows', async () => {
    const all = ids(50)
    const { deliver, sent, stopped, worker, results } = setUp({
      rows: all.map((id) => row(id)),
      send: async () => ({ ...IN_TROUBLE, reason: 'smtp_credentials', stopsChannel: true }),
    })
    const abandoned = expect(deliver(all)).rejects.toThrow('closing')
    await vi.waitFor(() => expect(stopped).toHaveBeenCalled())
    await vi.waitFor(() => expect(worker.readLoad().claimed).toBe(0))
    expect(sent.length).toBeLessThanOrEqual(5)
    expect(results.every((result) => result.outcome === 'not_handed_over' && result.attemptCount === 0)).toBe(true)
    await worker.close()
    await abandoned
  })

  it('sends nothing more once it is paused, and everything after it is resumed', async () => {
    const release = Promise.withResolvers<void>()
    const all = ids(40)
    const { deliver, worker, sent, results } = setUp({
      rows: all.map((id) => row(id)),
      async send() {
        await release.promise
        return ACCEPTED
      },
    })
    const done = deliver(all)
    await vi.waitFor(() => expect(sent.length).toBeGreaterThan(2))
    worker.pause()
    release.resolve()
    await vi.waitFor(() => expect(worker.readLoad().claimed).toBe(0))
    const sentBefore = sent.length
    expect(sentBefore).toBeLessThan(10)
    const more = deliver(['d0'])
    expect(sent).toHaveLength(sentBefore)
    worker.resume()
    await done
    await more
    expect(results).toHaveLength(40)
  })

  it('closing waits for what is in the air, gives back what was not handed over, and abandons the rest', async () => {
    const release = Promise.withResolvers<void>()
    const all = ids(20)
    const { deliver, worker, results, sent } = setUp({
      rows: all.map((id) => row(id)),
      async send() {
        await release.promise
        return ACCEPTED
      },
    })
    const abandoned = expect(deliver(all)).rejects.toThrow('closing')
    await vi.waitFor(() => expect(sent.length).toBeGreaterThan(2))
    const closed = worker.close()
    release.resolve()
    await closed
    await abandoned
    expect(results.filter((result) => result.status === 'SENT')).toHaveLength(sent.length)
    expect(results.filter((result) => result.reason === 'worker_closing').every((one) => one.attemptCount === 0)).toBe(
      true,
    )
  })
})
