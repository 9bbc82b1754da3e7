import type { StopAnswer } from '@carillon/contracts'
import type { ApiClient } from '@carillon/testkit'
import type { Random } from '../fleet/random.ts'
import type { HandOverTimes } from './hand-over-times.ts'
import type { Outlet } from './outlets.ts'

export interface Contest {
  readonly kind: 'cancel' | 'read'
  event(channel: Outlet['channel']): object
  /** The last moment before the hand-over that is known for sure; how long after it the mail goes is learnt. */
  findStart(api: ApiClient, name: string, acceptedAtMs: number): Promise<number>
  /** Asks for the stop; undefined while there is nothing to stop yet. */
  stop(api: ApiClient, name: string): Promise<readonly StopAnswer[] | undefined>
}

/** One stop against one hand-over. */
export interface Race {
  readonly kind: Contest['kind']
  readonly name: string
  readonly askedAtMs: number
  readonly answeredAtMs: number
  readonly expectedAtMs: number
  readonly answers: readonly StopAnswer[]
}

export interface RaceOptions {
  readonly api: ApiClient
  readonly times: HandOverTimes
  readonly outlet: Outlet
  readonly random: Random
}

const WINDOW_MS = 50
const CONTROL_SHARE = 0.15
const AGAIN_MS = 3
const FOUND_MS_MAX = 20_000

/** Several callers side by side, each with one stop after the other. */
export async function runRaces(
  contest: Contest,
  names: readonly string[],
  lanes: number,
  options: RaceOptions,
): Promise<Race[]> {
  const races: Race[] = []
  const left = [...names]
  async function runLane(lane: number): Promise<void> {
    const random = options.random.fork(`lane ${lane} from ${names[0]}`)
    await Bun.sleep(random.below(1_000))
    for (let name = left.shift(); name !== undefined; name = left.shift()) {
      const race = await runRace(contest, name, { ...options, random })
      if (race !== undefined) races.push(race)
    }
  }
  await Promise.all(Array.from({ length: lanes }, (_, lane) => runLane(lane)))
  return races
}

/** Answers nothing for a control: an event that nobody stops, to learn from. */
async function runRace(contest: Contest, name: string, { api, times, outlet, random }: RaceOptions) {
  const isControl = random.next() < CONTROL_SHARE
  const offsetMs = (random.next() * 2 - 1) * WINDOW_MS
  const { address, recipient } = await outlet.meet(name)
  const recipients = [recipient]
  const { status } = await api.post(
    { ...contest.event(outlet.channel), notificationId: name, recipients },
    { idempotencyKey: name },
  )
  if (status !== 202) throw new Error(`post ${name}: ${status}`)
  const startAtMs = await contest.findStart(api, name, Date.now())
  if (isControl) {
    times.noteControl(address, startAtMs)
    return undefined
  }
  const expectedAtMs = startAtMs + times.estimateMs()
  await Bun.sleep(Math.max(0, expectedAtMs + offsetMs - Date.now()))
  return { kind: contest.kind, name, expectedAtMs, ...(await stopNow(contest, api, name)) }
}

/** A notification that is not planned yet is unknown: asked again at once, as an impatient caller would. */
async function stopNow(contest: Contest, api: ApiClient, name: string) {
  for (const deadlineMs = Date.now() + FOUND_MS_MAX; Date.now() < deadlineMs; await Bun.sleep(AGAIN_MS)) {
    const askedAtMs = Date.now()
    const answers = await contest.stop(api, name)
    if (answers !== undefined) return { askedAtMs, answeredAtMs: Date.now(), answers }
  }
  throw new Error(`stop ${name}: it was never planned`)
}
