import { READ_TOPIC } from '@carillon/contracts'
import { FLEET_GROUPS, moveGroups } from '@carillon/testkit'
import { waitUntilUp } from '../kills/kill-all.ts'
import type { Fault } from './fault.ts'
import type { FaultStage } from './open-fault-stage.ts'

const CONSUMERS = ['router', 'email', 'escalation'] as const
const EVENTS = 'notification.events'
const MAILS = 'notification.email'

const POISON = [
  '',
  'no JSON',
  'null',
  '[]',
  '{"recipientIds":[]}',
  '{"__proto__":{"type":"X"},"title":1}',
  `${'['.repeat(200)}${']'.repeat(200)}`,
  '{"type":"X","title":"t","message":"m","recipients":[{"email":"a@@b"}]}',
  '\u0000\ufffd',
] as const

async function breakConnections({ pool }: FaultStage): Promise<number> {
  const { rows } = await pool.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE application_name LIKE 'carillon-%' AND datname = current_database()`,
  )
  return rows.length
}

async function lockDeliveries({ pool }: FaultStage, forMs: number): Promise<void> {
  const client = await pool.connect()
  try {
    await client.query('BEGIN')
    await client.query('LOCK TABLE "NotificationDelivery" IN ACCESS EXCLUSIVE MODE')
    await Bun.sleep(forMs)
  } finally {
    await client.query('ROLLBACK')
    client.release()
  }
}

export const BACKBONE_FAULTS: readonly Fault[] = [
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
    name: 'Postgres killed',
    async inject(stage, random, quick) {
      const kills = quick ? 1 : 3
      for (let done = 0; done < kills; done++) {
        await stage.killPostgres()
        await Bun.sleep(500 + random.below(1_000))
      }
      return kills
    },
  },
  {
    name: 'the table of deliveries locked',
    async inject(stage, _random, quick) {
      await lockDeliveries(stage, quick ? 5_000 : 30_000)
      return 1
    },
  },
  {
    name: 'the broker killed',
    async inject({ broker }, random, quick) {
      if (!broker) throw new Error('kill the broker: it is not ours')
      const kills = quick ? 1 : 3
      for (let done = 0; done < kills; done++) {
        await broker.kill()
        await Bun.sleep(random.below(2_000))
        await broker.start()
        await Bun.sleep(random.below(1_000))
      }
      return kills
    },
  },
  {
    name: 'offsets set back to the beginning',
    async inject(stage) {
      for (const app of CONSUMERS) await waitUntilUp(stage, app)
      await Promise.all(CONSUMERS.map((app) => stage.fleet.kill(app, 'SIGTERM')))
      await moveGroups(stage.kafka.connection.brokers[0] ?? '', FLEET_GROUPS, 'earliest')
      await Promise.all(CONSUMERS.map((app) => stage.fleet.start(app)))
      return FLEET_GROUPS.length
    },
  },
  {
    name: 'records that are no records',
    async inject({ producer }, random) {
      const records = [EVENTS, `${EVENTS}.urgent`, MAILS, READ_TOPIC].flatMap((topic) =>
        random.shuffle(POISON).map((value) => ({ topic, key: 'poison', value })),
      )
      await producer.publishMany(records)
      return records.length
    },
  },
]
