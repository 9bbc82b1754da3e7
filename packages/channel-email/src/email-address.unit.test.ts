import { describe, expect, it } from 'vitest'
import { isPlainAddress, withoutAddresses } from './email-address.ts'

describe('an e-mail address', () => {
  it.each(['a@b.test', "o'hara+tag@mail.example.test", 'jürgen@bücher.test', 'x_y.z@sub-domain.test'])(
    '%s is one',
    (address) => {
      expect(isPlainAddress(address)).toBe(true)
    },
  )

  it.each([
    'a@b..test',
    '.a@b.test',
    'a.@b.test',
    'a..b@c.test',
    'a@-b.test',
    'a@b.test.',
    'a@b.te st',
    'a\u200b@b.test',
    'a\0@b.test',
    '<a@b.test>',
  ])('%j is none', (address) => {
    expect(isPlainAddress(address)).toBe(false)
  })

  it('is taken out of what a server says', () => {
    expect(withoutAddresses('550 <Ada@Mail.test>: no, x@y.test; ok')).toBe('550 <(address)>: no, (address); ok')
  })
})
