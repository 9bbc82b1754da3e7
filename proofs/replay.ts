import { FLEET_GROUPS, type FleetStage, moveGroups, openStage, readTopicEnds } from '@carillon/testkit'
import { auditStage, describeFindings } from './fleet/audit-stage.ts'
import { brokerKindOf } from './fleet/broker-kind.ts'
import { createRandom, type Random } from './fleet/random.ts'
import { readOpenWork } from './fleet/read-open-work.ts'
import { waitUntil } from './fleet/wait-until.ts'
import type { Proof, ProofResult } from './proof.ts'
import { buildEvents, type EventToReplay } from './replay/build-events.ts'
import { countByStatus, readRows } from './replay/read-rows.ts'
import { changeSettings, saveSettings } from './replay/settings.ts'

const APPS = ['router', 'email', 'escalation'] as const
const DLQ = 'notification.events.dlq'
const REPLAYED = FLEET_GROUPS.filter(({ groupId }) => /^(router|email)/.test(groupId))
const REST_MS_MAX = 120_000
/** By then the fleet is up, so that some events really wait. */
const HELD_AFTER_MS = 6_000

/**
 * First the whole log is read again from the beginning, with everything changed that planning looks at. Then every event
 * comes again, as a new record: apart from the old ones, because two of one batch are told apart before any row is.
 */
export const proof: Proof = {
  name: 'replay',
  summary: 'topics read again from the beginning, and events produced again, add no row and send no mail',
  async run({ seed, quick, on, print }) {
    const random = createRandom(seed)
    const events = buildEvents(quick ? 300 : 1_000, random.fork('events'), Date.now() + HELD_AFTER_MS)
    const stage = await openStage({ broker: brokerKindOf(on), apps: APPS, env: { CARILLON_USER_HOURLY_MAX: '100000' } })
    try {
      return await replay(stage, events, random, print)
    } finally {
      await stage.close()
    }
  },
}

async function replay(
  stage: FleetStage,
  events: readonly EventToReplay[],
  random: Random,
  print: (line: string) => void,
): Promise<ProofResult> {
  await saveSettings(stage.pool)
  await produce(stage, events)
  await waitUntilAtRest(stage, 'deliver everything once', events.length)
  const before = await readRows(stage)
  const mails = (await stage.smtp.accepted()).length
  print(`delivered: ${mails} mails, ${await countByStatus(stage)}`)

  for (const app of APPS) await stage.fleet.kill(app, 'SIGTERM')
  await moveGroups(stage.kafka.connection.brokers[0] ?? '', REPLAYED, 'earliest')
  await changeSettings(stage.pool)
  const reread = await readLag(stage)
  print(`offsets moved, settings changed: ${reread} records wait to be read`)
  await Promise.all(APPS.map((app) => stage.fleet.start(app)))
  await waitUntilAtRest(stage, 'read everything again', events.length)
  const reproduced = random.fork('again').shuffle(events)
  await produce(stage, reproduced)
  await waitUntilAtRest(stage, 'read what was produced again', events.length)

  const after = await readRows(stage)
  const letters = [...(await readTopicEnds(stage.kafka, DLQ)).values()].reduce((sum, end) => sum + end, 0)
  const added = Object.keys(before.counts).map(
    (table) => [`new rows in ${table}`, (after.counts[table] ?? 0) - (before.counts[table] ?? 0)] as const,
  )
  const furtherMails = (await stage.smtp.accepted()).length - mails
  const findings = await auditStage(stage)
  const isUnchanged = before.digest === after.digest
  return {
    passed:
      added.every(([, count]) => count === 0) &&
      furtherMails === 0 &&
      isUnchanged &&
      letters === 0 &&
      findings.length === 0,
    figures: {
      events: events.length,
      'rows before': Object.entries(before.counts)
        .map(([table, count]) => `${table} ${count}`)
        .join(', '),
      'records read again': reread,
      'events produced again': reproduced.length,
      ...Object.fromEntries(added),
      'rows changed': isUnchanged ? 'none' : 'some',
      'mails before': mails,
      'further mails': furtherMails,
      'dead letters': letters,
      'findings of the audit': describeFindings(findings),
      'processes that ended by themselves': stage.fleet.readUnexpectedExits().join(', ') || 0,
    },
  }
}

async function produce({ producer }: FleetStage, events: readonly EventToReplay[]): Promise<void> {
  await producer.publishMany(events.map(({ id, topic, value }) => ({ topic, key: id, value })))
}

async function readLag({ topics }: FleetStage): Promise<number> {
  return (await topics.readLag(REPLAYED)).reduce((sum, { lag }) => sum + lag, 0)
}

async function waitUntilAtRest(stage: FleetStage, what: string, events: number): Promise<void> {
  await waitUntil(what, REST_MS_MAX, async () => {
    const { rows } = await stage.pool.query<{ count: number }>(`SELECT count(*)::int AS count FROM "Event"`)
    const seen = { events: rows[0]?.count, ...(await readOpenWork(stage)) }
    const { events: planned, ...open } = seen
    return { isSo: planned === events && Object.values(open).every((count) => count === 0), seen }
  })
}
