import { describe, expect, it } from 'vitest'
import { maskNumber, maskNumbers } from './mask-numbers.ts'

describe('a phone number in the words of a provider', () => {
  it.each([
    ["The 'To' number +4915112345678 is not valid", "The 'To' number ***********78 is not valid"],
    ['4915112345678', '***********78'],
    ['(415) 555-2671 and +1 415.555.2671', '(********71 and *********71'],
    ['whatsapp:+447400123456.', 'whatsapp:**********56.'],
    ['400/21211 and (#131026) stay', '400/21211 and (#131026) stay'],
  ])('%s', (text, masked) => {
    expect(maskNumbers(text)).toBe(masked)
  })

  it('keeps the last two digits', () => {
    expect(maskNumber('+4915112345678')).toBe('***********78')
    expect(maskNumber('7')).toBe('7')
  })
})
