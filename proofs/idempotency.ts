import { type FleetStage, openStage } from '@carillon/testkit'
import { brokerKindOf } from './fleet/broker-kind.ts'
import { waitUntil } from './fleet/wait-until.ts'
import type { Proof, ProofResult } from './proof.ts'

interface Sizes {
  readonly callers: number
  readonly keys: number
  readonly kills: number
}

const FULL: Sizes = { callers: 1_000, keys: 50, kills: 10 }
const QUICK: Sizes = { callers: 200, keys: 20, kills: 3 }
const SETTLED_MS_MAX = 60_000

/** Impatient services: all post at once, and again with the same key whenever they got no answer, or just to be sure. */
export const proof: Proof = {
  name: 'idempotency',
  summary:
    'a thousand posts with fifty keys while the API is killed: fifty events, each delivered once; another body is 409',
  async run({ quick, on }) {
    const stage = await openStage({ broker: brokerKindOf(on), apps: ['api', 'router', 'email', 'escalation'] })
    try {
      return await run(stage, quick ? QUICK : FULL)
    } finally {
      await stage.close()
    }
  },
}

async function run(stage: FleetStage, { callers, keys, kills }: Sizes): Promise<ProofResult> {
  const idsByKey = Array.from({ length: keys }, () => new Set<string>())
  const counts = { posts: 0, unanswered: 0, refused: 0, killed: 0 }
  const call = async (caller: number): Promise<void> => {
    const key = caller % keys
    do {
      const { status, body } = await stage.api.post(eventOf(key), {
        ...{ idempotencyKey: `key-${key}`, timeoutMs: 120_000, onUnanswered: () => void counts.unanswered++ },
      })
      counts.posts++
      if (status === 202) idsByKey[key]?.add(body.eventId)
      else counts.refused++
    } while (counts.killed < kills)
  }
  const killing = killAgainAndAgain(stage, kills, counts)
  await Promise.all([killing, ...Array.from({ length: callers }, (_, caller) => call(caller))])

  const sent = await waitUntil('every event is delivered', SETTLED_MS_MAX, async () => {
    const seen = await countByStatus(stage)
    return { isSo: seen.SENT === keys && Object.keys(seen).length === 1, seen }
  })
  const conflicts = await Promise.all(
    idsByKey.map((_, key) =>
      stage.api.post({ ...eventOf(key), message: 'something else' }, { idempotencyKey: `key-${key}` }),
    ),
  )
  const mails = await stage.smtp.accepted()
  const mailedOnce = idsByKey.filter((_, key) => mails.filter(({ to }) => to.includes(addressOf(key))).length === 1)
  const { rows } = await stage.pool.query<{ events: number }>('SELECT count(*)::int AS events FROM "Event"')
  const events = rows[0]?.events ?? 0
  const keysWithOneId = idsByKey.filter((ids) => ids.size === 1).length
  const conflicting = conflicts.filter(({ status }) => status === 409).length
  return {
    passed:
      [events, keysWithOneId, mailedOnce.length, mails.length, conflicting].every((count) => count === keys) &&
      counts.refused === 0 &&
      counts.killed === kills &&
      counts.unanswered > 0,
    figures: {
      callers,
      keys,
      'kills of the API': counts.killed,
      'posts that were answered': counts.posts,
      'tries without an answer, repeated': counts.unanswered,
      'answers that were not 202': counts.refused,
      events,
      'keys with one event id': keysWithOneId,
      'deliveries that were sent': sent.SENT ?? 0,
      'mails accepted, and keys with exactly one': `${mails.length}, ${mailedOnce.length}`,
      'same key, other body: 409': conflicting,
    },
  }
}

async function killAgainAndAgain({ fleet }: FleetStage, kills: number, counts: { posts: number; killed: number }) {
  while (counts.killed < kills) {
    // In the middle of answers: somebody has one, and most still wait.
    const postsBefore = counts.posts
    await waitUntil('somebody is answered', SETTLED_MS_MAX, async () => ({
      isSo: counts.posts > postsBefore,
      seen: counts.posts,
    }))
    await fleet.killAndRestart('api', 'SIGKILL')
    counts.killed++
  }
}

const addressOf = (key: number) => `key-${key}@example.com`

function eventOf(key: number) {
  const recipients = [{ userId: `key-${key}`, email: addressOf(key) }]
  return { type: 'ORDER', title: `Order ${key}`, message: `Order ${key}`, channels: ['EMAIL'], recipients }
}

async function countByStatus({ pool }: FleetStage): Promise<Record<string, number>> {
  const text = 'SELECT status, count(*)::int AS count FROM "NotificationDelivery" GROUP BY status'
  const { rows } = await pool.query<{ status: string; count: number }>(text)
  return Object.fromEntries(rows.map(({ status, count }) => [status, count]))
}
