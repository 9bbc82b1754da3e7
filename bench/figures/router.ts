import { openStage } from '@carillon/testkit'
import type { Pool } from 'pg'
import type { Figure, Lap } from '../figure.ts'
import { emptyTables, FROZEN, freezeApps, produceEvents, thawApps, untilCount } from '../fleet-laps.ts'

const CHUNK = 1_000
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
        await untilPlanned(pool, events)
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

/**
 * Counting is work that COPY is spared. A dispatch stands for a chunk of at most a thousand, so rows are counted only once there are
 * dispatches enough for all of them.
 */
async function untilPlanned(pool: Pool, events: number): Promise<void> {
  await untilCount(pool, 'Dispatch', 'true', Math.ceil(events / CHUNK), Number.POSITIVE_INFINITY)
  await untilCount(pool, 'Event', 'true', events)
}
