import { planSchedule } from './faults/catalogue.ts'
import { judgeEverything } from './faults/judge-everything.ts'
import { type FaultStage, openFaultStage } from './faults/open-fault-stage.ts'
import { isKept, type Round, runRound } from './faults/run-round.ts'
import { auditStage, describeFindings } from './fleet/audit-stage.ts'
import { brokerKindOf } from './fleet/broker-kind.ts'
import { createRandom, type Random } from './fleet/random.ts'
import type { Proof, ProofResult } from './proof.ts'

const EVENTS = { quick: 15, full: 40 }
const MINUTE_MS = 60_000
/** After so many rounds in a row that came to no end, nothing more is learnt. */
const FAILED_MAX = 3

/**
 * The whole list once, in an order that the seed gives, then over again until the minutes are over. Each fault has a round
 * of its own, with traffic before, during and after it, and rest at its end.
 */
export const proof: Proof = {
  name: 'faults',
  summary: 'whatever fails in a fleet, nothing is lost, nothing is doubled in silence, and it drains by itself',
  async run({ seed, quick, on, minutes = 0, only = '', print }) {
    const random = createRandom(seed)
    const stage = await openFaultStage(brokerKindOf(on))
    let hasPassed = false
    try {
      const untilMs = performance.now() + minutes * MINUTE_MS
      const rounds = await runRounds(stage, { random, quick, only, untilMs, print })
      const result = await describe(stage, rounds)
      hasPassed = result.passed
      return result
    } finally {
      if (!hasPassed) print(`logs are kept in ${stage.logDir}`)
      await stage.close({ keepLogs: !hasPassed })
    }
  },
}

interface RunOptions {
  readonly random: Random
  readonly quick: boolean
  readonly only: string
  readonly untilMs: number
  readonly print: (line: string) => void
}

async function runRounds(stage: FaultStage, options: RunOptions): Promise<Round[]> {
  const { random, quick, untilMs, print } = options
  const rounds: Round[] = []
  print(HEADER)
  do {
    for (const fault of planSchedule(options, random)) {
      const number = rounds.length
      const own = random.fork(`round ${number}`)
      const round = await runRound(stage, fault, {
        ...{ number, events: EVENTS[quick ? 'quick' : 'full'], quick, random: own },
      }).catch((error: unknown) => describeFailure(fault.name, error))
      rounds.push(round)
      print(formatRound(round))
      for (const broken of listBroken(round)) print(`    ${broken}`)
      if (rounds.slice(-FAILED_MAX).filter(hasFailed).length === FAILED_MAX) return rounds
    }
  } while (performance.now() < untilMs)
  return rounds
}

/** A round that did not come to its end: the others are worth their while all the same. */
function describeFailure(fault: string, error: unknown): Round {
  const none = { lost: [], doubled: [], undeclared: [], afterStop: [], late: [], openEnds: [], refused: [] }
  const cause = error instanceof Error && error.cause ? `: ${error.cause}` : ''
  const said = `${error instanceof Error ? error.message : error}${cause}`
  return { fault, injected: 0, deliveries: 0, drainedInMs: Number.POSITIVE_INFINITY, broken: [said], ...none }
}

function hasFailed({ drainedInMs }: Round): boolean {
  return !Number.isFinite(drainedInMs)
}

const HEADER = formatColumns('fault', 'injected', 'sent', 'lost', 'doubled', 'undecl.', 'stopped', 'late', 'drained')

function formatRound(round: Round): string {
  const { fault, injected, deliveries, lost, doubled, undeclared, afterStop, late, drainedInMs } = round
  const counts = [injected, deliveries, ...[lost, doubled, undeclared, afterStop, late].map((ids) => ids.length)]
  return formatColumns(fault, ...counts.map(String), `${(drainedInMs / 1_000).toFixed(1)} s`)
}

function formatColumns(first: string, ...others: readonly string[]): string {
  return first.padEnd(60) + others.map((other) => other.padStart(9)).join('')
}

function listBroken({ lost, undeclared, afterStop, openEnds, refused, broken }: Round): string[] {
  const lists = {
    lost,
    'doubled undeclared': undeclared,
    'handed over after a stop': afterStop,
    open: openEnds,
    refused,
    broken,
  }
  return Object.entries(lists).flatMap(([what, ids]) => ids.slice(0, 5).map((id) => `${what}: ${id}`))
}

async function describe(stage: FaultStage, rounds: readonly Round[]): Promise<ProofResult> {
  const findings = await auditStage(stage)
  const overall = Object.entries(await judgeEverything(stage))
  const sum = (of: (round: Round) => number) => rounds.reduce((total, round) => total + of(round), 0)
  const broken = rounds.filter((round) => !isKept(round))
  return {
    passed: broken.length === 0 && findings.length === 0 && overall.every(([, ids]) => ids.length === 0),
    figures: {
      rounds: rounds.length,
      'kinds of faults': new Set(rounds.map(({ fault }) => fault)).size,
      'faults injected': sum(({ injected }) => injected),
      kills: sum(({ fault, injected }) => (/kill/.test(fault) ? injected : 0)),
      deliveries: sum(({ deliveries }) => deliveries),
      lost: sum(({ lost }) => lost.length),
      'doubled, and possiblySent says so': sum(({ doubled, undeclared }) => doubled.length - undeclared.length),
      'doubled undeclared': sum(({ undeclared }) => undeclared.length),
      'handed over after an answered stop': sum(({ afterStop }) => afterStop.length),
      'later than a minute after the fault': sum(({ late }) => late.length),
      'slowest to drain': `${(Math.max(...rounds.map(({ drainedInMs }) => drainedInMs)) / 1_000).toFixed(1)} s`,
      'rounds that broke something': broken.map(({ fault }) => fault).join(', ') || 0,
      ...Object.fromEntries(overall.map(([what, ids]) => [what, describeIds(ids)])),
      'findings of the audit': describeFindings(findings),
      'processes that ended by themselves': describeExits(stage.fleet.readUnexpectedExits()),
    },
  }
}

function describeIds(ids: readonly string[]): string | number {
  return ids.length === 0 ? 0 : `${ids.length}: ${ids.slice(0, 3).join(', ')}`
}

function describeExits(exits: readonly string[]): string | number {
  const counts = [...Map.groupBy(exits, (exit) => exit)].map(([exit, all]) => `${exit} × ${all.length}`)
  return counts.join(', ') || 0
}
