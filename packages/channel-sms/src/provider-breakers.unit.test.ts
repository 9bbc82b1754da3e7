import { describe, expect, it } from 'vitest'
import { createProviderBreakers } from './provider-breakers.ts'

function setUp(names = ['first', 'second']) {
  const clock = { nowMs: 0 }
  const breakers = createProviderBreakers(names, { failuresMax: 2, openMs: 1_000, nowMs: () => clock.nowMs })
  return { clock, breakers }
}

describe('who is tried', () => {
  it('a provider is left out after troubles in a row, and others are not', () => {
    const { breakers } = setUp()
    for (const outcome of ['trouble', 'fine', 'trouble'] as const) breakers.report('first', outcome)
    expect(breakers.admit('first')).toBe(true)
    breakers.report('first', 'trouble')
    expect([breakers.admit('first'), breakers.admit('second')]).toEqual([false, true])
  })

  it('one message asks again after the pause, and its answer lets the others come back', () => {
    const { breakers, clock } = setUp()
    for (let index = 0; index < 2; index += 1) breakers.report('first', 'trouble')
    clock.nowMs = 1_000
    expect([breakers.admit('first'), breakers.admit('first')]).toEqual([true, false])
    breakers.report('first', 'fine')
    expect([breakers.admit('first'), breakers.admit('first')]).toEqual([true, true])
  })

  it('the pause doubles with each asking that failed, up to eight times', () => {
    const { breakers, clock } = setUp()
    breakers.report('first', 'trouble')
    for (const openMs of [1_000, 2_000, 4_000, 8_000, 8_000]) {
      breakers.report('first', 'trouble')
      clock.nowMs += openMs - 1
      expect(breakers.admit('first')).toBe(false)
      clock.nowMs += 1
      expect(breakers.admit('first')).toBe(true)
    }
  })

  it('a hundred messages that fail at once make it no longer', () => {
    const { breakers, clock } = setUp()
    for (let index = 0; index < 100; index += 1) breakers.report('first', 'trouble')
    clock.nowMs = 1_000
    expect(breakers.admit('first')).toBe(true)
  })

  it('a provider that names its time is left out until then', () => {
    const { breakers, clock } = setUp()
    breakers.pause('first', 500)
    expect(breakers.admit('first')).toBe(false)
    clock.nowMs = 500
    expect([breakers.admit('first'), breakers.admit('first')]).toEqual([true, true])
  })

  it('the wait is that of the first who may be tried again', () => {
    const { breakers } = setUp()
    breakers.pause('first', 500)
    breakers.pause('second', 300)
    expect(breakers.readWaitMs()).toBe(300)
  })

  it('a provider alone is always tried: there is nobody else', () => {
    const { breakers } = setUp(['first'])
    for (let index = 0; index < 10; index += 1) breakers.report('first', 'trouble')
    expect(breakers.admit('first')).toBe(true)
  })
})
