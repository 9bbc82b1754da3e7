import { describe, expect, it } from 'vitest'
import { type AddressedTo, passGate } from './address-gate.ts'

const ann: AddressedTo = { channel: 'EMAIL', recipientId: 'ann', address: 'Ann@Example.com' }
const annByPhone: AddressedTo = { channel: 'SMS', recipientId: 'ann', address: '+4915112345678' }
const redirect = ['dev@example.org', '+4915100000000']
const asIs = ({ address }: AddressedTo) => ({ passes: true, address, isRedirected: false })

describe('outside production', () => {
  it('everybody is written to where neither list is set', () => {
    expect(passGate(ann, { allowed: [], redirect: [] })).toEqual(asIs(ann))
  })

  it('everything goes to the address of its kind instead', () => {
    const gate = { allowed: [], redirect }
    expect(passGate(ann, gate)).toEqual({ passes: true, address: 'dev@example.org', isRedirected: true })
    expect(passGate(annByPhone, gate)).toEqual({ passes: true, address: '+4915100000000', isRedirected: true })
  })

  it('what has no stand-in goes nowhere', () => {
    expect(passGate(annByPhone, { allowed: [], redirect: ['dev@example.org'] })).toEqual({ passes: false })
    expect(passGate({ ...ann, channel: 'PUSH', address: '' }, { allowed: [], redirect })).toEqual({ passes: false })
  })

  it.each([['ann@example.com'], ['@example.com'], ['ANN']])('%s on the allow-list is written to as ever', (entry) => {
    expect(passGate(ann, { allowed: [entry], redirect })).toEqual(asIs(ann))
  })

  it.each([['@ample.com'], ['example.com'], ['@sub.example.com'], ['an'], ['']])(
    '%j on it allows nobody else',
    (entry) => {
      expect(passGate(ann, { allowed: [entry], redirect: [] })).toEqual({ passes: false })
    },
  )

  it('one person always goes to the same of several addresses', () => {
    const gate = { allowed: [], redirect: ['a@example.org', 'b@example.org'] }
    const chosen = ['ann', 'bob', 'cid', 'ann'].map((recipientId) => passGate({ ...ann, recipientId }, gate))
    expect(chosen[3]).toEqual(chosen[0])
    expect(new Set(chosen.map((one) => one.passes && one.address)).size).toBe(2)
  })
})
