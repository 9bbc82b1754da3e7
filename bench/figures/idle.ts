import { type AppName, type FleetStage, openStage } from '@carillon/testkit'
import type { Figure, FigureOptions, Lap, OpenFigure } from '../figure.ts'
import { readProcessorMs } from '../processor-time.ts'

const APPS = ['api', 'router', 'fanout', 'email', 'sms', 'push', 'receipts', 'escalation'] as const

/** Long enough that a poll of every few seconds is in it. */
const LAP_MS = { quick: 300, full: 8_000 }
// What a process compiles and collects after its start is no idling.
const SETTLE_MS = { quick: 0, full: 20_000 }

type Spent = ReadonlyMap<AppName, number>

/** A fleet with nothing to do, as it is most of the night: what it costs to wait. */
function openIdle(choose: (spentMs: readonly number[]) => number) {
  return async ({ quick, on }: FigureOptions): Promise<OpenFigure> => {
    const form = quick ? 'quick' : 'full'
    const stage = await openStage({ broker: on, apps: APPS, env: { CARILLON_SIMULATE: 'email,sms,whatsapp,push' } })
    await Bun.sleep(SETTLE_MS[form])
    return {
      async subject(): Promise<Lap> {
        const before = await readSpent(stage)
        const startedMs = performance.now()
        await Bun.sleep(LAP_MS[form])
        const after = await readSpent(stage)
        const ms = performance.now() - startedMs
        return { count: choose(APPS.map((app) => (after.get(app) ?? 0) - (before.get(app) ?? 0))), ms }
      },
      denominator: async () => ({ count: LAP_MS[form], ms: LAP_MS[form] }),
      close: () => stage.close(),
    }
  }
}

async function readSpent({ fleet }: FleetStage): Promise<Spent> {
  const spent = APPS.map(async (app) => {
    const pid = fleet.pidOf(app)
    if (pid === undefined) throw new Error(`time of ${app}: not running`)
    return [app, await readProcessorMs(pid)] as const
  })
  return new Map(await Promise.all(spent))
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0)

export const idleFigures: readonly Figure[] = [
  {
    name: 'idle',
    of: `${APPS.length} processes with nothing to do`,
    against: 'one core',
    goal: 0.08,
    isCeiling: true,
    open: openIdle(sum),
  },
  {
    name: 'idle, the busiest of them',
    of: 'one process with nothing to do',
    against: 'one core',
    goal: 0.01,
    isCeiling: true,
    open: openIdle((spentMs) => Math.max(...spentMs)),
  },
]
