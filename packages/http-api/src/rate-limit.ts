import type { RateLimit, RateLimiter, SlotAnswer } from '@carillon/delivery'
import { answerProblem, type ProblemAnswer } from './answer.ts'
import type { Caller } from './auth/caller.ts'

export interface RateLimits {
  /** Requests a minute; 0 is no limit. */
  readonly ofKey: number
  readonly ofUser: number
}

export interface Pace {
  readonly refusal?: ProblemAnswer
  /** For the answer, whatever it is: what the caller may count on. */
  readonly headers: Readonly<Record<string, string>>
}

export type LimitPace = (caller: Caller) => Pace | Promise<Pace>

const WINDOW_MS = 60_000
const UNLIMITED: Pace = { headers: {} }

/** Asks for all callers of a moment at once: one question is in the air, and whoever comes meanwhile is the next. */
export function createPaceLimit(limiter: RateLimiter | undefined, { ofKey, ofUser }: RateLimits): LimitPace {
  if (limiter === undefined) return () => UNLIMITED
  const ask = createSlotQueue(limiter)
  const headersOf = (name: string, count: number) => ({ 'ratelimit-policy': `"${name}";q=${count};w=60` })
  const kinds = {
    service: { kind: 'key', count: ofKey, headers: headersOf('key', ofKey) },
    person: { kind: 'user', count: ofUser, headers: headersOf('user', ofUser) },
  }
  return function limitPace(caller) {
    const { kind, count, headers } = kinds[caller.kind]
    if (count === 0) return UNLIMITED
    const name = caller.kind === 'service' ? caller.keyId : caller.userId
    const key = `api:${caller.kind}:${JSON.stringify([caller.tenantId, name])}`
    // A limit is a courtesy: where nobody can tell, work goes on.
    return ask({ key, count, windowMs: WINDOW_MS }).then(
      (slot) =>
        slot.granted
          ? { headers: { ...headers, ...left(kind, slot.left) } }
          : refuse(kind, slot.freeInMs, count, headers),
      () => ({ headers }),
    )
  }
}

/** By the names of the draft of the IETF, as the policy: r is what is left, t when there is more. */
function left(kind: string, count: number | undefined): Pace['headers'] {
  return count === undefined ? {} : { ratelimit: `"${kind}";r=${count}` }
}

function refuse(kind: string, freeInMs: number, count: number, policy: Pace['headers']): Pace {
  const seconds = Math.max(1, Math.ceil(freeInMs / 1_000))
  const detail = `More than ${count} requests in a minute. Go on in ${seconds} s.`
  const retry = { headers: { 'retry-after': String(seconds) } }
  const headers = { ...policy, ratelimit: `"${kind}";r=0;t=${seconds}` }
  return { headers, refusal: answerProblem(429, 'rate_limited', detail, retry) }
}

function createSlotQueue(limiter: RateLimiter): (limit: RateLimit) => Promise<SlotAnswer> {
  let waiting: { limit: RateLimit; resolve: (slot: SlotAnswer) => void; reject: (error: unknown) => void }[] = []
  let isAsking = false

  async function askAll(): Promise<void> {
    isAsking = true
    // One turn later, so that what arrives together is asked together.
    await Promise.resolve()
    while (waiting.length > 0) {
      const asked = waiting
      waiting = []
      try {
        const slots = await limiter.takeSlots(asked.map(({ limit }) => ({ limits: [limit], tellsLeft: true })))
        for (const [place, { resolve }] of asked.entries()) resolve(slots[place] ?? { granted: true })
      } catch (error) {
        for (const { reject } of asked) reject(error)
      }
    }
    isAsking = false
  }

  return (limit) =>
    new Promise((resolve, reject) => {
      waiting.push({ limit, resolve, reject })
      if (!isAsking) void askAll()
    })
}
