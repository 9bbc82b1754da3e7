import type { WakeUp } from '@carillon/routing'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Agenda } from './agenda.ts'
import { type Clock, type ObservedWork, startClock } from './clock.ts'
import type { ClockStore, Fired } from './clock-store.ts'

const NOTHING_DUE: Agenda = {
  ...{ deliveries: null, held: null, dispatches: null, outbox: null, schedules: null },
  ...{ receipts: null, fanouts: null, digests: null, erasures: null },
}
const NOTHING: Fired = { wakeUps: [], held: 0, ended: 0, taken: 0 }
const FULL: Fired = { ...NOTHING, wakeUps: [buildWakeUp()], taken: 1_000 }

let clock: Clock | undefined
let release = Promise.withResolvers<void>()

beforeEach(() => {
  release = Promise.withResolvers<void>()
})

afterEach(async () => {
  release.resolve()
  await clock?.close()
})

function buildWakeUp(): WakeUp {
  const ids = { deliveryId: 'd', notificationId: 'n', tenantId: 'default', recipientId: 'u', dispatchId: 'x' }
  return { ...ids, channel: 'EMAIL', lane: 'normal' }
}

interface Given {
  readonly store: Partial<ClockStore>
  readonly publish?: () => Promise<void>
  readonly observe?: (work: ObservedWork) => void
}

function start({ store, publish = async () => undefined, observe = () => undefined }: Given): Clock['workers'] {
  const started = startClock(
    {
      store: {
        fireDue: async () => NOTHING,
        resolveUnknown: async () => 0,
        pullLadders: async () => 0,
        readAgenda: async () => NOTHING_DUE,
        inspectDispatches: async () => [],
        findPending: async (wakeUps) => wakeUps,
        recordPublished: async () => undefined,
        takeOutbox: async () => [],
        deleteOutbox: async () => undefined,
        deleteStubs: async () => 0,
        ...store,
      },
      publisher: {
        async publishMany(records) {
          await publish()
          return records.map((_, offset) => ({ partition: 0, offset }))
        },
      },
      readOffsets: async () => [],
      publishOutbox: async () => undefined,
      decideRestMs: () => undefined,
      onFatal(error) {
        throw error
      },
      observe,
    },
    {
      resend: { maxResends: { EMAIL: 2, SMS: 1, WHATSAPP: 1, PUSH: 3, IN_APP: 0 }, resendAfterMs: 0 },
      watch: { firstLookMs: { urgent: 3_000, normal: 30_000 }, lookMsMax: 600_000, unknownAfterMs: 60_000 },
      outboxOlderThanMs: 5_000,
      stubsOlderThanMs: 60_000,
    },
  )
  clock = started
  return started.workers
}

const nextTurn = () => new Promise((resolve) => setTimeout(resolve, 0))

it('steps are fired on time while a ladder that is pulled waits for a lock', async () => {
  const fireDue = vi.fn(async () => NOTHING)
  const pullLadders = vi.fn(async () => {
    await release.promise
    return 0
  })
  const { deliveries } = start({ store: { fireDue, pullLadders } })
  await vi.waitFor(() => expect(pullLadders).toHaveBeenCalled())
  for (const before of [2, 3, 4]) {
    deliveries.wake()
    await vi.waitFor(() => expect(fireDue.mock.calls.length).toBeGreaterThan(before))
  }
  expect(pullLadders).toHaveBeenCalledTimes(1)
})

it('while more is due than one statement takes, the next are fired before the last are published', async () => {
  let looks = 0
  const publishing = vi.fn(() => release.promise)
  const { deliveries } = start({ store: { fireDue: async () => (++looks > 2 ? FULL : NOTHING) }, publish: publishing })
  // Every loop has looked in vain before, and rests.
  await vi.waitFor(() => expect(looks).toBe(2))
  await nextTurn()
  deliveries.wake()
  await vi.waitFor(() => expect(publishing).toHaveBeenCalledTimes(2))
  expect(looks).toBe(4)
  looks = -1_000
})

it('a rung that ended is looked at as soon as the clock hears that it is due', async () => {
  const pullLadders = vi.fn(async () => 0)
  const { deliveries } = start({ store: { pullLadders } })
  await vi.waitFor(() => expect(pullLadders).toHaveBeenCalled())
  const seen = pullLadders.mock.calls.length
  await new Promise((resolve) => setTimeout(resolve, 60))
  deliveries.wake()
  await vi.waitFor(() => expect(pullLadders.mock.calls.length).toBeGreaterThan(seen))
})

it('what is no step is looked at while steps come without end', async () => {
  const pullLadders = vi.fn(async () => 0)
  const { deliveries } = start({ store: { fireDue: async () => ({ ...NOTHING, taken: 1 }), pullLadders } })
  const steps = setInterval(deliveries.wake, 5)
  try {
    await vi.waitFor(() => expect(pullLadders.mock.calls.length).toBeGreaterThan(3), 2_000)
  } finally {
    clearInterval(steps)
  }
})

it('only what is still pending when the positions are known is published again', async () => {
  const [moved, lost] = ['moved', 'lost'].map((deliveryId) => ({ ...buildWakeUp(), deliveryId }))
  if (!moved || !lost) throw new Error('build two wake-ups')
  const parts = [{ partition: null, lastOffset: null, ids: ['moved', 'lost'] }]
  const open = { id: 'x', channel: 'EMAIL', lane: 'normal', parts, pending: [moved, lost] } as const
  const recordPublished = vi.fn<ClockStore['recordPublished']>(async () => undefined)
  const observe = vi.fn<(work: ObservedWork) => void>()
  let looks = 0
  start({
    store: {
      inspectDispatches: async () => (looks++ === 0 ? [open] : []),
      findPending: async (wakeUps) => wakeUps.filter(({ deliveryId }) => deliveryId === 'lost'),
      recordPublished,
    },
    observe,
  })
  await vi.waitFor(() => expect(observe).toHaveBeenCalledWith({ work: 'republished', count: 1 }))
  expect(recordPublished.mock.calls).toEqual([[[{ id: 'x', parts: [{ partition: 0, lastOffset: 0, ids: ['lost'] }] }]]])
})

it('closing waits for what is under way', async () => {
  const closed = vi.fn()
  const publishing = vi.fn(() => release.promise)
  let left = 1
  start({ store: { fireDue: async () => (left-- > 0 ? { ...FULL, taken: 1 } : NOTHING) }, publish: publishing })
  await vi.waitFor(() => expect(publishing).toHaveBeenCalled())
  const closing = clock?.close().then(closed)
  await Promise.resolve()
  expect(closed).not.toHaveBeenCalled()
  release.resolve()
  await closing
  expect(closed).toHaveBeenCalled()
})
