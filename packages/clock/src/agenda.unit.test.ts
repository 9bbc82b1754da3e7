import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { type Agenda, type DueKind, startAgenda } from './agenda.ts'
import type { Loop } from './loop.ts'

const NOTHING: Agenda = {
  ...{ deliveries: null, held: null, dispatches: null, outbox: null, schedules: null },
  ...{ receipts: null, fanouts: null, digests: null, erasures: null },
}

let agenda: Loop | undefined
let due: Partial<Agenda>
let looks: number
let woken: [DueKind, number][]

beforeEach(() => {
  vi.useFakeTimers()
  due = {}
  looks = 0
  woken = []
})

afterEach(async () => {
  await agenda?.close()
  vi.useRealTimers()
})

function start(): void {
  const startedMs = performance.now()
  const worker = (kind: DueKind) => ({ wake: () => void woken.push([kind, performance.now() - startedMs]) })
  agenda = startAgenda({
    async readAgenda() {
      looks += 1
      return { ...NOTHING, ...due }
    },
    workers: { deliveries: worker('deliveries'), held: worker('held'), outbox: worker('outbox') },
    decideRestMs: () => undefined,
    onFatal(error) {
      throw error
    },
  })
}

const timesOf = (kind: DueKind) => woken.flatMap(([one, atMs]) => (one === kind ? [atMs] : []))

it('with nothing to do it looks four times a second, and wakes nobody', async () => {
  start()
  await vi.advanceTimersByTimeAsync(10_000)
  expect(looks).toBe(41)
  expect(woken).toEqual([])
})

it('a step that comes soon is woken at its time, without one more look', async () => {
  due = { deliveries: 77.4 }
  start()
  await vi.advanceTimersByTimeAsync(77)
  expect(woken).toEqual([])
  due = {}
  await vi.advanceTimersByTimeAsync(1)
  expect(woken).toEqual([['deliveries', 78]])
  expect(looks).toBe(1)
})

it('what is due and stays so is woken again and again, a step often and the others now and then', async () => {
  due = { deliveries: -1, outbox: -1 }
  start()
  await vi.advanceTimersByTimeAsync(1_000)
  expect(timesOf('deliveries').length).toBeGreaterThan(90)
  expect(timesOf('outbox')).toEqual([0, 250, 500, 750, 1_000])
})

it('a timer that it is told of ends its rest', async () => {
  start()
  await vi.advanceTimersByTimeAsync(5)
  due = { held: 20 }
  agenda?.wake()
  await vi.advanceTimersByTimeAsync(30)
  expect(timesOf('held')).toEqual([25])
})

it('one that it is not told of is late by no more than a rest', async () => {
  start()
  await vi.advanceTimersByTimeAsync(1)
  due = { held: -1 }
  await vi.advanceTimersByTimeAsync(250)
  expect(timesOf('held')[0]).toBe(250)
})
