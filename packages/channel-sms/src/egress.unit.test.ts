import { expect, it } from 'vitest'
import { isBeforeFirstByte, readRetryAfter } from './egress.ts'

const nowMs = Date.parse('2026-11-21T10:00:00Z')

it.each([
  ['7', 7_000],
  ['0', 0],
  ['1.5', 1_500],
  ['Sat, 21 Nov 2026 10:00:30 GMT', 30_000],
  ['Sat, 21 Nov 2026 09:00:00 GMT', 0],
  ['999999', 3_600_000],
  ['soon', undefined],
  ['-5', expect.anything()],
  [null, undefined],
])('Retry-After %s', (header, expected) => {
  if (header === '-5') return expect(readRetryAfter(header, nowMs)).not.toBeLessThan(0)
  expect(readRetryAfter(header, nowMs)).toBe(expected)
})

it.each([
  ['ECONNREFUSED', true],
  ['ENOTFOUND', true],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', true],
  ['CERT_HAS_EXPIRED', true],
  ['ERR_TLS_CERT_ALTNAME_INVALID', true],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', true],
  ['ECONNRESET', false],
  ['EPIPE', false],
  ['ETIMEDOUT', false],
  ['EPROTO', false],
  ['', false],
])('%s: surely before the first byte is %s', (code, isBefore) => {
  expect(isBeforeFirstByte(code)).toBe(isBefore)
})
