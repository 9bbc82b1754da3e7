import { expect, it } from 'vitest'
import { createBreaker } from './breaker.ts'

function setUp() {
  const clock = { nowMs: 0 }
  return { clock, breaker: createBreaker({ failuresMax: 2, openMs: 1_000, nowMs: () => clock.nowMs }) }
}

it('opens after troubles in a row, not after troubles with an answer between', () => {
  const { breaker } = setUp()
  for (const outcome of ['trouble', 'fine', 'trouble'] as const) breaker.report(outcome)
  expect(breaker.readState()).toBe('closed')
  breaker.report('trouble')
  expect(breaker.readState()).toBe('open')
  expect(breaker.admit(5).admitted).toBe(0)
})

it('lets one real row through when the time is over, and closes on its answer', () => {
  const { breaker, clock } = setUp()
  breaker.report('trouble')
  breaker.report('trouble')
  clock.nowMs = 1_000
  expect(breaker.admit(5).admitted).toBe(1)
  expect(breaker.admit(5).admitted).toBe(0)
  breaker.report('fine')
  expect(breaker.admit(5).admitted).toBe(5)
})

it('stays open twice as long when the probe fails too', () => {
  const { breaker, clock } = setUp()
  breaker.report('trouble')
  breaker.report('trouble')
  clock.nowMs = 1_000
  breaker.admit(1)
  breaker.report('trouble')
  clock.nowMs = 2_500
  expect(breaker.readState()).toBe('open')
  clock.nowMs = 3_000
  expect(breaker.readState()).toBe('half_open')
})

it('does not lose its probe to a row that was stopped before its hand-over', () => {
  const { breaker, clock } = setUp()
  breaker.report('trouble')
  breaker.report('trouble')
  clock.nowMs = 1_000
  breaker.admit(1)
  breaker.report('none')
  expect(breaker.admit(1).admitted).toBe(1)
})

it('opens for its first time only, however many were in flight', () => {
  const { breaker, clock } = setUp()
  for (let failed = 0; failed < 20; failed++) breaker.report('trouble')
  clock.nowMs = 1_000
  expect(breaker.readState()).toBe('half_open')
})
