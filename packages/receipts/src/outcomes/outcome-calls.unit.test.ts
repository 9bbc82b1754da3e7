import { createHmac } from 'node:crypto'
import { expect, it } from 'vitest'
import { decideCall, nameCall, signCall } from './outcome-calls.ts'

it.each([200, 202, 204])('%d ends the call', (status) => {
  expect(decideCall({ kind: 'answered', status }, 1)).toEqual({ step: 'done' })
})

it.each([301, 400, 404, 429, 500, 503])(
  '%d is tried again, later each time, and in the end waits for a person',
  (status) => {
    const steps = [1, 2, 3, 4, 5, 6, 7, 8].map((attempts) => decideCall({ kind: 'answered', status }, attempts))
    expect(steps.map((one) => (one.step === 'retry' ? one.inSeconds : one.step))).toEqual([
      ...[5, 30, 120, 600, 1_800, 7_200, 21_600],
      'dead',
    ])
  },
)

it('a larger Retry-After is kept, within reason', () => {
  expect(decideCall({ kind: 'answered', status: 429, retryAfterSeconds: 90 }, 1)).toMatchObject({ inSeconds: 90 })
  expect(decideCall({ kind: 'answered', status: 429, retryAfterSeconds: 1 }, 2)).toMatchObject({ inSeconds: 30 })
  expect(decideCall({ kind: 'answered', status: 429, retryAfterSeconds: 1e9 }, 1)).toMatchObject({ inSeconds: 21_600 })
})

it('an address that may not be called, or says that it is gone, is tried no more', () => {
  expect(decideCall({ kind: 'forbidden' }, 1)).toMatchObject({ step: 'dead' })
  expect(decideCall({ kind: 'answered', status: 410 }, 1)).toMatchObject({ step: 'dead' })
  expect(decideCall({ kind: 'failed', error: 'ECONNREFUSED' }, 1)).toMatchObject({
    step: 'retry',
    error: 'ECONNREFUSED',
  })
})

it('is signed with its time, and named by what it tells', () => {
  const mac = createHmac('sha256', 'secret').update('1700000000.{}').digest('hex')
  expect(signCall('secret', '{}', 1_700_000_000)).toBe(`t=1700000000,v1=${mac}`)
  expect(nameCall('t', ['a', 'b'])).toBe(nameCall('t', ['a', 'b']))
  expect(new Set([nameCall('t', ['a']), nameCall('u', ['a']), nameCall('t', ['b'])]).size).toBe(3)
  expect(nameCall('t', ['a'])).toMatch(/^[0-9a-f-]{36}$/)
})
