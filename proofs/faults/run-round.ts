import type { Random } from '../fleet/random.ts'
import { readOpenWork } from '../fleet/read-open-work.ts'
import { waitUntil } from '../fleet/wait-until.ts'
import type { Fault } from './fault.ts'
import { judgeRound, type RoundVerdict } from './judge-round.ts'
import type { FaultStage } from './open-fault-stage.ts'
import { runTraffic } from './traffic.ts'

export interface Round extends RoundVerdict {
  readonly fault: string
  readonly injected: number
  readonly drainedInMs: number
  readonly refused: readonly string[]
}

/** Nothing may take longer to mend; the wait itself goes on a little, to say how much longer. */
const DRAIN_MS_MAX = 120_000
const WAIT_MS_MAX = 180_000

/** A fault in the midst of traffic, then rest: what happened to this round's messages was this fault's doing. */
export async function runRound(
  stage: FaultStage,
  fault: Fault,
  { number, events, quick, random }: { number: number; events: number; quick: boolean; random: Random },
): Promise<Round> {
  const posting = runTraffic(stage, number, events, random.fork('traffic'))
  posting.catch(() => undefined)
  await Bun.sleep(300)
  const injected = await fault.inject(stage, random.fork('fault'), quick)
  const endedAtMs = Date.now()
  const traffic = await posting
  await waitUntil(`rest after "${fault.name}"`, WAIT_MS_MAX, async () => {
    const seen = await readOpenWork(stage).catch((error: unknown) => ({ deliveries: -1, error: String(error) }))
    return { isSo: Object.values(seen).every((count) => count === 0), seen }
  })
  const drainedInMs = Date.now() - endedAtMs
  await stage.smtp.clearBehaviours()
  const verdict = await judgeRound(stage, traffic, endedAtMs)
  return { fault: fault.name, injected, drainedInMs, refused: traffic.refused, ...verdict }
}

export function isKept(round: Round): boolean {
  const { lost, undeclared, afterStop, openEnds, refused, drainedInMs, deliveries } = round
  const broken = [lost, undeclared, afterStop, openEnds, refused].some((ids) => ids.length > 0)
  return !broken && drainedInMs <= DRAIN_MS_MAX && deliveries > 0
}
