import { type FleetStage, openStage } from '@carillon/testkit'
import { auditStage, describeFindings } from './fleet/audit-stage.ts'
import { brokerKindOf } from './fleet/broker-kind.ts'
import { createRandom, type Random } from './fleet/random.ts'
import { readOpenWork } from './fleet/read-open-work.ts'
import { waitUntil } from './fleet/wait-until.ts'
import type { Proof, ProofResult } from './proof.ts'
import { cancels, reads } from './stops/contests.ts'
import { watchHandOvers } from './stops/hand-over-times.ts'
import {
  LANES,
  type Outlet,
  openMailOutlet,
  openPushOutlet,
  openTextOutlet,
  openWhatsAppOutlet,
} from './stops/outlets.ts'
import { type Contest, type Race, runRaces } from './stops/race.ts'
import { judge, type Verdict } from './stops/verdict.ts'

const REST_MS_MAX = 60_000
// Only stops within 50 ms of the hand-over count; on a busy machine some miss it, and more are raced.
const RACES_MAX = 6
const MORE_MIN = 20
const closeMin = 2_000

interface Round {
  readonly name: string
  readonly open: (stage: FleetStage) => Promise<Outlet>
  readonly contest: Contest
  /** Which message of the ladder is raced for, from 0. */
  readonly raced: number
  /** How long a hand-over takes at first sight. */
  readonly guessMs: number
  readonly lanes: number
}

const rounds: readonly Round[] = [
  { name: 'cancel', open: openMailOutlet, contest: cancels, raced: 0, guessMs: 80, lanes: LANES },
  { name: 'read', open: openMailOutlet, contest: reads, raced: 1, guessMs: 80, lanes: 3 * LANES },
]
/**
 * Too much for CI. IN_APP has no round: a notification is in the inbox with the very insert that plans it, so there is no
 * hand-over that a stop could come before.
 */
const otherChannels: readonly Round[] = [
  { name: 'sms', open: openTextOutlet, contest: cancels, raced: 0, guessMs: 80, lanes: LANES },
  { name: 'push', open: openPushOutlet, contest: cancels, raced: 0, guessMs: 80, lanes: LANES },
  { name: 'whatsapp', open: openWhatsAppOutlet, contest: cancels, raced: 0, guessMs: 80, lanes: LANES },
]

/**
 * Callers ask for a stop when the hand-over is just about to begin, is under way, or is just over. Whoever was answered
 * `cancelled` must never find a mail.
 */
export const proof: Proof = {
  name: 'stops',
  summary: 'no hand-over begins after a cancel or a read was answered with cancelled',
  async run({ seed, quick, on, print }) {
    const random = createRandom(seed)
    const stage = await openStage({ broker: brokerKindOf(on), env: { EMAIL_WORKER_CONCURRENCY: String(LANES + 1) } })
    try {
      const results: ProofResult[] = []
      for (const round of quick ? rounds : [...rounds, ...otherChannels]) {
        results.push(await race(stage, round, quick ? 100 : closeMin, random, print))
      }
      const findings = await auditStage(stage)
      return {
        passed: results.every(({ passed }) => passed) && findings.length === 0,
        figures: Object.assign({}, ...results.map(({ figures }) => figures), {
          'findings of the audit': describeFindings(findings),
        }),
      }
    } finally {
      await stage.close()
    }
  },
}

async function race(
  stage: FleetStage,
  { name, open, contest, raced, guessMs, lanes }: Round,
  count: number,
  random: Random,
  print: (line: string) => void,
): Promise<ProofResult> {
  const outlet = await open(stage)
  const times = watchHandOvers(outlet, raced, guessMs)
  const options = { api: stage.api, times, outlet, random: random.fork(name) }
  const place = { prefix: `${name}-`, raced }
  const races: Race[] = []
  let verdict = await judge(stage, races, [], place)
  try {
    for (let begun = 0; verdict.close < count && begun < RACES_MAX * count; ) {
      const more = Math.max(MORE_MIN, Math.ceil(1.2 * (count - verdict.close)))
      const names = Array.from({ length: more }, () => `${name}-${begun++}`)
      races.push(...(await runRaces(contest, names, lanes, options)))
      await waitUntilAtRest(stage)
      verdict = await judge(stage, races, await outlet.accepted(), place)
      print(`${verdict.close} of ${races.length} stops (${name}) were close to their hand-over`)
    }
  } finally {
    await times.close()
    await outlet.close()
  }
  const result = describe(name, races.length, count, verdict)
  // At once, for a run that is cut short must not take the rounds before along.
  for (const [figure, value] of Object.entries(result.figures)) print(`${figure} ${value}`)
  return result
}

async function waitUntilAtRest(stage: FleetStage): Promise<void> {
  await waitUntil('everything at rest', REST_MS_MAX, async () => {
    const seen = await readOpenWork(stage)
    return { isSo: Object.values(seen).every((open) => open === 0), seen }
  })
}

function describe(name: string, races: number, wanted: number, { counts, close, violations }: Verdict): ProofResult {
  const isBroken = Object.values(violations).some((names) => names.length > 0)
  const haveAllOccurred = Object.values(counts).every((count) => count > 0)
  return {
    passed: !isBroken && haveAllOccurred && close >= wanted,
    figures: {
      [`${name}: stops`]: races,
      [`${name}: within 50 ms of the hand-over`]: close,
      ...Object.fromEntries(Object.entries(counts).map(([answer, count]) => [`${name}: ${answer}`, count])),
      ...Object.fromEntries(
        Object.entries(violations).map(([what, names]) => [
          `${name}: ${what}`,
          [String(names.length), ...names.slice(0, 3)].join(' '),
        ]),
      ),
    },
  }
}
