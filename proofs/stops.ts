import { type FleetStage, openStage } from '@carillon/testkit'
import { auditStage, describeFindings } from './fleet/audit-stage.ts'
import { brokerKindOf } from './fleet/broker-kind.ts'
import { createRandom, type Random } from './fleet/random.ts'
import { readOpenWork } from './fleet/read-open-work.ts'
import { waitUntil } from './fleet/wait-until.ts'
import type { Proof, ProofResult } from './proof.ts'
import { cancels, reads } from './stops/contests.ts'
import { watchHandOvers } from './stops/hand-over-times.ts'
import { type Contest, type Race, runRaces } from './stops/race.ts'
import { judge, type Verdict } from './stops/verdict.ts'

// Between the claim and the record a stop can only answer possibly_sent; a slow server keeps that moment open.
const SLOW_SERVER_MS = 20
const REST_MS_MAX = 60_000
// Only stops within 50 ms of the hand-over count; on a busy machine some miss it, and more are raced.
const RACES_MAX = 6
const MORE_MIN = 20

interface Round {
  readonly contest: Contest
  /** Which mail of the ladder is raced for, from 0. */
  readonly raced: number
  /** How long a hand-over takes at first sight. */
  readonly guessMs: number
  readonly lanes: number
}

const rounds: readonly Round[] = [
  { contest: cancels, raced: 0, guessMs: 80, lanes: 4 },
  { contest: reads, raced: 1, guessMs: 80, lanes: 16 },
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
    const stage = await openStage({ broker: brokerKindOf(on) })
    try {
      await stage.smtp.behave({ at: 'dot', delayMs: SLOW_SERVER_MS })
      const results: ProofResult[] = []
      for (const round of rounds) results.push(await race(stage, round, quick ? 100 : 1_000, random, print))
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
  { contest, raced, guessMs, lanes }: Round,
  count: number,
  random: Random,
  print: (line: string) => void,
): Promise<ProofResult> {
  const times = watchHandOvers(stage.smtp, raced, guessMs)
  const options = { api: stage.api, times, random: random.fork(contest.kind) }
  const races: Race[] = []
  let verdict = await judge(stage, races, [], raced)
  try {
    for (let begun = 0; verdict.close < count && begun < RACES_MAX * count; ) {
      const more = Math.max(MORE_MIN, Math.ceil(1.2 * (count - verdict.close)))
      const names = Array.from({ length: more }, () => `${contest.kind}-${begun++}`)
      races.push(...(await runRaces(contest, names, lanes, options)))
      await waitUntilAtRest(stage)
      verdict = await judge(stage, races, await stage.smtp.accepted(), raced)
      print(`${verdict.close} of ${races.length} ${contest.kind}s were close to their hand-over`)
    }
  } finally {
    await times.close()
  }
  return describe(contest.kind, races.length, count, verdict)
}

async function waitUntilAtRest(stage: FleetStage): Promise<void> {
  await waitUntil('everything at rest', REST_MS_MAX, async () => {
    const seen = await readOpenWork(stage)
    return { isSo: Object.values(seen).every((open) => open === 0), seen }
  })
}

function describe(
  kind: Contest['kind'],
  races: number,
  wanted: number,
  { counts, close, violations }: Verdict,
): ProofResult {
  const isBroken = Object.values(violations).some((names) => names.length > 0)
  const haveAllOccurred = Object.values(counts).every((count) => count > 0)
  return {
    passed: !isBroken && haveAllOccurred && close >= wanted,
    figures: {
      [`${kind}s`]: races,
      [`${kind}s within 50 ms of the hand-over`]: close,
      ...Object.fromEntries(Object.entries(counts).map(([answer, count]) => [`${kind}: ${answer}`, count])),
      ...Object.fromEntries(
        Object.entries(violations).map(([what, names]) => [
          `${kind}: ${what}`,
          [String(names.length), ...names.slice(0, 3)].join(' '),
        ]),
      ),
    },
  }
}
