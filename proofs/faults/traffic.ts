import type { CancelAnswer } from '@carillon/contracts'
import type { Random } from '../fleet/random.ts'
import { buildEvent, type EventToPost } from '../kills/events.ts'
import type { FaultStage } from './open-fault-stage.ts'

/** What services did in one round, and what they were told. */
export interface Traffic {
  readonly accepted: ReadonlyMap<string, EventToPost>
  /** By delivery: when `cancelled` had been answered. */
  readonly cancelledAtMs: ReadonlyMap<string, number>
  /** Events that somebody took back: what of them had not left yet is sent to nobody. */
  readonly stopped: ReadonlySet<string>
  readonly refused: readonly string[]
}

export interface RunningTraffic {
  /** Resolves once the fault is over, and everything was posted that a round should have. */
  finish(): Promise<Traffic>
}

const POSTERS = 4
const PAUSE_MS_MAX = 500
const POST_MS_MAX = 180_000
const CANCEL_SHARE = 0.12
const CANCEL_MS_MAX = 60_000
const TEXT_EVERY = 6

/** Services that post and now and then take back, each the next event once it has the answer to its last. */
export function startTraffic(
  stage: FaultStage,
  { round, eventsMin, random }: { round: number; eventsMin: number; random: Random },
): RunningTraffic {
  const accepted = new Map<string, EventToPost>()
  const cancelledAtMs = new Map<string, number>()
  const stopped = new Set<string>()
  const refused: string[] = []
  let posted = 0
  let isOver = false

  async function postOne(event: EventToPost): Promise<void> {
    const { status, body } = await stage.api.post(event.body, { idempotencyKey: event.key, timeoutMs: POST_MS_MAX })
    if (status !== 202) return void refused.push(`${event.key}: ${status}`)
    accepted.set(body.eventId, event)
    if (random.next() >= CANCEL_SHARE) return
    stopped.add(body.eventId)
    const cancelled = await cancel(stage, body.eventId)
    for (const { id, answer } of cancelled) if (answer === 'cancelled') cancelledAtMs.set(id, Date.now())
  }

  async function post(): Promise<void> {
    while (!isOver || posted < eventsMin) {
      const number = posted++
      const event = number % TEXT_EVERY === 0 ? buildText(number, round) : buildEvent(number, random, `round${round}-`)
      await prepareServer(stage, event)
      await postOne(event)
      await Bun.sleep(random.below(PAUSE_MS_MAX))
    }
  }
  const posting = Promise.all(Array.from({ length: POSTERS }, post))
  posting.catch(() => undefined)
  return {
    async finish() {
      isOver = true
      await posting
      return { accepted, cancelledAtMs, stopped, refused }
    },
  }
}

/** To one phone. Texts differ, as they do in life: equal ones to one number could not be told apart. */
function buildText(number: number, round: number): EventToPost {
  const phone = `+49151124${String(10_000 + (number % 80_000))}`
  return {
    ...{ key: `text-${round}-${number}`, deliveries: 1, mails: 1, putOff: [], refused: [] },
    body: {
      type: 'PARCEL',
      message: `Parcel ${round}-${number} is on its way.`,
      recipients: [{ userId: `phone-${round}-${number}`, phone }],
      channels: ['SMS'],
    },
  }
}

/** Some addresses are put off once, some refused for good. */
async function prepareServer({ smtp }: FaultStage, { putOff, refused }: EventToPost): Promise<void> {
  for (const address of putOff) await smtp.behave({ at: 'rcpt', for: address, reply: '451 4.3.0 try again', times: 1 })
  for (const address of refused) await smtp.behave({ at: 'rcpt', for: address, reply: '550 5.1.1 no such user' })
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
