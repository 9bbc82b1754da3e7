import { Client } from 'pg'
import { waitUntilUp } from '../kills/kill-all.ts'
import type { Fault } from './fault.ts'
import type { FaultStage } from './open-fault-stage.ts'
import { settle } from './processes.ts'

const ZONES = ['America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe', 'Europe/Berlin', 'Pacific/Apia'] as const
const CHANGE_AFTER_MS = 15_000
const CHANGED_MS_MAX = 40_000
const HOUR_S = 3_600
const DAY_MS = 86_400_000

export const ZONE_FAULTS: readonly Fault[] = [
  {
    name: 'DST begins, with processes in several zones',
    async inject(stage, random) {
      await setZone(stage, describeZone(new Date(Date.now() + CHANGE_AFTER_MS)))
      for (const app of ['router', 'email', 'escalation'] as const) {
        stage.ownEnv[app].TZ = random.pick(ZONES)
        await stage.fleet.killAndRestart(app, 'SIGTERM')
      }
      const before = await readOffset(stage)
      const after = await settle(CHANGED_MS_MAX, async () => {
        const seen = await readOffset(stage)
        return { isSo: seen === HOUR_S, seen }
      })
      await Bun.sleep(5_000)
      await setZone(stage, 'UTC')
      for (const app of ['router', 'email', 'escalation'] as const) {
        delete stage.ownEnv[app].TZ
        await stage.fleet.killAndRestart(app, 'SIGTERM')
        await waitUntilUp(stage, app)
      }
      return {
        count: 1,
        broken: before === 0 && after === HOUR_S ? [] : [`the offset went from ${before} to ${after}`],
      }
    },
  },
]

/** As POSIX has it: UTC until that moment, an hour ahead for thirty days from then on. */
function describeZone(from: Date): string {
  const time = from.toISOString().slice(11, 19)
  return `WIN0SUM-1,${dayOfYear(from)}/${time},${dayOfYear(new Date(from.getTime() + 30 * DAY_MS))}/0`
}

/** Counted from 0, leap days included. */
function dayOfYear(date: Date): number {
  return Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / DAY_MS)
}

/** For all connections: those that are open are cut, and come back with it. */
async function setZone({ pool }: FaultStage, zone: string): Promise<void> {
  const { rows } = await pool.query<{ statement: string }>(
    `SELECT format('ALTER DATABASE %I SET timezone = %L', current_database(), $1::text) AS statement`,
    [zone],
  )
  await pool.query(rows[0]?.statement ?? '')
  await pool.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()`)
}

/** In seconds, as a connection of now sees it. */
async function readOffset({ databaseUrl }: FaultStage): Promise<number> {
  const client = new Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    const { rows } = await client.query<{ offset: number }>('SELECT extract(timezone FROM now())::int AS "offset"')
    return rows[0]?.offset ?? Number.NaN
  } finally {
    await client.end()
  }
}
