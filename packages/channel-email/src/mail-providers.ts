import { createBreaker, type OutgoingMessage, type SendResult, type TakeProviderSlot } from '@carillon/delivery'
import type { EmailChannel, VerifyResult } from './email-channel.ts'
import type { EmailReason } from './reasons.ts'

export interface MailProvider {
  readonly name: string
  readonly channel: EmailChannel
}

export interface MailProvidersOptions {
  /** Tried in this order. */
  readonly providers: readonly [MailProvider, ...MailProvider[]]
  /** Told of every refusal that another server made up for: nobody else would hear of it. */
  readonly onFailover?: (refusal: SendResult) => void
  /** One whose rate is reached is passed over, as if it were out of order. */
  readonly takeSlot?: TakeProviderSlot
  readonly breakerFailuresMax?: number
  readonly breakerOpenMs?: number
}

/** What another server may judge differently: the rest is about the mailbox, and everybody would hear it. */
const aboutServer: ReadonlySet<string> = new Set([
  'smtp_policy',
  'smtp_sender_refused',
  'smtp_try_later',
] satisfies EmailReason[])

/**
 * Several mail servers in order. The next one is tried only after what is *known not accepted*: a mail whose answer was
 * lost stays with the server that may hold it. A server in trouble is left out for a while, so that no mail waits for it.
 */
export function createMailProviders(options: MailProvidersOptions): EmailChannel {
  const { breakerFailuresMax: failuresMax = 3, breakerOpenMs: openMs = 10_000, onFailover, takeSlot } = options
  const providers = options.providers.map((provider) => ({
    ...provider,
    breaker: createBreaker({ failuresMax, openMs, nowMs: () => performance.now() }),
  }))

  async function send(message: OutgoingMessage, signal: AbortSignal): Promise<SendResult> {
    const deadlineMs = performance.now() + message.timeoutMs
    const refusals: SendResult[] = []
    let freeInMs: number | undefined
    for (const [index, { name, channel, breaker }] of providers.entries()) {
      const isLast = index === providers.length - 1
      // With every other one out of order, the last is asked whatever its state: the pipeline's breaker decides then.
      if (breaker.admit(1).admitted === 0 && !(isLast && refusals.length === 0)) continue
      const slot = await takeSlot?.(name, isLast && refusals.length === 0)
      if (slot?.granted === false) {
        breaker.report('none')
        // Of the last one asked: there it stands in line.
        freeInMs = slot.freeInMs
        continue
      }
      // A silent server may use up its share of the time, and leaves the next ones theirs.
      const timeoutMs = Math.max(1, Math.floor((deadlineMs - performance.now()) / (providers.length - index)))
      const result = await channel.send({ ...message, timeoutMs }, signal)
      breaker.report(isTrouble(result) ? 'trouble' : 'fine')
      if (!mayTryNext(result) || signal.aborted) {
        for (const refusal of refusals) onFailover?.(refusal)
        return result
      }
      refusals.push(result)
    }
    return freeInMs !== undefined && refusals.length === 0 ? rateReached(freeInMs) : chooseRefusal(refusals)
  }

  return {
    channel: 'EMAIL',
    send,
    async verify(): Promise<VerifyResult> {
      const results = await Promise.all(providers.map(({ channel }) => channel.verify()))
      return results.find(({ ok }) => !ok) ?? { ok: true }
    },
    close: async () => void (await Promise.all(providers.map(({ channel }) => channel.close()))),
  }
}

function isTrouble(result: SendResult): boolean {
  if (result.outcome === 'unknown') return true
  return result.outcome === 'unavailable' && (result.opensBreaker === true || result.stopsChannel === true)
}

function mayTryNext(result: SendResult): boolean {
  if (result.outcome === 'rejected') return aboutServer.has(result.reason)
  if (result.outcome !== 'unavailable') return false
  // Given up by us, not refused by a server.
  if (result.reason === 'smtp_stopped' || result.reason === 'lease_used_up') return false
  return isTrouble(result) || result.notHandedOver === true || aboutServer.has(result.reason)
}

/** No server is in trouble: the row comes back when one has room, and no breaker opens. */
function rateReached(retryAfterMs: number): SendResult {
  const told = { provider: 'smtp', reason: 'smtp_rate_reached', error: 'the rate of every server is reached' } as const
  return { outcome: 'unavailable', ...told, notHandedOver: true, retryAfterMs }
}

/** What a later try could change outweighs a rejection; the channel stops only when every server refuses us. */
function chooseRefusal(refusals: readonly SendResult[]): SendResult {
  const waiting = refusals.filter((result) => result.outcome === 'unavailable')
  const chosen = waiting.find((result) => !result.stopsChannel) ?? waiting[0] ?? refusals[0]
  if (!chosen) throw new Error('send by several mail servers: none was asked')
  return chosen
}
