import { expect, test } from 'vitest'
import { isTimeZone, readNextTransitionMs } from './time-zone.ts'

test('every zone that this machine knows is one', () => {
  expect(Intl.supportedValuesOf('timeZone').filter((name) => !isTimeZone(name))).toEqual([])
})

test.each(['UTC', 'Europe/Berlin', 'europe/berlin', 'US/Pacific', 'EST5EDT', 'Etc/GMT+5', 'America/Port-au-Prince'])(
  '%s is one',
  (name) => {
    expect(isTimeZone(name)).toBe(true)
  },
)

test.each([
  '',
  'Mars/Olympus',
  'Europe/Berlin ',
  'Europe',
  '+02:00',
  'Z',
  'T00:00Z',
  '2020-01-01T00:00Z',
  '2020-01-01T00:00[Europe/Berlin]',
  'Europe/Berlin\u0000',
  'A'.repeat(10_000),
  null,
  undefined,
  42,
  {},
])('%j is none', (name) => {
  expect(isTimeZone(name)).toBe(false)
})

test('a zone that never changes its clocks has no next change', () => {
  expect(readNextTransitionMs(0, 'UTC')).toBe(Number.POSITIVE_INFINITY)
})
