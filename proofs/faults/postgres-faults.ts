import { Client } from 'pg'
import type { Fault } from './fault.ts'
import type { FaultStage } from './open-fault-stage.ts'
import { limitFiles, listChildren } from './processes.ts'

async function breakConnections({ pool }: FaultStage): Promise<number> {
  const { rows } = await pool.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE application_name LIKE 'carillon-%' AND datname = current_database()`,
  )
  return rows.length
}

/** By a connection of its own: those of a pool are ended when they wait in a transaction for so long. */
async function lockDeliveries({ databaseUrl }: FaultStage, forMs: number): Promise<void> {
  const client = new Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    await client.query('BEGIN')
    await client.query('LOCK TABLE "NotificationDelivery" IN ACCESS EXCLUSIVE MODE')
    await Bun.sleep(forMs)
  } finally {
    await client.end()
  }
}

async function limitServer({ postgres }: FaultStage, bytes: number | 'unlimited'): Promise<void> {
  const pid = await postgres.findPid()
  if (pid !== undefined) await limitFiles([pid, ...(await listChildren(pid))], bytes)
}

/** Whatever is free, until nobody else gets a connection. */
async function takeConnections({ databaseUrl }: FaultStage, taken: Client[]): Promise<void> {
  for (;;) {
    const client = new Client({ connectionString: databaseUrl })
    client.on('error', () => undefined)
    try {
      await client.connect()
      taken.push(client)
    } catch {
      return
    }
  }
}

export const POSTGRES_FAULTS: readonly Fault[] = [
  {
    name: 'connections to Postgres and the mail server cut',
    async inject(stage, _random, quick) {
      let cut = 0
      for (let times = quick ? 2 : 8; times > 0; times--) {
        await Bun.sleep(500)
        cut += await breakConnections(stage)
        await stage.smtp.dropConnections()
      }
      return cut
    },
  },
  {
    name: 'committed, and the answer lost',
    async inject({ proxy }, random, quick) {
      const wanted = quick ? 5 : 60
      let left = 0
      for (let done = 0; done < wanted; done++) {
        proxy.loseCommits(1)
        await Bun.sleep(100 + random.below(200))
        left += proxy.readLeft()
      }
      proxy.loseCommits(0)
      return wanted - left
    },
  },
  {
    name: 'Postgres killed',
    async inject(stage, random, quick) {
      const kills = quick ? 1 : 3
      for (let done = 0; done < kills; done++) {
        await stage.postgres.kill()
        await Bun.sleep(500 + random.below(1_000))
      }
      return kills
    },
  },
  {
    name: 'the disk of Postgres full',
    async inject(stage, _random, quick) {
      let failures = 0
      // It panics, comes back and finds the disk still full, as often as that takes.
      for (const untilMs = performance.now() + (quick ? 2_000 : 6_000); performance.now() < untilMs; ) {
        await limitServer(stage, 1)
        await stage.pool.query('CREATE TABLE probe (); DROP TABLE probe').catch(() => failures++)
        await Bun.sleep(200)
      }
      await limitServer(stage, 'unlimited')
      await stage.postgres.waitUntilUp()
      return { count: failures, broken: failures > 0 ? [] : ['Postgres went on writing'] }
    },
  },
  {
    name: 'the table of deliveries locked, for longer than a session',
    async inject(stage, _random, quick) {
      await lockDeliveries(stage, quick ? 5_000 : 30_000)
      return 1
    },
  },
  {
    name: 'no connection to Postgres left',
    async inject(stage, _random, quick) {
      const taken: Client[] = []
      for (let times = 0; times < 3; times++) {
        await takeConnections(stage, taken)
        await breakConnections(stage)
      }
      await takeConnections(stage, taken)
      await Bun.sleep(quick ? 2_000 : 10_000)
      await Promise.all(taken.map((client) => client.end().catch(() => undefined)))
      return taken.length
    },
  },
]
