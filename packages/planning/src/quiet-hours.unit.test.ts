import { describe, expect, test } from 'vitest'
import { findQuietEnd, parseQuietWindow } from './quiet-hours.ts'
import { createWallClock } from './wall-clock.fixture.ts'

const HOUR_MS = 3_600_000
const FROM = Date.UTC(2026, 0, 1)
const TO = Date.UTC(2028, 0, 1)

function endOf(at: string, start: string, end: string, timeZone: string): string | undefined {
  const window = parseQuietWindow(start, end)
  if (!window) throw new Error('unreadable window')
  const endMs = findQuietEnd(Date.parse(at), window, timeZone)
  return endMs === undefined ? undefined : new Date(endMs).toISOString()
}

describe('a window', () => {
  test.each([
    ['24:00', '07:00'],
    ['22:60', '07:00'],
    ['22', '07:00'],
    ['', ''],
    [null, '07:00'],
    ['22:00', undefined],
    ['22:00\n', '07:00'],
    [2200, 700],
  ])('from %j to %j is none', (start, end) => {
    expect(parseQuietWindow(start, end)).toBeUndefined()
  })

  test('that starts when it ends is never quiet', () => {
    for (let hour = 0; hour < 24; hour += 1) {
      const at = new Date(FROM + hour * HOUR_MS).toISOString()
      expect(endOf(at, '22:00', '22:00', 'UTC')).toBeUndefined()
    }
  })

  test('is quiet from its first minute to the last before its end', () => {
    expect(endOf('2026-06-01T21:59:59.999Z', '22:00', '07:00', 'UTC')).toBeUndefined()
    expect(endOf('2026-06-01T22:00:00.000Z', '22:00', '07:00', 'UTC')).toBe('2026-06-02T07:00:00.000Z')
    expect(endOf('2026-06-02T06:59:59.999Z', '22:00', '07:00', 'UTC')).toBe('2026-06-02T07:00:00.000Z')
    expect(endOf('2026-06-02T07:00:00.000Z', '22:00', '07:00', 'UTC')).toBeUndefined()
  })

  test('may lie within one day', () => {
    expect(endOf('2026-06-01T12:59:00Z', '13:00', '15:00', 'UTC')).toBeUndefined()
    expect(endOf('2026-06-01T14:00:30Z', '13:00', '15:00', 'UTC')).toBe('2026-06-01T15:00:00.000Z')
  })

  test('is reckoned on the wall of its zone', () => {
    expect(endOf('2026-06-01T16:30:00Z', '22:00', '07:00', 'Asia/Kolkata')).toBe('2026-06-02T01:30:00.000Z')
    expect(endOf('2026-06-01T16:29:00Z', '22:00', '07:00', 'Asia/Kolkata')).toBeUndefined()
  })
})

describe('when the clocks change', () => {
  test('a night with a skipped hour ends at seven on the wall, an hour sooner', () => {
    expect(endOf('2026-03-28T22:00:00Z', '22:00', '07:00', 'Europe/Berlin')).toBe('2026-03-29T05:00:00.000Z')
  })

  test('a night with a repeated hour ends at seven on the wall, an hour later', () => {
    expect(endOf('2026-10-24T21:00:00Z', '22:00', '07:00', 'Europe/Berlin')).toBe('2026-10-25T06:00:00.000Z')
  })

  test('an end inside the skipped hour is the moment of the change', () => {
    expect(endOf('2026-03-28T23:00:00Z', '22:00', '02:30', 'Europe/Berlin')).toBe('2026-03-29T01:00:00.000Z')
  })

  test('an end inside the repeated hour is its first occurrence, and it is quiet again before the second', () => {
    expect(endOf('2026-10-24T23:00:00Z', '22:00', '02:30', 'Europe/Berlin')).toBe('2026-10-25T00:30:00.000Z')
    expect(endOf('2026-10-25T00:45:00Z', '22:00', '02:30', 'Europe/Berlin')).toBeUndefined()
    expect(endOf('2026-10-25T01:10:00Z', '22:00', '02:30', 'Europe/Berlin')).toBe('2026-10-25T01:30:00.000Z')
  })

  test('a start inside the repeated hour is quiet as often as the wall shows it', () => {
    expect(endOf('2026-10-25T00:45:00Z', '02:30', '07:00', 'Europe/Berlin')).toBe('2026-10-25T01:00:00.000Z')
    expect(endOf('2026-10-25T01:45:00Z', '02:30', '07:00', 'Europe/Berlin')).toBe('2026-10-25T06:00:00.000Z')
  })

  test('an end at the very midnight that is set back is the second midnight', () => {
    // Havana goes from 01:00 to 00:00, so the wall shows midnight twice; Nuuk goes from 00:00 to 23:00 of the day before.
    expect(endOf('2026-11-01T03:30:00Z', '22:00', '00:00', 'America/Havana')).toBe('2026-11-01T04:00:00.000Z')
    expect(endOf('2026-10-25T00:30:00Z', '22:00', '00:00', 'America/Nuuk')).toBe('2026-10-25T02:00:00.000Z')
  })

  test('half an hour is a change too', () => {
    expect(endOf('2026-10-03T12:00:00Z', '22:00', '07:00', 'Australia/Lord_Howe')).toBe('2026-10-03T20:00:00.000Z')
  })

  test('a zone that skips a whole day still ends at seven', () => {
    expect(endOf('2011-12-30T09:00:00Z', '22:00', '07:00', 'Pacific/Apia')).toBe('2011-12-30T17:00:00.000Z')
  })
})

test('quiet hours keep in every zone, through each change of its clocks in 2026 and 2027', () => {
  const windows = [
    [22 * 60, 7 * 60],
    [23 * 60 + 30, 2 * 60 + 30],
    [2 * 60 + 15, 3 * 60 + 5],
    [1 * 60, 0],
    [0, 1 * 60],
  ] as const
  let asked = 0
  let zonesWithChanges = 0
  for (const timeZone of Intl.supportedValuesOf('timeZone')) {
    const wall = createWallClock(timeZone)
    const changes = wall.findChanges(FROM, TO)
    zonesWithChanges += changes.length > 0 ? 1 : 0
    for (const changeMs of changes.length > 0 ? changes : [FROM])
      for (const [startMinute, endMinute] of windows)
        for (let atMs = changeMs - 26 * HOUR_MS; atMs < changeMs + 4 * HOUR_MS; atMs += 47 * 60_000 + 7) {
          asked += 1
          const found = findQuietEnd(atMs, { startMinute, endMinute }, timeZone)
          const seen = wall.findQuietEnd(atMs, startMinute, endMinute)
          if (found !== seen)
            expect({ timeZone, at: new Date(atMs), found: new Date(found ?? 0) }).toEqual({
              timeZone,
              at: new Date(atMs),
              found: new Date(seen ?? 0),
            })
        }
  }
  expect(zonesWithChanges).toBeGreaterThan(100)
  expect(asked).toBeGreaterThan(50_000)
}, 120_000)
