import { describe, expect, it } from 'vitest'
import { createProviderHealth } from './provider-health.ts'

const names = ['twilio', 'vonage']

function setUp() {
  const clock = { nowMs: 0 }
  const health = createProviderHealth({ nowMs: () => clock.nowMs, halfLifeMs: 60_000 })
  const report = (country: string, name: string, isGood: boolean, times = 1) => {
    for (let n = 0; n < times; n++) health.report(country, name, isGood)
  }
  return { clock, health, report }
}

describe('the order of providers in a country', () => {
  it('is the one that was configured while nobody does badly', () => {
    const { health, report } = setUp()
    expect(health.order('DE', names)).toEqual(names)
    report('DE', 'twilio', true, 10)
    report('DE', 'twilio', false, 2)
    expect(health.order('DE', names)).toEqual(names)
  })

  it('puts who mostly fails there behind the others, and in no other country', () => {
    const { health, report } = setUp()
    report('DE', 'twilio', false, 4)
    expect(health.order('DE', names)).toEqual(['vonage', 'twilio'])
    expect(health.order('AT', names)).toEqual(names)
  })

  it('keeps the configured order among those that do equally badly', () => {
    const { health, report } = setUp()
    for (const name of names) report('DE', name, false, 4)
    expect(health.order('DE', names)).toEqual(names)
  })

  it('drifts back by itself when the failures fade', () => {
    const { clock, health, report } = setUp()
    report('DE', 'twilio', false, 8)
    clock.nowMs = 60_000
    expect(health.order('DE', names)).toEqual(['vonage', 'twilio'])
    clock.nowMs = 120_000
    expect(health.order('DE', names)).toEqual(names)
    report('DE', 'twilio', false, 3)
    expect(health.order('DE', names)).toEqual(['vonage', 'twilio'])
  })

  it('comes back at once with good answers, as one that is tried last gives them too', () => {
    const { health, report } = setUp()
    report('DE', 'twilio', false, 4)
    report('DE', 'twilio', true, 5)
    expect(health.order('DE', names)).toEqual(names)
  })
})
