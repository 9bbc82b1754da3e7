import { join } from 'node:path'
import type { AppName } from '@carillon/testkit'
import type { Random } from '../fleet/random.ts'
import { waitUntilUp } from '../kills/kill-all.ts'
import { killAtBarrier } from '../kills/kill-at-barrier.ts'
import type { Fault } from './fault.ts'
import { APPS, type FaultStage } from './open-fault-stage.ts'
import { freezeApp, withTwin } from './processes.ts'

// The lease of a hand-over is twice the limit of 5 s.
const LONGER_THAN_LEASE_MS = 12_000
const TERM_MS_MAX = 25_000
const KILLS = { quick: 6, full: 72 }
// Side by side, so that three are away at a time.
const VICTIMS: readonly [AppName, ...AppName[]][] = [
  ['api', 'fanout'],
  ['router', 'receipts', 'escalation'],
  ['email', 'sms'],
]

export const KILLS_OF_ANY: Fault = {
  name: 'kill -9 of any process',
  async inject(stage, random, quick) {
    const kills = KILLS[quick ? 'quick' : 'full']
    const each = kills / VICTIMS.length
    await Promise.all(VICTIMS.map((apps, index) => killSome(stage, apps, each, random.fork(`killer ${index}`))))
    for (const app of APPS) await waitUntilUp(stage, app)
    return kills
  },
}

/** Each when it is up, and while what was killed before it is still coming up. */
async function killSome(
  stage: FaultStage,
  apps: readonly [AppName, ...AppName[]],
  kills: number,
  random: Random,
): Promise<void> {
  for (let done = 0; done < kills; done++) {
    const app = random.pick(apps)
    do await waitUntilUp(stage, app)
    while ((await stage.fleet.kill(app)) === undefined)
    void stage.fleet.start(app).catch(() => undefined)
    await Bun.sleep(random.below(600))
  }
}

export const PROCESS_FAULTS: readonly Fault[] = [
  {
    name: 'kill -9 between hand-over and record',
    async inject(stage, random, quick) {
      const kills = quick ? 1 : 5
      for (let done = 0; done < kills; done++) {
        await waitUntilUp(stage, 'email')
        await killAtBarrier(stage, `barrier-${random.next()}`)
        await waitUntilUp(stage, 'email')
      }
      return kills
    },
  },
  {
    name: 'stopped for longer than the lease',
    async inject(stage) {
      await Promise.all([
        freezeApp(stage, 'email', LONGER_THAN_LEASE_MS),
        freezeApp(stage, 'sms', LONGER_THAN_LEASE_MS),
      ])
      return 2
    },
  },
  {
    name: 'paused for 2 s, one after the other',
    async inject(stage) {
      for (const app of APPS) await freezeApp(stage, app, 2_000)
      return APPS.length
    },
  },
  {
    name: 'event loop blocked for 10 s',
    async inject(stage, random) {
      await freezeApp(stage, random.pick(['router', 'escalation']), 10_000)
      return 1
    },
  },
  {
    name: 'SIGTERM to all in a burst',
    async inject(stage) {
      const startedMs = performance.now()
      for (const app of APPS) await waitUntilUp(stage, app)
      await Promise.all(APPS.map((app) => stage.fleet.kill(app, 'SIGTERM')))
      const tookMs = Math.round(performance.now() - startedMs)
      await Promise.all(APPS.map((app) => stage.fleet.start(app)))
      return { count: APPS.length, broken: tookMs > TERM_MS_MAX ? [`gone only after ${tookMs} ms`] : [] }
    },
  },
  {
    name: 'a member that joins and leaves every 3 s',
    async inject(stage, _random, quick) {
      const times = quick ? 1 : 4
      for (let done = 0; done < times; done++) await withTwin(stage, 'email', () => Bun.sleep(3_000))
      return times
    },
  },
  {
    name: 'two clocks',
    async inject(stage) {
      await withTwin(stage, 'escalation', () => Bun.sleep(10_000))
      return 1
    },
  },
  {
    name: 'a worker’s wall clock an hour ahead',
    async inject(stage) {
      stage.ownEnv.email.BUN_OPTIONS = `--preload=${join(import.meta.dirname, 'skewed-clock.ts')}`
      await stage.fleet.killAndRestart('email', 'SIGTERM')
      await Bun.sleep(5_000)
      delete stage.ownEnv.email.BUN_OPTIONS
      await stage.fleet.killAndRestart('email', 'SIGTERM')
      return 1
    },
  },
  {
    name: 'rolling deploy, with old and new schema',
    async inject(stage) {
      // What a release does first: it widens, and programs of before must go on with it.
      await stage.pool.query(WIDEN)
      for (const app of APPS) {
        const own: Record<string, string> = app === 'api' ? { PORT: '0' } : {}
        await waitUntilUp(stage, app)
        await withTwin(stage, app, () => stage.fleet.killAndRestart(app, 'SIGTERM'), own)
      }
      await stage.pool.query(NARROW)
      return APPS.length
    },
  },
]

const WIDENED = ['Event', 'Notification', 'NotificationDelivery', 'DeliveryAttempt', 'Dispatch', 'Outbox']
const WIDEN = WIDENED.map((table) => `ALTER TABLE "${table}" ADD COLUMN "ofNextRelease" text DEFAULT 'none'`).join('; ')
const NARROW = WIDENED.map((table) => `ALTER TABLE "${table}" DROP COLUMN "ofNextRelease"`).join('; ')
