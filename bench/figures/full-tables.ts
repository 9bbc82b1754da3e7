import { type AppName, type FleetStage, openStage } from '@carillon/testkit'
import type { Figure, FigureOptions, Lap } from '../figure.ts'
import { fillTables } from '../fill-tables.ts'
import { emptyTables, freezeApps, produceEvents, thawApps, untilCount } from '../fleet-laps.ts'
import { readPostgresMs, readProcessorMs } from '../processor-time.ts'

const APPS: readonly AppName[] = ['router', 'email', 'escalation']
const FORMS = {
  full: { rows: 2_000_000, partitions: 80, people: 200_000, events: 40_000 },
  quick: { rows: 100_000, partitions: 16, people: 10_000, events: 500 },
}
const PEOPLE_AT_BASE = 5_000
const PARTITIONS_AT_BASE = 3
const PER = 1_000

/**
 * What a notification costs when the tables are full, against what it costs when they are empty: time that every process of
 * the fleet and of Postgres uses up, however long it takes. One fleet is frozen while the other one works.
 */
export const fullTables: Figure = {
  name: 'processor time at 2,000,000 rows',
  of: `processor time of ${PER} notifications from the log to SENT; 80 partitions a channel, 200,000 people`,
  against: 'the same on emptied tables; 3 partitions, 5,000 people',
  goal: 1.2,
  isTime: true,
  async open(options) {
    const form = FORMS[options.quick ? 'quick' : 'full']
    const full = await openSide(options, form.partitions)
    const base = await openFilled(full, form, options).catch(async (error) => {
      await full.close()
      throw error
    })
    return {
      subject: () => measureSide(full, form.events, form.people),
      async denominator() {
        await emptyTables(base.pool)
        return measureSide(base, form.events, PEOPLE_AT_BASE)
      },
      ...(options.quick && {
        describe: () => `only ${form.rows} rows, ${form.partitions} partitions, ${form.people} people`,
      }),
      async close() {
        for (const side of [full, base]) thawApps(side, APPS)
        await Promise.all([full.close(), base.close()])
      },
    }
  },
}

/** Frozen from its first moment to its first lap. */
async function openSide({ on }: FigureOptions, channelPartitions: number): Promise<FleetStage> {
  const env = {
    CARILLON_SIMULATE: 'email',
    CARILLON_SIMULATE_FILE: '/dev/null',
    EMAIL_WORKER_CONCURRENCY: '1000',
    CARILLON_USER_HOURLY_MAX: '100000',
    // While the other side fills its tables and works, this one keeps its seats.
    KAFKA_SESSION_TIMEOUT: '300000',
    LOG_LEVEL: 'warn',
  }
  const stage = await openStage({ broker: on, apps: APPS, env, channelPartitions })
  freezeApps(stage, APPS)
  return stage
}

/** Rows are made after one that the fleet wrote itself. */
async function openFilled(full: FleetStage, form: (typeof FORMS)['full'], options: FigureOptions): Promise<FleetStage> {
  await measureSide(full, 1, form.people)
  await fillTables(full.databaseUrl, form)
  const base = await openSide(options, PARTITIONS_AT_BASE)
  await fillTables(base.databaseUrl, { rows: 0, people: PEOPLE_AT_BASE })
  return base
}

async function measureSide(stage: FleetStage, events: number, people: number): Promise<Lap> {
  // Ids begin with their time, so that counting reads no more rows than the lap has, however full the table is.
  const firstId = `${Date.now().toString(16).padStart(12, '0')}${'0'.repeat(20)}`
  await produceEvents(stage, events, people)
  const before = await readSpentMs(stage)
  thawApps(stage, APPS)
  await untilCount(stage.pool, 'NotificationDelivery', `status = 'SENT' AND id >= '${firstId}'`, events)
  const ms = (await readSpentMs(stage)) - before
  freezeApps(stage, APPS)
  return { count: events / PER, ms }
}

async function readSpentMs({ fleet, pool }: FleetStage): Promise<number> {
  const processes = APPS.map((app) => readProcessorMs(fleet.pidOf(app) ?? 0))
  const spent = await Promise.all([readPostgresMs(pool), ...processes])
  return spent.reduce((sum, ms) => sum + ms, 0)
}
