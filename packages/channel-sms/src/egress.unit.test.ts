import { expect, it } from 'vitest'
import { readRetryAfter } from './egress.ts'

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
