import { BACKBONE_FAULTS } from './faults/backbone-faults.ts'
import type { Fault } from './faults/fault.ts'
import { type FaultStage, openFaultStage } from './faults/open-fault-stage.ts'
import { PROCESS_FAULTS } from './faults/process-faults.ts'
import { PROVIDER_FAULTS } from './faults/provider-faults.ts'
import { isKept, type Round, runRound } from './faults/run-round.ts'
import { auditStage, describeFindings } from './fleet/audit-stage.ts'
import { brokerKindOf } from './fleet/broker-kind.ts'
import { createRandom, type Random } from './fleet/random.ts'
import type { Proof, ProofResult } from './proof.ts'

const FAULTS: readonly Fault[] = [...PROCESS_FAULTS, ...BACKBONE_FAULTS, ...PROVIDER_FAULTS]
const QUICK = new Set([
  'kill -9 between hand-over and record',
  'connections to Postgres and the mail server cut',
  'records that are no records',
  'mails taken, and the answer lost',
])
const MINUTE_MS = 60_000

/** Of docs/security.md; the fleet under test has no such part, or nothing here can break it. */
const ABSENT = ['Redis killed or flushed', 'callbacks', 'DST', 'rolling deploy', 'disk full', 'broadcast cancelled']

/**
 * The whole list once, in an order that the seed gives, then over again until the minutes are over. Each fault has a round
 * of its own, with traffic before, during and after it, and rest at its end.
 */
export const proof: Proof = {
  name: 'faults',
  summary: 'whatever fails in a fleet, nothing is lost, nothing is doubled in silence, and it drains by itself',
  async run({ seed, quick, on, minutes = 0, print }) {
    const random = createRandom(seed)
    const stage = await openFaultStage(brokerKindOf(on))
    let hasPassed = false
    try {
      const rounds = await runRounds(stage, { random, quick, untilMs: performance.now() + minutes * MINUTE_MS, print })
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
  readonly untilMs: number
  readonly print: (line: string) => void
}

async function runRounds(stage: FaultStage, { random, quick, untilMs, print }: RunOptions): Promise<Round[]> {
  const rounds: Round[] = []
  print(HEADER)
  do {
    const chosen = quick ? FAULTS.filter(({ name }) => QUICK.has(name)) : random.shuffle(FAULTS)
    for (const fault of chosen) {
      const number = rounds.length
      const own = random.fork(`round ${number}`)
      const round = await runRound(stage, fault, { number, events: quick ? 15 : 60, quick, random: own }).catch(
        (cause: unknown) => {
          throw new Error(`round ${number}, ${fault.name}`, { cause })
        },
      )
      rounds.push(round)
      print(formatRound(round))
      for (const broken of listBroken(round)) print(`    ${broken}`)
    }
  } while (performance.now() < untilMs)
  return rounds
}

const HEADER = formatColumns('fault', 'injected', 'sent', 'lost', 'doubled', 'undecl.', 'stopped', 'late', 'drained')

function formatRound(round: Round): string {
  const { fault, injected, deliveries, lost, doubled, undeclared, afterStop, late, drainedInMs } = round
  const counts = [injected, deliveries, ...[lost, doubled, undeclared, afterStop, late].map((ids) => ids.length)]
  return formatColumns(fault, ...counts.map(String), `${(drainedInMs / 1_000).toFixed(1)} s`)
}

function formatColumns(first: string, ...others: readonly string[]): string {
  return first.padEnd(52) + others.map((other) => other.padStart(9)).join('')
}

function listBroken({ lost, undeclared, afterStop, openEnds, refused }: Round): string[] {
  const lists = {
    lost,
    'doubled undeclared': undeclared,
    'handed over after a stop': afterStop,
    open: openEnds,
    refused,
  }
  return Object.entries(lists).flatMap(([what, ids]) => ids.slice(0, 5).map((id) => `${what}: ${id}`))
}

async function describe(stage: FaultStage, rounds: readonly Round[]): Promise<ProofResult> {
  const findings = await auditStage(stage)
  const sum = (of: (round: Round) => number) => rounds.reduce((total, round) => total + of(round), 0)
  const broken = rounds.filter((round) => !isKept(round))
  return {
    passed: broken.length === 0 && findings.length === 0,
    figures: {
      rounds: rounds.length,
      'faults injected': sum(({ injected }) => injected),
      kills: sum(({ fault, injected }) => (fault.startsWith('kill') ? injected : 0)),
      deliveries: sum(({ deliveries }) => deliveries),
      lost: sum(({ lost }) => lost.length),
      'doubled, and possiblySent says so': sum(({ doubled, undeclared }) => doubled.length - undeclared.length),
      'doubled undeclared': sum(({ undeclared }) => undeclared.length),
      'handed over after an answered stop': sum(({ afterStop }) => afterStop.length),
      'later than a minute after the fault': sum(({ late }) => late.length),
      'slowest to drain': `${(Math.max(...rounds.map(({ drainedInMs }) => drainedInMs)) / 1_000).toFixed(1)} s`,
      'rounds that broke something': broken.map(({ fault }) => fault).join(', ') || 0,
      'findings of the audit': describeFindings(findings),
      'processes that ended by themselves': stage.fleet.readUnexpectedExits().join(', ') || 0,
      'not injected': ABSENT.join(', '),
    },
  }
}
