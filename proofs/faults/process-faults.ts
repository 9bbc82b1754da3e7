import { join } from 'node:path'
import { type AppName, startFleetProcess } from '@carillon/testkit'
import { waitUntilUp } from '../kills/kill-all.ts'
import { killAtBarrier } from '../kills/kill-at-barrier.ts'
import type { Fault } from './fault.ts'
import type { FaultStage } from './open-fault-stage.ts'

const APPS = ['api', 'router', 'email', 'escalation'] as const
// The lease of a hand-over is twice the limit of 5 s.
const LONGER_THAN_LEASE_MS = 12_000
const TERM_MS_MAX = 25_000

async function freeze(stage: FaultStage, name: AppName, forMs: number): Promise<void> {
  await waitUntilUp(stage, name)
  const pid = stage.fleet.pidOf(name)
  if (pid === undefined) throw new Error(`freeze ${name}: not running`)
  process.kill(pid, 'SIGSTOP')
  await Bun.sleep(forMs)
  try {
    process.kill(pid, 'SIGCONT')
  } catch {
    // It was ended meanwhile, and its successor is up.
  }
}

/** One more of its kind beside the fleet's own, for a while. */
async function runTwin(stage: FaultStage, name: AppName, forMs: number): Promise<void> {
  const { fleetEnv: env, logDir } = stage
  const twin = await startFleetProcess({ name, env, logDir, readyTimeoutMs: 30_000 })
  await Bun.sleep(forMs)
  twin.kill('SIGTERM')
  await twin.exited
}

export const PROCESS_FAULTS: readonly Fault[] = [
  {
    name: 'kill -9 of any process',
    async inject(stage, random, quick) {
      const kills = quick ? 2 : 10
      for (let done = 0; done < kills; done++) {
        const app = random.pick(APPS)
        await waitUntilUp(stage, app)
        await stage.fleet.kill(app)
        void stage.fleet.start(app).catch(() => undefined)
        await Bun.sleep(random.below(400))
      }
      for (const app of APPS) await waitUntilUp(stage, app)
      return kills
    },
  },
  {
    name: 'kill -9 between hand-over and record',
    async inject(stage, _random, quick) {
      const kills = quick ? 1 : 3
      for (let done = 0; done < kills; done++) {
        await waitUntilUp(stage, 'email')
        await killAtBarrier(stage, `barrier-${performance.now()}`)
        await waitUntilUp(stage, 'email')
      }
      return kills
    },
  },
  {
    name: 'stopped for longer than the lease',
    async inject(stage) {
      await freeze(stage, 'email', LONGER_THAN_LEASE_MS)
      return 1
    },
  },
  {
    name: 'paused for 3 s, one after the other',
    async inject(stage) {
      for (const app of APPS) await freeze(stage, app, 3_000)
      return APPS.length
    },
  },
  {
    name: 'event loop blocked for 10 s',
    async inject(stage, random) {
      await freeze(stage, random.pick(['router', 'escalation']), 10_000)
      return 1
    },
  },
  {
    name: 'SIGTERM to all in a burst',
    async inject(stage) {
      const startedMs = performance.now()
      for (const app of APPS) await waitUntilUp(stage, app)
      await Promise.all(APPS.map((app) => stage.fleet.kill(app, 'SIGTERM')))
      const tookMs = performance.now() - startedMs
      if (tookMs > TERM_MS_MAX) throw new Error(`SIGTERM: not gone after ${TERM_MS_MAX} ms but ${tookMs}`)
      await Promise.all(APPS.map((app) => stage.fleet.start(app)))
      return APPS.length
    },
  },
  {
    name: 'a member that joins and leaves',
    async inject(stage, _random, quick) {
      const times = quick ? 1 : 4
      for (let done = 0; done < times; done++) await runTwin(stage, 'email', 3_000)
      return times
    },
  },
  {
    name: 'two clocks',
    async inject(stage) {
      await runTwin(stage, 'escalation', 10_000)
      return 1
    },
  },
  {
    name: 'a worker’s wall clock an hour ahead',
    async inject(stage) {
      stage.emailEnv.BUN_OPTIONS = `--preload=${join(import.meta.dirname, 'skewed-clock.ts')}`
      await stage.fleet.killAndRestart('email', 'SIGTERM')
      await Bun.sleep(5_000)
      delete stage.emailEnv.BUN_OPTIONS
      await stage.fleet.killAndRestart('email', 'SIGTERM')
      return 1
    },
  },
]
