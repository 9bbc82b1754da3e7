import type { PreparedDelivery } from './prepare-deliveries.ts'
import type { RateLimit, RateLimiter, SlotAnswer } from './rate-limiter.ts'

export interface Rate {
  readonly count: number
  readonly windowMs: number
}

/**
 * How often a channel may hand over: in all, for one tenant, to where an address belongs, and to one address in categories
 * that are abused.
 */
export interface LimitPolicy {
  readonly channel: string
  readonly all: readonly Rate[]
  readonly tenant: readonly Rate[]
  readonly addressByCategory: Readonly<Record<string, readonly Rate[]>>
  /** Where an address belongs, such as its country, and how often in all may be written there. */
  readonly findPlace?: (address: string) => LimitedPlace | undefined
}

export interface LimitedPlace {
  readonly name: string
  readonly rates: readonly Rate[]
}

export interface WorkerLimits {
  readonly limiter: RateLimiter
  readonly policy: LimitPolicy
}

export function decideLimits(delivery: PreparedDelivery, policy: LimitPolicy): readonly RateLimit[] {
  const { loaded, address, addressHash } = delivery
  const { channel, all, tenant, addressByCategory, findPlace } = policy
  const place = findPlace?.(address)
  const { tenantId, category } = loaded
  const ofAddress = Object.hasOwn(addressByCategory, category) ? (addressByCategory[category] ?? []) : []
  const under = (key: string, rates: readonly Rate[]) =>
    rates.map((rate) => ({ ...rate, key: `send:${channel}${key}` }))
  return [
    ...under('', all),
    ...under(`:tenant:${tenantId}`, tenant),
    ...(place ? under(`:place:${place.name}`, place.rates) : []),
    // The hash, for no number of a person belongs into Redis.
    ...under(`:${category}:${addressHash}`, ofAddress),
  ]
}

/** A shorter wait than this is not worth a row's way through the clock. */
const SOON_MS_MAX = 1_000

interface Refused<One> {
  readonly one: One
  readonly freeInMs: number
}

export async function splitByLimits<One>(
  all: readonly One[],
  readPrepared: (one: One) => PreparedDelivery,
  limits: WorkerLimits,
): Promise<{
  readonly passed: readonly One[]
  readonly soon: readonly Refused<One>[]
  readonly later: readonly Refused<One>[]
}> {
  const answers = await takeDeliverySlots(all.map(readPrepared), limits)
  const passed: One[] = []
  const soon: Refused<One>[] = []
  const later: Refused<One>[] = []
  for (const [index, one] of all.entries()) {
    const answer = answers[index]
    if (answer?.granted !== false) passed.push(one)
    else (answer.freeInMs <= SOON_MS_MAX ? soon : later).push({ one, freeInMs: answer.freeInMs })
  }
  return { passed, soon, later }
}

/** One answer each; the limiter is asked for those alone that have a limit. */
export async function takeDeliverySlots(
  deliveries: readonly PreparedDelivery[],
  { limiter, policy }: WorkerLimits,
): Promise<readonly SlotAnswer[]> {
  const requests = deliveries.map((delivery) => ({ limits: decideLimits(delivery, policy), isQueued: true }))
  const limited = requests.filter(({ limits }) => limits.length > 0)
  const answers = limited.length > 0 ? [...(await limiter.takeSlots(limited))] : []
  return requests.map(({ limits }) => (limits.length === 0 ? undefined : answers.shift()) ?? { granted: true })
}
