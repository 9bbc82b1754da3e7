import { type FleetStage, openStage } from '@carillon/testkit'
import { auditStage, describeFindings } from './fleet/audit-stage.ts'
import { brokerKindOf } from './fleet/broker-kind.ts'
import type { Proof, ProofResult } from './proof.ts'
import { createMemorySeries, type MemorySeries, medianOf, noteMemory } from './soak/memory.ts'
import { sendChunk } from './soak/send-chunk.ts'

const APPS = ['api', 'router', 'email', 'escalation'] as const
/** In the short form processes are still warming up at its tenth part: it finds what leaks with every message. */
const FORMS = {
  full: { notifications: 500_000, chunks: 100, growthMax: 1.1 },
  quick: { notifications: 4_000, chunks: 20, growthMax: 1.6 },
}
const HTTP_SHARE = 0.05
const MIB = 2 ** 20

const settings = {
  CARILLON_SIMULATE: 'email',
  CARILLON_SIMULATE_FILE: '/dev/null',
  EMAIL_WORKER_CONCURRENCY: '200',
  // People get more here in an hour than anybody does.
  CARILLON_USER_HOURLY_MAX: '100000',
}

/** What a fleet holds after many messages is what it held after the first tenth of them. */
export const proof: Proof = {
  name: 'soak',
  summary: 'no process holds more memory after half a million notifications than after a tenth of them, but for 10 %',
  async run({ quick, on, print }) {
    const stage = await openStage({ broker: brokerKindOf(on), apps: APPS, env: settings })
    try {
      return await soak(stage, FORMS[quick ? 'quick' : 'full'], print)
    } finally {
      await stage.close()
    }
  },
}

async function soak(
  stage: FleetStage,
  { notifications, chunks, growthMax }: (typeof FORMS)['full'],
  print: (line: string) => void,
): Promise<ProofResult> {
  const early = createMemorySeries(APPS)
  const late = createMemorySeries(APPS)
  const size = notifications / chunks
  const startedMs = performance.now()
  let sent = 0
  for (let chunk = 1; chunk <= chunks; chunk++) {
    sent = await sendChunk(stage, sent, Math.round(size * (1 - HTTP_SHARE)), Math.round(size * HTTP_SHARE))
    const share = chunk / chunks
    if (share > 0.05 && share <= 0.1) await noteMemory(stage, early)
    if (share > 0.95) await noteMemory(stage, late)
    if (chunk % (chunks / 10) > 0) continue
    const perSecond = ((sent * 1_000) / (performance.now() - startedMs)).toFixed(0)
    print(`${sent} sent, ${perSecond} a second; ${await describeMemory(stage)}`)
  }
  return describe(stage, sent, { early, late, growthMax })
}

/** Of this moment, for whoever wants to see whether it goes on growing. */
async function describeMemory(stage: FleetStage): Promise<string> {
  const now = createMemorySeries(APPS)
  await noteMemory(stage, now)
  const each = APPS.map((app) => `${app} ${(medianOf(now.get(app) ?? []) / MIB).toFixed(0)}`)
  return `${each.join(', ')} MiB`
}

async function describe(
  stage: FleetStage,
  sent: number,
  { early, late, growthMax }: { early: MemorySeries; late: MemorySeries; growthMax: number },
): Promise<ProofResult> {
  const growths = APPS.map((app) => {
    const [before, after] = [early, late].map((series) => medianOf(series.get(app) ?? []))
    return { app, before: before ?? Number.NaN, after: after ?? Number.NaN }
  })
  const findings = await auditStage(stage)
  const exits = stage.fleet.readUnexpectedExits()
  return {
    passed: growths.every(({ before, after }) => after <= growthMax * before) && findings.length + exits.length === 0,
    figures: {
      notifications: sent,
      ...Object.fromEntries(
        growths.map(({ app, before, after }) => [
          `memory of ${app}, after a tenth and at the end`,
          `${(before / MIB).toFixed(0)} and ${(after / MIB).toFixed(0)} MiB: ${(after / before).toFixed(2)} of ${growthMax}`,
        ]),
      ),
      'findings of the audit': describeFindings(findings),
      'processes that ended by themselves': exits.join(', ') || 0,
    },
  }
}
