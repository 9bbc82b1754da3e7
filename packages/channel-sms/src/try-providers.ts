import type { OutgoingMessage, SendResult, TakeProviderSlot, Unavailable } from '@carillon/delivery'
import type { Draft, Provider, Submitted } from './provider.ts'
import type { ProviderBreakers } from './provider-breakers.ts'
import type { ProviderHealth } from './provider-health.ts'

export interface Attempted {
  readonly channel: string
  readonly breakers: ProviderBreakers
  readonly health: ProviderHealth
  /** Told of every refusal that another provider made up for: nobody else would hear of it. */
  readonly onFailover?: ((refusal: SendResult) => void) | undefined
  /** One whose rate is reached is passed over, as if it were paused. */
  readonly takeSlot?: TakeProviderSlot | undefined
}

/** How long a provider that refused our credentials is left out. */
const credentialsPauseMs = 60_000

/**
 * The providers in their order, until one took the message. Only what is *known not accepted* lets the next one try: an
 * unknown outcome stays with the provider that may hold the message, and a refusal of the number is everybody's.
 */
export async function tryProviders<D extends Draft>(
  providers: readonly Provider<D>[],
  draft: D,
  signal: AbortSignal,
  { channel, breakers, health, onFailover, takeSlot }: Attempted,
): Promise<SendResult> {
  const deadlineMs = performance.now() + draft.message.timeoutMs
  const refusals: SendResult[] = []
  let freeInMs: number | undefined
  let skipped = 0
  const ordered = orderByHealth(providers, draft.country, health)
  for (const provider of ordered) {
    // Right before the first byte: later than this another worker may hold the row.
    const givenUp = readGivenUp(draft.message, deadlineMs, signal)
    if (givenUp) return refusals.length > 0 ? combineRefusals(refusals, skipped) : giveUp(channel, givenUp)
    if (!breakers.admit(provider.name)) {
      skipped += 1
      continue
    }
    const isLastHope = provider === ordered.at(-1) && refusals.length === 0
    const slot = await takeSlot?.(provider.name, isLastHope)
    if (slot?.granted === false) {
      breakers.report(provider.name, 'none')
      // Of the last one asked: there it stands in line.
      freeInMs = slot.freeInMs
      skipped += 1
      continue
    }
    const submitted = await submitTo(provider, draft, deadlineMs - performance.now(), breakers)
    reportHealth(health, draft.country, submitted)
    if (!isForNext(submitted)) {
      for (const refusal of refusals) onFailover?.(refusal)
      return submitted.result
    }
    refusals.push(submitted.result)
  }
  if (refusals.length > 0) return combineRefusals(refusals, skipped)
  return freeInMs === undefined ? allPaused(channel, breakers) : rateReached(channel, freeInMs)
}

function orderByHealth<D extends Draft>(
  providers: readonly Provider<D>[],
  country: string,
  health: ProviderHealth,
): readonly Provider<D>[] {
  const names = health.order(
    country,
    providers.map(({ name }) => name),
  )
  return names.flatMap((name) => providers.find((provider) => provider.name === name) ?? [])
}

/** A refusal of the number is no failure of who says it; one that the next provider may not share is. */
function reportHealth(health: ProviderHealth, country: string, submitted: Submitted): void {
  const { result } = submitted
  const isBad = result.outcome === 'unknown' || isForNext(submitted)
  health.report(country, result.provider, !isBad)
}

async function submitTo<D extends Draft>(
  provider: Provider<D>,
  draft: D,
  limitMs: number,
  breakers: ProviderBreakers,
): Promise<Submitted> {
  try {
    const submitted = await provider.submit(draft, limitMs)
    reportTo(breakers, submitted)
    return submitted
  } catch (cause) {
    // A fault of ours; a probe that is never reported would leave the provider out for ever.
    breakers.report(provider.name, 'trouble')
    throw new Error(`hand over to ${provider.name}`, { cause })
  }
}

function isForNext({ result, mayTryNext }: Submitted): boolean {
  return result.outcome === 'unavailable' || (result.outcome === 'rejected' && mayTryNext === true)
}

function reportTo(breakers: ProviderBreakers, { result }: Submitted): void {
  if (result.outcome !== 'unavailable') {
    breakers.report(result.provider, result.outcome === 'unknown' ? 'trouble' : 'fine')
    return
  }
  const { provider, retryAfterMs, opensBreaker, stopsChannel } = result
  // A provider that names its time is in no trouble: it is left alone until then.
  breakers.report(provider, opensBreaker && retryAfterMs === undefined ? 'trouble' : 'fine')
  if (retryAfterMs !== undefined) breakers.pause(provider, retryAfterMs)
  if (stopsChannel) breakers.pause(provider, credentialsPauseMs)
}

type GivenUp = 'sms_stopped' | 'lease_used_up'

function readGivenUp(message: OutgoingMessage, deadlineMs: number, signal: AbortSignal): GivenUp | undefined {
  if (signal.aborted) return 'sms_stopped'
  return performance.now() > Math.min(message.handOverBeforeMs, deadlineMs) ? 'lease_used_up' : undefined
}

function giveUp(provider: string, reason: GivenUp): SendResult {
  const error = reason === 'sms_stopped' ? 'stopped before the hand-over' : 'too late to hand over'
  return { outcome: 'unavailable', provider, reason, error, notHandedOver: true }
}

/** Nobody is in trouble: the row comes back when a provider has room, and no breaker opens. */
function rateReached(provider: string, retryAfterMs: number): SendResult {
  const told = { provider, reason: 'sms_rate_reached', error: 'the rate of every provider is reached' } as const
  return { outcome: 'unavailable', ...told, notHandedOver: true, retryAfterMs }
}

function allPaused(provider: string, breakers: ProviderBreakers): SendResult {
  const told = { provider, reason: 'sms_providers_paused', error: 'every provider is paused' } as const
  const retryAfterMs = breakers.readWaitMs()
  return { outcome: 'unavailable', ...told, opensBreaker: true, notHandedOver: true, retryAfterMs }
}

/**
 * One answer for several refusals. Whatever a later try could change outweighs a rejection, and the channel stops only
 * when every provider refuses us.
 */
function combineRefusals(refusals: readonly SendResult[], skipped: number): SendResult {
  const waiting = refusals.filter((result): result is Unavailable => result.outcome === 'unavailable')
  const last = waiting.at(-1)
  const [first] = refusals
  if (last === undefined) {
    if (first === undefined) throw new Error('combine the refusals: there are none')
    return first
  }
  const isAll = (flag: (result: Unavailable) => boolean | undefined) =>
    waiting.length === refusals.length && waiting.every((result) => flag(result) === true)
  const delays = waiting.flatMap(({ retryAfterMs }) => retryAfterMs ?? [])
  const stopsChannel = skipped === 0 && isAll((result) => result.stopsChannel)
  const hasAlert = refusals.some((result) => 'alert' in result && result.alert === true)
  return {
    outcome: 'unavailable',
    provider: last.provider,
    reason: last.reason,
    error: last.error,
    ...(delays.length === waiting.length && skipped === 0 && { retryAfterMs: Math.min(...delays) }),
    ...(isAll((result) => result.opensBreaker || result.stopsChannel) && !stopsChannel && { opensBreaker: true }),
    ...(stopsChannel && { stopsChannel }),
    ...(isAll((result) => result.notHandedOver) && { notHandedOver: true }),
    ...(hasAlert && { alert: true }),
  }
}
