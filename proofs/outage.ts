import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type FleetStage, openStage } from '@carillon/testkit'
import { percentile, postBlast, postUrgent } from './blast/post-blast.ts'
import { auditStage, describeFindings } from './fleet/audit-stage.ts'
import { brokerKindOf } from './fleet/broker-kind.ts'
import { readOpenWork } from './fleet/read-open-work.ts'
import { waitUntil } from './fleet/wait-until.ts'
import type { Proof, ProofResult } from './proof.ts'

/** Ten minutes in the time that a proof has: every time of the fleet that matters here is shorter by the same factor. */
const sizes = {
  long: { deliveries: 10_000, urgent: 200, compression: 10, stoppedMails: 1_000 },
  quick: { deliveries: 600, urgent: 20, compression: 100, stoppedMails: 100 },
} as const
const OUTAGE_MS = 600_000
const STOPPED_MS = 1_200_000
const BREAKER_MS = 10_000
const END_MS_MAX = 300_000
const REPUBLISHED_SHARE_MAX = 0.01

export const proof: Proof = {
  name: 'outage',
  summary: 'a provider that is down for ten minutes, and a worker that is stopped for twenty, cost nothing but time',
  async run({ quick, on, print }) {
    const size = quick ? sizes.quick : sizes.long
    const compressed = (ms: number) => Math.max(10, Math.round(ms / size.compression))
    const stage = await openStage({
      broker: brokerKindOf(on),
      env: {
        EMAIL_BREAKER_MS: String(compressed(BREAKER_MS)),
        EMAIL_WORKER_CONCURRENCY: '20',
        CARILLON_WATCH_AFTER: String(Math.max(1_000, compressed(30_000))),
        CARILLON_WATCH_AFTER_URGENT: String(Math.max(500, compressed(3_000))),
      },
    })
    try {
      print(`every time is ${size.compression} times shorter, by configuration`)
      const outage = await proveOutage(stage, size, compressed(OUTAGE_MS), print)
      const stopped = await proveStopped(stage, size.stoppedMails, compressed(STOPPED_MS), print)
      const findings = await auditStage(stage)
      return {
        passed: outage.passed && stopped.passed && findings.length === 0,
        figures: {
          'times shorter': size.compression,
          ...outage.figures,
          ...stopped.figures,
          'findings of the audit': describeFindings(findings),
        },
      }
    } finally {
      await stage.close()
    }
  },
}

interface Size {
  readonly deliveries: number
  readonly urgent: number
}

async function proveOutage(
  stage: FleetStage,
  { deliveries, urgent }: Size,
  outageMs: number,
  print: (line: string) => void,
): Promise<ProofResult> {
  await stage.smtp.refuseConnections(true)
  await stage.smtp.dropConnections()
  const until = performance.now() + outageMs
  await postBlast(stage, 'outage', deliveries)
  for (let index = 0; index < urgent; index++) await postUrgent(stage, `urgent-${index}`)
  await waitUntil('everything planned', END_MS_MAX, async () => {
    const seen = await countDeliveries(stage, 'true')
    return { isSo: seen === deliveries + urgent, seen }
  })
  await Bun.sleep(Math.max(0, until - performance.now()))
  const before = await countDeliveries(stage, `status = 'SENT'`)
  const burnt = await countDeliveries(stage, `"attemptCount" > 0 AND status <> 'SENDING'`)
  print(
    `the server is back after ${Math.round(outageMs / 1_000)} s; ${before} were sent meanwhile, ${burnt} tries used`,
  )
  await stage.smtp.refuseConnections(false)
  await waitUntilAtRest(stage)
  const [ends, order, published] = await Promise.all([readEnds(stage), readOrder(stage), readPublished(stage)])
  const mails = (await stage.smtp.accepted()).length
  const isComplete = ends.sent === deliveries + urgent && mails === ends.sent
  const share = published.again / Math.max(1, published.inAll)
  return {
    passed:
      isComplete &&
      before === 0 &&
      burnt === 0 &&
      ends.tries === ends.sent &&
      share < REPUBLISHED_SHARE_MAX &&
      order.urgentP90 <= order.normalP50,
    figures: {
      'deliveries during the outage': deliveries + urgent,
      'seconds of outage': Math.round(outageMs / 1_000),
      'tries used while the breaker was open': burnt,
      SENT: ends.sent,
      'mails accepted': mails,
      'tries a delivery': ends.tries / Math.max(1, ends.sent),
      'wake-ups in all': published.inAll,
      'wake-ups published again': published.again,
      'nine of ten urgent ones sent, s after the return': order.urgentP90,
      'half of the normal ones sent, s after the return': order.normalP50,
    },
  }
}

async function proveStopped(
  stage: FleetStage,
  mails: number,
  stoppedMs: number,
  print: (line: string) => void,
): Promise<ProofResult> {
  const before = await readPublished(stage)
  await stage.fleet.kill('email', 'SIGTERM')
  await postBlast(stage, 'stopped', mails)
  await Bun.sleep(stoppedMs)
  const waiting = await countDeliveries(stage, `status = 'PENDING'`)
  print(`the worker was stopped for ${Math.round(stoppedMs / 1_000)} s; ${waiting} deliveries wait`)
  await stage.fleet.start('email')
  await waitUntilAtRest(stage)
  const again = (await readPublished(stage)).again - before.again
  const sent = await countDeliveries(stage, `status = 'SENT' AND "recipientId" LIKE 'stopped-%'`)
  return {
    passed: waiting === mails && sent === mails && again === 0,
    figures: {
      'mails while the worker was stopped': mails,
      'seconds it was stopped': Math.round(stoppedMs / 1_000),
      'of these SENT': sent,
      'published again meanwhile': again,
    },
  }
}

async function waitUntilAtRest(stage: FleetStage): Promise<void> {
  await waitUntil('everything at rest, lag 0', END_MS_MAX, async () => {
    const seen = await readOpenWork(stage)
    return { isSo: Object.values(seen).every((open) => open === 0), seen }
  })
}

async function countDeliveries({ pool }: FleetStage, where: string): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    `SELECT count(*)::int FROM "NotificationDelivery" WHERE channel = 'EMAIL' AND ${where}`,
  )
  return rows[0]?.count ?? 0
}

async function readEnds({ pool }: FleetStage): Promise<{ sent: number; tries: number }> {
  const { rows } = await pool.query<{ sent: number; tries: number }>(
    `SELECT count(*) FILTER (WHERE status = 'SENT')::int AS sent, sum("attemptCount")::int AS tries
     FROM "NotificationDelivery" WHERE channel = 'EMAIL'`,
  )
  return rows[0] ?? { sent: 0, tries: 0 }
}

/** Seconds from the first mail after the outage. */
async function readOrder({ pool }: FleetStage): Promise<{ urgentP90: number; normalP50: number }> {
  const { rows } = await pool.query<{ lane: string; s: number }>(
    `SELECT lane, extract(epoch FROM "sentAt" - min("sentAt") OVER ())::float8 AS s
     FROM "NotificationDelivery" WHERE channel = 'EMAIL' AND status = 'SENT'`,
  )
  const of = (lane: string) => rows.filter((row) => row.lane === lane).map(({ s }) => s)
  const round = (seconds: number) => Math.round(seconds * 100) / 100
  return { urgentP90: round(percentile(of('urgent'), 0.9)), normalP50: round(percentile(of('normal'), 0.5)) }
}

/** As the clock's own log has it; `again` are wake-ups that the watch took for lost. */
async function readPublished({ logDir, pool }: FleetStage): Promise<{ inAll: number; again: number }> {
  const lines = (await readFile(join(logDir, 'escalation.log'), 'utf8')).split('\n')
  const counts = { fired: 0, republished: 0 }
  for (const line of lines) {
    const found = /"work":"(fired|republished)","count":(\d+)/.exec(line)
    if (found?.[1] === 'fired' || found?.[1] === 'republished') counts[found[1]] += Number(found[2])
  }
  const { rows } = await pool.query<{ count: number }>('SELECT count(*)::int FROM "NotificationDelivery"')
  return { inAll: (rows[0]?.count ?? 0) + counts.fired, again: counts.republished }
}
