import type { ApiClient } from '@carillon/testkit'
import type { Random } from '../fleet/random.ts'
import type { EventToPost } from './events.ts'

export interface Posted {
  /** By the event's id, as the 202 named it. */
  readonly accepted: Map<string, EventToPost>
  /** Tries that were not answered with 202, by what came instead. */
  readonly unanswered: Map<string, number>
  readonly refused: string[]
}

export interface Posting {
  readonly posted: Posted
  /** Lets the services post up to this share of the events. */
  allow(share: number): void
  readonly done: Promise<void>
}

const POSTERS = 8
// So that a salvo of kills meets services that are in the middle of it.
const PAUSE_MS_MAX = 600
const POST_MS_MAX = 180_000

/** Services that post all the while, each the next event once it has the answer to its last. */
export function startPosting(api: ApiClient, events: readonly EventToPost[], random: Random): Posting {
  const posted: Posted = { accepted: new Map(), unanswered: new Map(), refused: [] }
  let allowed = 0
  let next = 0
  let waiting: (() => void)[] = []

  async function postOne(event: EventToPost): Promise<void> {
    const { status, body } = await api.post(event.body, {
      idempotencyKey: event.key,
      timeoutMs: POST_MS_MAX,
      onUnanswered: (problem) => posted.unanswered.set(problem, (posted.unanswered.get(problem) ?? 0) + 1),
    })
    if (status === 202) posted.accepted.set(body.eventId, event)
    else posted.refused.push(`${event.key}: ${status}`)
  }

  async function post(): Promise<void> {
    for (;;) {
      while (next >= allowed && next < events.length) await new Promise<void>((go) => waiting.push(go))
      const event = events[next++]
      if (event === undefined) return
      await postOne(event)
      await Bun.sleep(random.below(PAUSE_MS_MAX))
    }
  }

  const posters = Array.from({ length: POSTERS }, post)
  return {
    posted,
    allow(share) {
      allowed = Math.ceil(share * events.length)
      const woken = waiting
      waiting = []
      for (const wake of woken) wake()
    },
    done: Promise.all(posters).then(() => undefined),
  }
}
