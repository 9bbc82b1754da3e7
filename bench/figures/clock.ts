import { openPool } from '@carillon/store'
import { openStage, openTestDatabase } from '@carillon/testkit'
import { measureSteps } from '../../proofs/clock/measure-steps.ts'
import { type ClockStage, openClock, openClockStore } from '../../proofs/clock/open-clock.ts'
import { percentile } from '../../proofs/clock/percentile.ts'
import { insertSteps } from '../../proofs/clock/rows.ts'
import type { Figure, Lap } from '../figure.ts'

const ROWS_A_STATEMENT = 1_000
const HOUR_SECONDS = 3_600

/** As the process of the clock opens it. */
const openHotPool = (connectionString: string) =>
  openPool({ connectionString, max: 4, applicationName: 'bench', hot: true, dataKeys: 'none' })

export const firing: Figure = {
  name: 'fire and publish a second',
  of: 'due rows fired and published',
  against: 'the same claim bare, 1,000 rows a statement, one after the other',
  goal: 0.75,
  async open({ quick, on }) {
    const opened = await openStage({ broker: on, apps: [] })
    const pool = openHotPool(opened.databaseUrl)
    const stage = { pool, producer: opened.producer }
    const steps = quick ? 2_000 : 20_000
    return {
      subject: () => fireAndPublish(stage, steps),
      denominator: () => fireBare(stage, steps),
      async close() {
        await pool.end()
        await opened.close()
      },
    }
  },
}

async function layOutDue({ pool }: ClockStage, steps: number): Promise<void> {
  await pool.query('TRUNCATE "Notification", "NotificationDelivery", "Dispatch", "Outbox"')
  await insertSteps(pool, steps, -1, 0)
}

async function fireAndPublish(stage: ClockStage, steps: number): Promise<Lap> {
  await layOutDue(stage, steps)
  const done = Promise.withResolvers<void>()
  let published = 0
  const startedMs = performance.now()
  const clock = openClock(stage, (values) => {
    published += values.length
    if (published >= steps) done.resolve()
  })
  await done.promise
  const ms = performance.now() - startedMs
  await clock.close()
  if (published !== steps) throw new Error(`${published} wake-ups for ${steps} steps`)
  return { count: steps, ms }
}

async function fireBare(stage: ClockStage, steps: number): Promise<Lap> {
  await layOutDue(stage, steps)
  const store = openClockStore(stage)
  let fired = 0
  const startedMs = performance.now()
  while (fired < steps) {
    const { taken } = await store.fireDue(ROWS_A_STATEMENT)
    if (taken === 0) throw new Error(`${fired} of ${steps} steps fired`)
    fired += taken
  }
  return { count: steps, ms: performance.now() - startedMs }
}

export const punctuality: Figure = {
  name: 'due to published, 99th percentile',
  of: 'from the time of a step to its acknowledged wake-up, 1,000,000 waiting',
  against: 'the same, 10,000 waiting',
  goal: 1.5,
  isTime: true,
  async open({ quick, on }) {
    const opened = await openStage({ broker: on, apps: [] })
    const many = await openWaiting(quick ? 50_000 : 1_000_000)
    const few = await openWaiting(10_000)
    const seconds = quick ? 2 : 8
    return {
      subject: () => measureP99({ pool: many.pool, producer: opened.producer }, seconds),
      denominator: () => measureP99({ pool: few.pool, producer: opened.producer }, seconds),
      async close() {
        await Promise.all([many.close(), few.close()])
        await opened.close()
      },
    }
  },
}

async function openWaiting(count: number) {
  const database = await openTestDatabase()
  const pool = openHotPool(database.url)
  await insertSteps(pool, count, HOUR_SECONDS, HOUR_SECONDS)
  // What was laid out is written before anything is measured, and not meanwhile.
  await pool.query('VACUUM ANALYZE "NotificationDelivery", "Notification"')
  await pool.query('CHECKPOINT')
  return {
    pool,
    async close() {
      await pool.end()
      await database.drop()
    },
  }
}

const STEPS_A_SECOND = 100

/** As if each had waited as long as the 99th of a hundred. */
async function measureP99(stage: ClockStage, seconds: number): Promise<Lap> {
  const steps = STEPS_A_SECOND * seconds
  const { latenciesMs, early } = await measureSteps(stage, steps, seconds)
  if (latenciesMs.length !== steps || early > 0)
    throw new Error(`${latenciesMs.length} of ${steps} steps fired, ${early} early`)
  return { count: steps, ms: steps * percentile(latenciesMs, 0.99) }
}
