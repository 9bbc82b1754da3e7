import { type FleetProcess, type FleetStage, readTopic, STAGE_SECRET, startFleetProcess } from '@carillon/testkit'
import { waitUntil } from '../fleet/wait-until.ts'
import { insertSteps } from './rows.ts'

export interface ClockRace {
  readonly kills: number
  /** By how many times a row was moved from SCHEDULED to PENDING. */
  readonly fired: Readonly<Record<string, number>>
  readonly unfired: number
  readonly withoutWakeUp: number
  readonly wakeUps: number
}

/** Counts what no row remembers: how often each was fired. */
const COUNT_FIRES = `CREATE TABLE fires(id uuid NOT NULL);
CREATE FUNCTION "countFire"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN INSERT INTO fires VALUES (NEW.id); RETURN NULL; END $$;
CREATE TRIGGER "countFires" AFTER UPDATE OF status ON "NotificationDelivery" FOR EACH ROW
WHEN (OLD.status = 'SCHEDULED' AND NEW.status = 'PENDING') EXECUTE FUNCTION "countFire"()`

const LEAD_SECONDS = 5
const KILL_EVERY_MS = 1_000
const FOUND_MS_MAX = 120_000

/** Two clocks as processes of their own; one of them is killed every second, and started again. */
export async function raceClocks(stage: FleetStage, steps: number, overSeconds: number): Promise<ClockRace> {
  await stage.pool.query(COUNT_FIRES)
  const clocks: (FleetProcess | undefined)[] = await Promise.all([startOne(stage), startOne(stage)])
  const due = await insertSteps(stage.pool, steps, LEAD_SECONDS, overSeconds)
  const starts = new Set<Promise<void>>()
  async function replaceKilled(victim: FleetProcess, place: number): Promise<void> {
    await victim.exited
    clocks[place] = await startOne(stage)
  }
  let kills = 0
  for (let isDone = false; !isDone; ) {
    await Bun.sleep(KILL_EVERY_MS)
    const place = kills % 2
    const victim = clocks[place]
    // The other one may still be on its way up: then nobody is killed.
    if (victim && clocks[1 - place]) {
      kills++
      clocks[place] = undefined
      victim.kill('SIGKILL')
      starts.add(replaceKilled(victim, place))
    }
    isDone = (await countFires(stage)) >= steps
  }
  await Promise.all(starts)
  const found = await waitForWakeUps(stage, new Set(due.map(({ id }) => id)))
  await Promise.all(
    clocks.map(async (clock) => {
      clock?.kill('SIGTERM')
      await clock?.exited
    }),
  )
  const { rows } = await stage.pool.query<{ times: number; count: number }>(
    'SELECT times, count(*)::int FROM (SELECT count(*)::int AS times FROM fires GROUP BY id) f GROUP BY times',
  )
  const fired = Object.fromEntries(rows.map(({ times, count }) => [`fired ${times} times`, count]))
  const once = rows.reduce((sum, { count }) => sum + count, 0)
  return { kills, fired, unfired: steps - once, ...found }
}

function startOne(stage: FleetStage): Promise<FleetProcess> {
  const env = {
    DATABASE_URL: stage.databaseUrl,
    KAFKA_BROKER: stage.kafka.connection.brokers.join(','),
    CARILLON_SECRET: STAGE_SECRET,
    CARILLON_WATCH_AFTER: '1000',
  }
  return startFleetProcess({ name: 'escalation', env, logDir: stage.logDir, readyTimeoutMs: 60_000 })
}

async function countFires({ pool }: FleetStage): Promise<number> {
  return (await pool.query<{ count: number }>('SELECT count(*)::int FROM fires')).rows[0]?.count ?? 0
}

/** A clock that was killed between its commit and its publish leaves that to the watch over dispatches. */
async function waitForWakeUps({ kafka }: FleetStage, ids: ReadonlySet<string>) {
  return await waitUntil('find a wake-up for every step', FOUND_MS_MAX, async () => {
    const records = await readTopic(kafka, 'notification.email')
    const woken = new Set(records.map(({ value }) => String(JSON.parse(String(value)).deliveryId)))
    const withoutWakeUp = ids.difference(woken).size
    return { isSo: withoutWakeUp === 0, seen: { withoutWakeUp, wakeUps: records.length } }
  })
}
