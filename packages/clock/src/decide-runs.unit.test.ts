import { describe, expect, it, test } from 'vitest'
import { decideNextRun, decideRuns } from './decide-runs.ts'

const at = (text: string) => new Date(text)

/** What the wall shows, by Intl: the judge must not be the judged. */
function readWall(date: Date, timeZone: string): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' }).format(date)
}

function listRuns(cron: string, timeZone: string, from: Date, to: Date): Date[] {
  const runs: Date[] = []
  for (let next = decideNextRun(cron, timeZone, from); next && next <= to; next = decideNextRun(cron, timeZone, next))
    runs.push(next)
  return runs
}

describe('a daily time around the days on which clocks change', () => {
  it.each([
    ['the skipped hour comes right after the gap', '30 2 * * *', '2026-03-28T12:00Z', '2026-03-29T01:00:00.000Z'],
    [
      'the hour that comes twice is taken once, at first',
      '30 2 * * *',
      '2026-10-24T12:00Z',
      '2026-10-25T00:30:00.000Z',
    ],
    ['and not a second time', '30 2 * * *', '2026-10-25T00:30Z', '2026-10-26T01:30:00.000Z'],
  ])('%s', (_name, cron, after, expected) => {
    expect(decideNextRun(cron, 'Europe/Berlin', at(after))?.toISOString()).toBe(expected)
  })

  test('in forty zones, for two years: one run a day, at that time of day wherever the wall shows it', () => {
    const zones = Intl.supportedValuesOf('timeZone')
    for (let index = 0; index < 40; index++) {
      const timeZone = zones[Math.floor((index / 40) * zones.length)] ?? 'UTC'
      const minute = (index * 7) % 60
      const cron = `${minute} 2 * * *`
      const walls = listRuns(cron, timeZone, at('2026-01-01T12:00Z'), at('2027-12-30T12:00Z')).map((run) =>
        readWall(run, timeZone),
      )
      const days = walls.map((wall) => wall.slice(0, 10))
      expect([timeZone, new Set(days).size]).toEqual([timeZone, days.length])
      expect([timeZone, days.length]).toEqual([timeZone, expect.closeTo(728, -1)])
      const expected = `02:${String(minute).padStart(2, '0')}`
      const others = walls.filter((wall) => !wall.endsWith(expected))
      // Only a day without that time of day has another one, and a zone has at most one such day a year.
      expect([timeZone, others.length <= 2]).toEqual([timeZone, true])
    }
  }, 60_000)
})

it.each(['', '* * * *', '* * * * * *', '61 * * * *', '@daily', 'every day at two', '0 0 * * BAD'])(
  'no pattern of five fields: %s',
  (cron) => {
    expect(decideNextRun(cron, 'UTC', at('2026-01-01T00:00Z'))).toBeUndefined()
  },
)

it('a day that never comes has no next run', () => {
  expect(decideNextRun('0 0 30 2 *', 'UTC', at('2026-01-01T00:00Z'))).toBeNull()
})

describe('runs that nobody was there for', () => {
  const hourly = { cron: '0 * * * *', timeZone: 'UTC', nextRunAt: at('2026-01-01T01:00Z') }

  it('one that is due now goes out, and the next one is after it', () => {
    expect(decideRuns({ ...hourly, onMissed: 'run_last' }, at('2026-01-01T01:00:00.200Z'))).toEqual({
      runAt: at('2026-01-01T01:00Z'),
      missed: 0,
      nextRunAt: at('2026-01-01T02:00Z'),
    })
  })

  it('the last one is made up for, the others are counted', () => {
    expect(decideRuns({ ...hourly, onMissed: 'run_last' }, at('2026-01-01T04:30Z'))).toEqual({
      runAt: at('2026-01-01T04:00Z'),
      missed: 3,
      nextRunAt: at('2026-01-01T05:00Z'),
    })
  })

  it('or none is, but for one that is only a little late', () => {
    expect(decideRuns({ ...hourly, onMissed: 'skip' }, at('2026-01-01T04:30Z'))).toEqual({
      runAt: null,
      missed: 4,
      nextRunAt: at('2026-01-01T05:00Z'),
    })
    expect(decideRuns({ ...hourly, onMissed: 'skip' }, at('2026-01-01T04:01Z'))).toMatchObject({ missed: 3 })
  })

  it('a pattern of every minute after years away is counted up to a bound, and goes on from now', () => {
    const schedule = { cron: '* * * * *', timeZone: 'UTC', nextRunAt: at('2024-01-01T00:00Z') }
    const { missed, nextRunAt } = decideRuns({ ...schedule, onMissed: 'skip' }, at('2026-01-01T00:00:30Z'))
    expect(missed).toBe(45_001)
    expect(nextRunAt).toEqual(at('2026-01-01T00:01Z'))
  }, 60_000)
})
