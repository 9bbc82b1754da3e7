import fc from 'fast-check'
import { expect, it } from 'vitest'
import { readUnsubscribe, signUnsubscribe } from './index.ts'

const KEYS: [string, ...string[]] = ['a new key', 'an old key']
const wish = { tenantId: 'acme', userId: 'user/1 ü', category: 'orders' }

it('a link comes back as who was written to and what about, whatever their names are', () => {
  const name = fc.string({ minLength: 1, maxLength: 128, unit: 'binary' })
  fc.assert(
    fc.property(name, name, name, (tenantId, userId, category) => {
      const token = signUnsubscribe({ tenantId, userId, category }, KEYS)
      expect(readUnsubscribe(token, KEYS)).toEqual({ tenantId, userId, category })
      expect(token).toMatch(/^[\w.-]+$/)
    }),
  )
})

it('a link that was signed before a rotation still works, and not after its key was dropped', () => {
  const old = signUnsubscribe(wish, ['an old key'])
  expect(readUnsubscribe(old, KEYS)).toEqual(wish)
  expect(readUnsubscribe(old, ['a new key'])).toBeUndefined()
})

it('nobody can make a link for somebody else, or for another category or tenant', () => {
  const [named = '', mac = ''] = signUnsubscribe(wish, KEYS).split('.')
  for (const other of [
    { ...wish, userId: 'user/2' },
    { ...wish, category: 'news' },
    { ...wish, tenantId: 'other' },
  ]) {
    const [otherNamed] = signUnsubscribe(other, KEYS).split('.')
    expect(readUnsubscribe(`${otherNamed}.${mac}`, KEYS)).toBeUndefined()
  }
  for (const token of [
    '',
    '.',
    `${named}.`,
    named,
    `${named}.${mac.slice(1)}A`,
    `${named}=.${mac}`,
    `${named}.${mac}.`,
  ])
    expect(readUnsubscribe(token, KEYS)).toBeUndefined()
})
