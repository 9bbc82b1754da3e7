import { type FleetStage, openStage } from '@carillon/testkit'
import { type CancelledBlast, cancelBlast } from './fanout/cancel-blast.ts'
import { type Blast, runBlast } from './fanout/run-blast.ts'
import { brokerKindOf } from './fleet/broker-kind.ts'
import { createRandom, type Random } from './fleet/random.ts'
import type { Proof, ProofResult } from './proof.ts'

const settings = {
  EMAIL_WORKER_CONCURRENCY: '50',
  // Seconds of waiting for the seat of a dead process prove nothing.
  CARILLON_FANOUT_LEASE: '2000',
}

const FULL = { people: 100_000, kills: 20 }
const QUICK = { people: 3_000, kills: 2 }
const UNFINISHED_MAX = 5_000
const CHUNK_LATE_MS_MAX = 1_000

/**
 * Two events for everybody. During the first, the processes that plan it are killed again and again; the second one is
 * paused, resumed and cancelled. The mail server's accept log says what was sent.
 */
export const proof: Proof = {
  name: 'fanout',
  summary: 'an event for many reaches each once through kill -9, and a pause or a cancel holds at any size',
  async run({ seed, quick, on, print }) {
    const size = quick ? QUICK : FULL
    const stage = await openStage({
      broker: brokerKindOf(on),
      env: settings,
      apps: ['api', 'router', 'fanout', 'email', 'escalation'],
    })
    let hasPassed = false
    try {
      const result = await run(stage, size, createRandom(seed), print)
      hasPassed = result.passed
      return result
    } finally {
      if (!hasPassed) print(`logs are kept in ${stage.logDir}`)
      await stage.close({ keepLogs: !hasPassed })
    }
  },
}

async function run(stage: FleetStage, size: typeof FULL, random: Random, print: (line: string) => void) {
  await savePeople(stage, size.people)
  const blast = await runBlast(stage, size, random, print)
  print(`reached ${blast.notifications} in ${seconds(blast.ms)}; now one that is paused and cancelled`)
  return describe(size, blast, await cancelBlast(stage, size.people, print))
}

async function savePeople({ pool }: FleetStage, count: number): Promise<void> {
  await pool.query(
    `INSERT INTO "User"("tenantId", id, email)
     SELECT 'default', 'p' || lpad(n::text, 6, '0'), 'p' || n || '@example.com' FROM generate_series(1, $1::int) n`,
    [count],
  )
  await pool.query('ANALYZE "User"')
}

function describe({ people, kills }: typeof FULL, blast: Blast, cancelled: CancelledBlast): ProofResult {
  const isWhole = blast.notifications === people && blast.recipients === people && blast.mailedOnce === people
  const checks = {
    'each was reached once': isWhole && blast.mails === people,
    'every kill was done': blast.kills.length === kills,
    'progress never fell': blast.fallen.length === 0 && cancelled.fallen.length === 0,
    'progress equals SQL at the end': blast.differences.length === 0 && cancelled.differences.length === 0,
    'at most 5,000 on their way': Math.max(blast.unfinishedMax, cancelled.unfinishedMax) <= UNFINISHED_MAX,
    'a pause stops new chunks within 1 s': cancelled.lateMs <= CHUNK_LATE_MS_MAX && cancelled.whilePaused === 0,
    'a cancel leaves at most 5,000 more sent': cancelled.sentAfter <= UNFINISHED_MAX,
    'nothing is planned or waits after a cancel': cancelled.plannedAfter + cancelled.waiting === 0,
  }
  const broken = Object.entries(checks).filter(([, holds]) => !holds)
  return {
    passed: broken.length === 0,
    figures: {
      'does not hold': broken.map(([what]) => what).join('; ') || 'nothing',
      'people; notifications; different recipients': `${people}; ${blast.notifications}; ${blast.recipients}`,
      'mails; deliveries mailed exactly once': `${blast.mails}; ${blast.mailedOnce}`,
      'killed while it ran': `${blast.kills.length}: ${blast.kills.join(' ')}`,
      'from accepted to planned for all; to all sent': `${seconds(blast.plannedMs)}; ${seconds(blast.ms)}`,
      'on their way at most': Math.max(blast.unfinishedMax, cancelled.unfinishedMax),
      'progress asked; fell': `${blast.asked + cancelled.asked}; ${[...blast.fallen, ...cancelled.fallen].join(' ') || 0}`,
      'differs from SQL at the end': [...blast.differences, ...cancelled.differences].join(' ') || 'nothing',
      'paused at; last chunk after the pause was asked': `${cancelled.pausedAt}; ${cancelled.lateMs} ms`,
      'planned while paused; after resume again within': `${cancelled.whilePaused}; ${cancelled.resumedMs} ms`,
      'cancelled at; answered within': `${cancelled.cancelledAt}; ${cancelled.cancelMs} ms`,
      'the answer says': JSON.stringify(cancelled.answer),
      'sent after the cancel was asked': cancelled.sentAfter,
      'planned, waiting after it': `${cancelled.plannedAfter}, ${cancelled.waiting}`,
    },
  }
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`
}
