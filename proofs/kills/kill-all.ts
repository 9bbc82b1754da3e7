import type { AppName, FleetStage } from '@carillon/testkit'
import type { Random } from '../fleet/random.ts'
import { readOpenWork } from '../fleet/read-open-work.ts'
import { waitUntil } from '../fleet/wait-until.ts'
import { killAtBarrier } from './kill-at-barrier.ts'
import type { Target } from './plan-salvos.ts'

export interface Kills {
  readonly counts: Map<Target, number>
  /** Deliveries whose mail was accepted and whose process was killed before it could say so. */
  readonly atBarrier: string[]
  /** The longest time from a salvo's last kill until mails went out again. */
  stalledMsMax: number
}

const UP_MS_MAX = 90_000
const FLOW_MS_MAX = 120_000
const FLOW_MAILS = 5
const PAUSE_MS_MAX = 500

/** Kills by pid, and starts again as a supervisor would, while what was killed before is still coming up. */
export async function killAll(
  stage: FleetStage,
  salvos: readonly (readonly Target[])[],
  random: Random,
  onSalvo: (done: number) => void,
): Promise<Kills> {
  const kills: Kills = { counts: new Map(), atBarrier: [], stalledMsMax: 0 }
  const broker = createBrokerKiller(stage)
  for (const [done, salvo] of salvos.entries()) {
    onSalvo(done)
    for (const target of salvo) {
      await Bun.sleep(random.below(PAUSE_MS_MAX))
      if (target === 'broker') await broker.kill()
      else if (target === 'barrier') kills.atBarrier.push(await killEmailAtBarrier(stage, done))
      else await killApp(stage, target)
      kills.counts.set(target, (kills.counts.get(target) ?? 0) + 1)
    }
    const killedAtMs = performance.now()
    await broker.waitUntilUp()
    await waitUntilFlowing(stage)
    kills.stalledMsMax = Math.max(kills.stalledMsMax, performance.now() - killedAtMs)
  }
  return kills
}

export async function waitUntilUp({ fleet }: FleetStage, name: AppName): Promise<void> {
  await waitUntil(`${name} up`, UP_MS_MAX, async () => {
    if (fleet.pidOf(name) === undefined) await fleet.start(name).catch(() => undefined)
    return { isSo: fleet.pidOf(name) !== undefined, seen: fleet.readUnexpectedExits() }
  })
}

async function waitUntilFlowing(stage: FleetStage): Promise<void> {
  const before = (await stage.smtp.accepted()).length
  await waitUntil('mails going out again', FLOW_MS_MAX, async () => {
    const more = (await stage.smtp.accepted()).length - before
    const open = await readOpenWork(stage).catch(() => undefined)
    const isIdle = open !== undefined && Object.values(open).every((count) => count === 0)
    return { isSo: more >= FLOW_MAILS || isIdle, seen: { more, open } }
  })
}

async function killApp(stage: FleetStage, name: AppName): Promise<void> {
  do await waitUntilUp(stage, name)
  while ((await stage.fleet.kill(name)) === undefined)
  void stage.fleet.start(name).catch(() => undefined)
}

async function killEmailAtBarrier(stage: FleetStage, number: number): Promise<string> {
  await waitUntilUp(stage, 'email')
  const deliveryId = await killAtBarrier(stage, `barrier-${number}`)
  void stage.fleet.start('email').catch(() => undefined)
  return deliveryId
}

function createBrokerKiller({ broker }: FleetStage) {
  if (broker === undefined) throw new Error('kills: the broker is not ours')
  let starting: Promise<void> = Promise.resolve()
  return {
    async kill() {
      await starting
      await broker.kill()
      starting = broker.start()
      // Awaited by the next who needs it.
      starting.catch(() => undefined)
    },
    waitUntilUp: () => starting,
  }
}
