import { EVENTS_DLQ, EVENTS_TOPIC } from '@carillon/contracts'
import { type FleetStage, openStage, readTopicEnds } from '@carillon/testkit'
import { brokerKindOf } from './fleet/broker-kind.ts'
import { waitUntil } from './fleet/wait-until.ts'
import { findDifference } from './odd-input/compare.ts'
import { REFUSED_THOUGH_RIGHT } from './odd-input/json-cases.ts'
import { type OddInput, planInput } from './odd-input/plan-input.ts'
import { readCollections } from './odd-input/read-collections.ts'
import type { Proof, ProofResult } from './proof.ts'

const AT_A_TIME = 8
const SETTLED_MS_MAX = 60_000
const PRINTED_MAX = 20

/** A parsing collection and naughty texts, through both doors of the fleet. Both forms run all of them. */
export const proof: Proof = {
  name: 'odd-input',
  summary:
    'every odd body and text is accepted and comes back as it was, or is refused; through POST and through Kafka',
  async run({ on, print }) {
    const stage = await openStage({ broker: brokerKindOf(on), apps: ['api', 'router', 'escalation'] })
    try {
      return await run(stage, print)
    } finally {
      await stage.close()
    }
  },
}

async function run(stage: FleetStage, print: (line: string) => void): Promise<ProofResult> {
  const collections = await readCollections()
  const posted = planInput('post', collections)
  const produced = planInput('kafka', collections)
  const findings: string[] = []
  const statuses = new Map<number, number>()
  await eachOf(posted, async (input) => {
    const status = await post(stage, input.bytes)
    statuses.set(status, (statuses.get(status) ?? 0) + 1)
    const isAccepted = status === 202
    const isRefused = status >= 400 && status < 500
    const isRight =
      input.expected === 'either' ? isAccepted || isRefused : isAccepted === (input.expected === 'accepted')
    if (!isRight || !(isAccepted || isRefused)) findings.push(`POST ${input.name}: ${status}`)
  })
  await eachOf(produced, async ({ bytes }) => {
    await stage.producer.publish({ topic: EVENTS_TOPIC, value: Buffer.from(bytes) })
  })
  const { deadLetters } = await settle(stage, (statuses.get(202) ?? 0) + produced.length)
  let returned = 0
  await eachOf([...posted, ...produced], async (input) => {
    const problem = await checkReturned(stage, input)
    if (problem === undefined) returned++
    else if (problem !== 'nothing came') findings.push(problem)
  })
  const isAlive = (await post(stage, new TextEncoder().encode(PLAIN))) === 202
  const exits = stage.fleet.readUnexpectedExits()
  for (const finding of findings.slice(0, PRINTED_MAX)) print(finding)
  return {
    passed: findings.length === 0 && isAlive && exits.length === 0 && returned > 0 && deadLetters > 0,
    figures: {
      'parsing cases of JSONTestSuite': collections.parsing.length,
      'right ones of them that are refused': `${REFUSED_THOUGH_RIGHT.size} (${[...REFUSED_THOUGH_RIGHT].join('; ')})`,
      'texts of the Big List of Naughty Strings': collections.texts.length,
      'requests and records, each through both doors': posted.length,
      ...Object.fromEntries([...statuses].sort().map(([status, count]) => [`POST answered ${status}`, count])),
      'dead letters from Kafka': deadLetters,
      'came back as they were sent': returned,
      findings: findings.length,
      'processes that ended': exits.length,
    },
  }
}

const PLAIN = JSON.stringify({ type: 'X', message: 'still here', recipientIds: ['last'], channels: ['IN_APP'] })

async function eachOf<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const queue = items.values()
  await Promise.all(
    Array.from({ length: AT_A_TIME }, async () => {
      for (const item of queue) await work(item)
    }),
  )
}

async function post({ api }: FleetStage, body: Uint8Array): Promise<number> {
  const headers = { authorization: `Bearer ${api.token}`, 'content-type': 'application/json' }
  const response = await fetch(`${api.url}/api/notifications`, { method: 'POST', headers, body: Buffer.from(body) })
  await response.text()
  return response.status
}

/** Every record is an event with its rows, or a dead letter: none is in between, and none is lost. */
function settle(stage: FleetStage, count: number): Promise<{ events: number; deadLetters: number }> {
  return waitUntil('every record is planned or a dead letter', SETTLED_MS_MAX, async () => {
    const { rows } = await stage.pool.query<{ count: number }>('SELECT count(*)::int AS count FROM "Event"')
    const ends = await readTopicEnds(stage.kafka, EVENTS_DLQ)
    const deadLetters = [...ends.values()].reduce((sum, end) => sum + end, 0)
    const seen = { events: rows[0]?.count ?? 0, deadLetters }
    return { isSo: seen.events + deadLetters === count, seen }
  })
}

interface Inbox {
  readonly notifications: readonly Readonly<Record<string, unknown>>[]
}

async function checkReturned({ api }: FleetStage, input: OddInput): Promise<string | undefined> {
  const { name, userId, expected, wanted } = input
  const { body } = await api.call<Inbox>('GET', `/api/notifications?userId=${userId}`)
  const [found] = body.notifications
  if (found === undefined) return expected === 'accepted' ? `${userId} ${name}: nothing came` : 'nothing came'
  if (expected === 'refused') return `${userId} ${name}: was refused and came all the same`
  const difference = findDifference(wanted, found)
  return difference && `${userId} ${name}: ${difference}`
}
