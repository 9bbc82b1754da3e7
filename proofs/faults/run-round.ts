import { channelTopic, FANOUT_TOPIC, groupOf, type Lane, RECEIPTS_TOPIC } from '@carillon/contracts'
import { FLEET_GROUPS } from '@carillon/testkit'
import type { Random } from '../fleet/random.ts'
import { readOpenWork } from '../fleet/read-open-work.ts'
import { waitUntil } from '../fleet/wait-until.ts'
import { waitUntilUp } from '../kills/kill-all.ts'
import type { Fault } from './fault.ts'
import { judgeRound, type RoundVerdict } from './judge-round.ts'
import { APPS, type FaultStage } from './open-fault-stage.ts'
import { startTraffic } from './traffic.ts'

export interface Round extends RoundVerdict {
  readonly fault: string
  readonly injected: number
  readonly drainedInMs: number
  readonly refused: readonly string[]
  /** What the fault saw of messages of its own. */
  readonly broken: readonly string[]
}

/** Nothing may take longer to mend; the wait itself goes on a little, to say how much longer. */
const DRAIN_MS_MAX = 120_000
const WAIT_MS_MAX = 180_000
const LANES: readonly Lane[] = ['urgent', 'normal']

const GROUPS = [
  ...FLEET_GROUPS,
  ...[...LANES.map((lane) => channelTopic('SMS', lane)), FANOUT_TOPIC, RECEIPTS_TOPIC].map((topic) => ({
    groupId: groupOf(topic),
    topic,
  })),
]

/** A fault in the midst of traffic, then rest: what happened to this round's messages was this fault's doing. */
export async function runRound(
  stage: FaultStage,
  fault: Fault,
  { number, events, quick, random }: { number: number; events: number; quick: boolean; random: Random },
): Promise<Round> {
  const posting = startTraffic(stage, { round: number, eventsMin: events, random: random.fork('traffic') })
  await Bun.sleep(300)
  const injected = await fault.inject(stage, random.fork('fault'), quick).catch(async (cause: unknown) => {
    await posting.finish().catch(() => undefined)
    throw new Error(`inject "${fault.name}"`, { cause })
  })
  const endedAtMs = Date.now()
  const traffic = await posting.finish()
  for (const app of APPS) await waitUntilUp(stage, app)
  await waitUntil(`rest after "${fault.name}"`, WAIT_MS_MAX, async () => {
    const seen = await readOpenWork(stage, GROUPS).catch((error: unknown) => ({ deliveries: -1, error: String(error) }))
    return { isSo: Object.values(seen).every((count) => count === 0), seen }
  })
  const drainedInMs = Date.now() - endedAtMs
  await stage.smtp.clearBehaviours()
  await stage.twilio.clearBehaviours()
  const verdict = await judgeRound(stage, traffic, endedAtMs)
  const { count, broken } = typeof injected === 'number' ? { count: injected, broken: [] } : injected
  return { fault: fault.name, injected: count, drainedInMs, refused: traffic.refused, broken, ...verdict }
}

export function isKept(round: Round): boolean {
  const { lost, undeclared, afterStop, openEnds, refused, broken, drainedInMs, deliveries } = round
  const isBroken = [lost, undeclared, afterStop, openEnds, refused, broken].some((ids) => ids.length > 0)
  return !isBroken && drainedInMs <= DRAIN_MS_MAX && deliveries > 0
}
