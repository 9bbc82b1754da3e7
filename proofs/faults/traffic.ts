import type { CancelAnswer } from '@carillon/contracts'
import type { Random } from '../fleet/random.ts'
import { buildEvents, type EventToPost } from '../kills/events.ts'
import type { FaultStage } from './open-fault-stage.ts'

/** What services did in one round, and what they were told. */
export interface Traffic {
  readonly accepted: ReadonlyMap<string, EventToPost>
  /** By delivery: when `cancelled` had been answered. */
  readonly cancelledAtMs: ReadonlyMap<string, number>
  readonly refused: readonly string[]
}

const POSTERS = 4
const PAUSE_MS_MAX = 500
const POST_MS_MAX = 180_000
const CANCEL_SHARE = 0.12
const CANCEL_MS_MAX = 60_000

/** Services that post and now and then take back, each the next event once it has the answer to its last. */
export async function runTraffic(stage: FaultStage, round: number, count: number, random: Random): Promise<Traffic> {
  const events = buildEvents(count, random, `round${round}-`)
  await prepareServer(stage, events)
  const accepted = new Map<string, EventToPost>()
  const cancelledAtMs = new Map<string, number>()
  const refused: string[] = []

  async function postOne(event: EventToPost): Promise<void> {
    const { status, body } = await stage.api.post(event.body, { idempotencyKey: event.key, timeoutMs: POST_MS_MAX })
    if (status !== 202) return void refused.push(`${event.key}: ${status}`)
    accepted.set(body.eventId, event)
    if (random.next() >= CANCEL_SHARE) return
    const cancelled = await cancel(stage, body.eventId)
    for (const { id, answer } of cancelled) if (answer === 'cancelled') cancelledAtMs.set(id, Date.now())
  }

  async function post(): Promise<void> {
    for (let event = events.shift(); event; event = events.shift()) {
      await postOne(event)
      await Bun.sleep(random.below(PAUSE_MS_MAX))
    }
  }
  await Promise.all(Array.from({ length: POSTERS }, post))
  return { accepted, cancelledAtMs, refused }
}

/** Some addresses are put off once, some refused for good. */
async function prepareServer({ smtp }: FaultStage, events: readonly EventToPost[]): Promise<void> {
  for (const address of events.flatMap((event) => event.putOff))
    await smtp.behave({ at: 'rcpt', for: address, reply: '451 4.3.0 try again', times: 1 })
  for (const address of events.flatMap((event) => event.refused))
    await smtp.behave({ at: 'rcpt', for: address, reply: '550 5.1.1 no such user' })
}

/** Until it is answered: an event that is not planned yet has nothing to cancel. */
async function cancel(stage: FaultStage, eventId: string): Promise<CancelAnswer['deliveries']> {
  for (const deadlineMs = performance.now() + CANCEL_MS_MAX; performance.now() < deadlineMs; await Bun.sleep(50)) {
    const answer = await cancelPlanned(stage, eventId).catch(() => undefined)
    if (answer?.status === 200) return answer.body.deliveries
  }
  return []
}

async function cancelPlanned({ api, pool }: FaultStage, eventId: string) {
  const { rows } = await pool.query<{ id: string }>('SELECT id FROM "Notification" WHERE "eventId" = $1 LIMIT 1', [
    eventId,
  ])
  return rows[0] && api.cancel(rows[0].id)
}
