import { type FleetStage, openStage, readTopic } from '@carillon/testkit'
import { auditStage, describeFindings } from './fleet/audit-stage.ts'
import { brokerKindOf } from './fleet/broker-kind.ts'
import { createRandom, type Random } from './fleet/random.ts'
import { readOpenWork } from './fleet/read-open-work.ts'
import { waitUntil } from './fleet/wait-until.ts'
import { buildEvents, type EventToPost } from './kills/events.ts'
import { type Kills, killAll, waitUntilUp } from './kills/kill-all.ts'
import { type Counts, planSalvos } from './kills/plan-salvos.ts'
import { type Posted, startPosting } from './kills/post-events.ts'
import { judge, type Verdict } from './kills/verdict.ts'
import type { Proof, ProofResult } from './proof.ts'

const FULL: Counts = { api: 12, router: 10, email: 8, escalation: 10, broker: 8, barrier: 12 }
const QUICK: Counts = { api: 2, router: 2, email: 1, escalation: 2, broker: 2, barrier: 3 }
const APPS = ['api', 'router', 'email', 'escalation'] as const
const REST_MS_MAX = 120_000
const SLOW_SERVER_MS = 15

const settings = {
  // One mail in the air at a time, and none claimed ahead of it: a kill of the e-mail process can then leave one message
  // in doubt and no more, which is what makes "possiblySent at most the number of its kills" a claim that can fail.
  EMAIL_WORKER_CONCURRENCY: '1',
  EMAIL_WORKER_TIMEOUT: '4000',
}

/**
 * Services post while the processes and the broker are killed again and again, with SIGKILL and without a warning; the
 * mail server lives through it, and its accept log is the truth.
 */
export const proof: Proof = {
  name: 'kills',
  summary: 'kill -9 of any process, also between hand-over and record, loses nothing and doubles nothing in silence',
  async run({ seed, quick, on, print }) {
    const random = createRandom(seed)
    const events = buildEvents(quick ? 300 : 2_000, random.fork('events'))
    const stage = await openStage({ broker: brokerKindOf(on), env: settings })
    let hasPassed = false
    try {
      const result = await run(stage, events, quick ? QUICK : FULL, random, print)
      hasPassed = result.passed
      return result
    } finally {
      if (!hasPassed) print(`logs are kept in ${stage.logDir}`)
      await stage.close({ keepLogs: !hasPassed })
    }
  },
}

async function run(
  stage: FleetStage,
  events: readonly EventToPost[],
  counts: Counts,
  random: Random,
  print: (line: string) => void,
): Promise<ProofResult> {
  await prepareServer(stage, events)
  const { posted, allow, done } = startPosting(stage.api, events, random.fork('pauses'))
  const startedAtMs = performance.now()
  const salvos = planSalvos(counts, random.fork('salvos'))
  const kills = await killAll(stage, salvos, random.fork('kills'), (salvo) => {
    allow((salvo + 1) / salvos.length)
    if (salvo % 5 === 0) print(`${salvo} of ${salvos.length} salvos, ${seconds(startedAtMs)}`)
  })
  const allowedAtMs = performance.now()
  await Promise.all(APPS.map((app) => waitUntilUp(stage, app)))
  await done
  await waitUntil('everything at rest', REST_MS_MAX, async () => {
    const seen = await readOpenWork(stage)
    return { isSo: Object.values(seen).every((count) => count === 0), seen }
  })
  const drainedIn = seconds(allowedAtMs)
  const mails = await stage.smtp.accepted()
  const verdict = await judge(stage, posted.accepted, mails, await readTopic(stage.kafka, 'notification.outcomes'))
  const findings = await auditStage(stage)
  const { passed, figures } = describe(stage, kills, posted, mails.length, verdict, drainedIn)
  return {
    passed: passed && findings.length === 0,
    figures: { ...figures, 'findings of the audit': describeFindings(findings) },
  }
}

/** So slow that a kill finds it busy; some addresses are put off once, some refused for good. */
async function prepareServer({ smtp }: FleetStage, events: readonly EventToPost[]): Promise<void> {
  for (const address of events.flatMap((event) => event.putOff))
    await smtp.behave({ at: 'rcpt', for: address, reply: '451 4.3.0 try again', times: 1 })
  for (const address of events.flatMap((event) => event.refused))
    await smtp.behave({ at: 'rcpt', for: address, reply: '550 5.1.1 no such user' })
  await smtp.behave({ at: 'dot', delayMs: SLOW_SERVER_MS })
}

function describe(
  { fleet }: FleetStage,
  { counts, atBarrier, stalledMsMax }: Kills,
  posted: Posted,
  mails: number,
  verdict: Verdict,
  drainedIn: string,
): ProofResult {
  const { violations, possiblySent } = verdict
  const killsOf = (name: 'email' | 'barrier') => counts.get(name) ?? 0
  const emailKills = killsOf('email') + killsOf('barrier')
  const broken = Object.entries(violations).filter(([, ids]) => ids.length > 0)
  return {
    passed: broken.length === 0 && posted.refused.length === 0 && possiblySent <= emailKills,
    figures: {
      'events accepted': posted.accepted.size,
      'posts not answered with 202, and repeated': describeMap(posted.unanswered),
      kills: describeMap(counts),
      'killed between 250 and record': atBarrier.length,
      'processes that ended by themselves': fleet.readUnexpectedExits().join(', ') || 0,
      deliveries: `${verdict.deliveries}: ${verdict.byStatus}`,
      'mails accepted': mails,
      ...Object.fromEntries(
        Object.entries(violations).map(([what, ids]) => [what, [String(ids.length), ...ids.slice(0, 3)].join(' ')]),
      ),
      'refused posts': posted.refused.length,
      'doubled, and possiblySent says so': verdict.doubledHonestly,
      'possiblySent, at most the kills of email': `${possiblySent} of ${emailKills}`,
      'mails going out again after a salvo, at most': `${(stalledMsMax / 1_000).toFixed(1)} s`,
      'at rest after that of the last one': drainedIn,
    },
  }
}

function describeMap(counts: ReadonlyMap<string, number>): string {
  return [...counts].map(([name, count]) => `${name} ${count}`).join(', ') || 'none'
}

function seconds(sinceMs: number): string {
  return `${((performance.now() - sinceMs) / 1_000).toFixed(1)} s`
}
