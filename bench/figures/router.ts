import { openStage } from '@carillon/testkit'
import type { Figure, Lap } from '../figure.ts'
import { emptyTables, FROZEN, freezeApps, produceEvents, thawApps, untilCount } from '../fleet-laps.ts'

const TABLES = ['Event', 'Notification', 'NotificationDelivery', 'Dispatch'] as const

export const router: Figure = {
  name: 'router notifications a second',
  of: 'notifications from the record to the commit, one mail each',
  against: 'COPY of the same rows into tables with the same indexes',
  goal: 0.5,
  async open({ quick, on }) {
    const events = quick ? 2_000 : 40_000
    const stage = await openStage({ broker: on, apps: ['router'], env: FROZEN })
    const { pool } = stage
    await pool.query(
      `INSERT INTO "ChannelStatus"(channel, providers, simulated) VALUES ('EMAIL', '["fake"]', true)
       ON CONFLICT DO NOTHING`,
    )
    const { rows } = await pool.query<{ dir: string }>(`SELECT current_setting('data_directory') AS dir`)
    const fileOf = (table: string) => `${rows[0]?.dir}/bench-${table}.copy`
    for (const table of TABLES) await pool.query(`CREATE TABLE "bench_${table}" (LIKE "${table}" INCLUDING ALL)`)

    async function copy(): Promise<Lap> {
      for (const table of TABLES) await pool.query(`TRUNCATE "bench_${table}"`)
      const startedMs = performance.now()
      for (const table of TABLES) await pool.query(`COPY "bench_${table}" FROM '${fileOf(table)}'`)
      return { count: events, ms: performance.now() - startedMs }
    }

    return {
      async subject() {
        freezeApps(stage, ['router'])
        await emptyTables(pool)
        await produceEvents(stage, events)
        const startedMs = performance.now()
        thawApps(stage, ['router'])
        // Counting is work that COPY is spared, and an event's row, committed with its notification, is a third as long.
        await untilCount(pool, 'Event', 'true', events)
        const ms = performance.now() - startedMs
        await untilCount(pool, 'Notification', 'true', events)
        for (const table of TABLES) await pool.query(`COPY "${table}" TO '${fileOf(table)}'`)
        return { count: events, ms }
      },
      denominator: copy,
      close: () => stage.close(),
    }
  },
}
