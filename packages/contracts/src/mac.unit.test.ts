import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hmacHex } from './mac.ts'

test('is the HMAC that everybody else computes, of any key and text', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.string({ unit: 'binary', maxLength: 400 }),
      (key, text) => {
        expect(hmacHex(key, text)).toBe(createHmac('sha256', key).update(text).digest('hex'))
      },
    ),
  )
})

test('keeps nothing of a text before', () => {
  const short = hmacHex('key', 'a')
  hmacHex('key', 'b'.repeat(300))
  expect(hmacHex('key', 'a')).toBe(short)
})

test('is the same for a text that is longer than any id', () => {
  const text = 'ü'.repeat(4_000)
  expect(hmacHex('key', text)).toBe(createHmac('sha256', 'key').update(text).digest('hex'))
})
