import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createFieldCipher, openCipher } from './field-cipher.ts'
import { openJson, sealJson } from './sealed-json.ts'

const OLD = 'an old key of the test'
const NEW = 'a new key of the test'

it('whatever was sealed comes back, and does not show', () => {
  const cipher = createFieldCipher([NEW])
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 0, maxLength: 300 }), (text) => {
      const sealed = cipher.seal('acme', text)
      expect(cipher.open('acme', sealed)).toBe(text)
      expect(sealed).toMatch(/^c1\.[0-9a-f]{8}\.[\w-]+$/)
    }),
  )
  const sealed = cipher.seal('acme', 'ada@mail.test')
  expect(Buffer.from(sealed, 'base64url').toString('latin1')).not.toContain('ada@mail')
  expect(cipher.seal('acme', 'ada@mail.test')).not.toBe(sealed)
})

it('a ring rotates without a stop: the first key seals, every one opens, and a dropped one does not', () => {
  const before = createFieldCipher([OLD])
  const during = createFieldCipher([NEW, OLD])
  const after = createFieldCipher([NEW])
  const old = before.seal('acme', 'x')
  expect(during.open('acme', old)).toBe('x')
  expect(after.open('acme', during.seal('acme', during.open('acme', old)))).toBe('x')
  expect(() => after.open('acme', old)).toThrow('not in the ring')
  expect([old.startsWith(during.prefix ?? '-'), during.seal('acme', 'x').startsWith(during.prefix ?? '-')]).toEqual([
    false,
    true,
  ])
})

it("nobody reads another tenant's value, or one that was changed", () => {
  const cipher = createFieldCipher([NEW])
  const sealed = cipher.seal('acme', 'ada@mail.test')
  expect(() => cipher.open('other', sealed)).toThrow()
  const swapped = sealed.slice(0, 20) + (sealed[20] === 'A' ? 'B' : 'A') + sealed.slice(21)
  expect(() => cipher.open('acme', swapped)).toThrow()
})

it('what was written before there were keys is read as it stands, and without keys nothing sealed is shown', () => {
  const cipher = createFieldCipher([NEW])
  expect(cipher.open('acme', 'ada@mail.test')).toBe('ada@mail.test')
  expect(openJson<object>(cipher, 'acme', { email: 'a@b.test' })).toEqual({ email: 'a@b.test' })
  const sealed = sealJson(cipher, 'acme', { email: 'a@b.test' })
  expect(openJson(cipher, 'acme', JSON.parse(sealed ?? ''))).toEqual({ email: 'a@b.test' })
  expect(() => openCipher.open('acme', cipher.seal('acme', 'x'))).toThrow('without keys')
  expect(sealJson(openCipher, 'acme', { a: 1 })).toBe('{"a":1}')
})
