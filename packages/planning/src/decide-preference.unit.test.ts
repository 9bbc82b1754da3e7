import type { Preferences } from '@carillon/contracts'
import { describe, expect, test } from 'vitest'
import { decidePreference, isChannelWanted, type PreferenceInput } from './decide-preference.ts'

function ask(changes: Partial<PreferenceInput>) {
  return decidePreference({
    channel: 'EMAIL',
    category: 'orders',
    person: null,
    categoryDefaults: null,
    tenantDefaults: null,
    ...changes,
  })
}

type Words = { readonly person?: Preferences; readonly tenantDefaults?: Preferences }

/** From the most to the least specific: each word is heard only while all above it are silent. */
const LEVELS: readonly [string, (on: boolean) => Words][] = [
  ['person, for this category and channel', (on) => ({ person: { categories: { orders: { email: on } } } })],
  ['person, for this category', (on) => ({ person: { categories: { orders: { enabled: on } } } })],
  ['person, for this channel', (on) => ({ person: { email: on } })],
  ['tenant, for this category and channel', (on) => ({ tenantDefaults: { categories: { orders: { email: on } } } })],
  ['tenant, for this category', (on) => ({ tenantDefaults: { categories: { orders: { enabled: on } } } })],
  ['tenant, for this channel', (on) => ({ tenantDefaults: { email: on } })],
]

/** Preferences of one level laid over those of another. */
function both(one: Words, other: Words) {
  const merge = (a: Preferences = {}, b: Preferences = {}): Preferences => ({
    ...a,
    ...b,
    categories: { orders: { ...a.categories?.orders, ...b.categories?.orders } },
  })
  return {
    person: merge(one.person, other.person),
    tenantDefaults: merge(one.tenantDefaults, other.tenantDefaults),
  }
}

describe('the most specific word wins', () => {
  for (const [index, [name, set]] of LEVELS.entries()) {
    test(`${name}: switches the channel off and on`, () => {
      expect(ask(set(false))).toEqual({ isOn: false, decidedBy: name })
      expect(ask(set(true))).toEqual({ isOn: true, decidedBy: name })
    })
    for (const [otherName, setOther] of LEVELS.slice(index + 1))
      test(`${name} comes before ${otherName}`, () => {
        for (const on of [true, false]) expect(ask(both(setOther(!on), set(on)))).toEqual({ isOn: on, decidedBy: name })
      })
  }

  test('what is set with the category itself counts as the tenant’s word on it', () => {
    const tenantDefaults: Preferences = { categories: { orders: { email: true } } }
    const answer = ask({ categoryDefaults: { email: false }, tenantDefaults })
    expect(answer).toEqual({ isOn: false, decidedBy: 'tenant, for this category and channel' })
  })

  test('silence means on', () => {
    expect(ask({}).isOn).toBe(true)
    expect(ask({ person: {}, categoryDefaults: {}, tenantDefaults: {} }).isOn).toBe(true)
    expect(ask({ person: { sms: false, categories: { news: { email: false } } } }).isOn).toBe(true)
  })

  test('a category named like a property of objects has no preferences by that', () => {
    for (const category of ['constructor', '__proto__', 'toString']) {
      expect(ask({ category, person: { categories: {} } }).isOn).toBe(true)
    }
    const inherited: Preferences['categories'] = Object.create({ orders: { email: false } })
    expect(ask({ person: { categories: inherited } }).isOn).toBe(true)
  })

  test('each channel has its own switch', () => {
    const person: Preferences = { email: false, push: false, sms: false, inApp: false, whatsapp: false }
    for (const channel of ['EMAIL', 'PUSH', 'SMS', 'IN_APP', 'WHATSAPP'] as const) {
      const input = { channel, category: 'orders', categoryDefaults: null, tenantDefaults: null }
      expect(isChannelWanted({ ...input, person })).toBe(false)
      expect(isChannelWanted({ ...input, person: {} })).toBe(true)
    }
  })
})
