import type { LookUpResult, OutgoingMessage, SendResult } from '@carillon/delivery'
import type { EgressAnswer } from './egress.ts'
import { maskNumbers } from './mask-numbers.ts'
import type { SmsReason } from './reasons.ts'

/** What a channel hands to a provider; `to` is a valid E.164 number that our policy allows. */
export interface Draft {
  readonly message: OutgoingMessage
  readonly to: string
  /** Where the number belongs; providers do well in some countries and badly in others. */
  readonly country: string
}

export interface SmsDraft extends Draft {
  readonly text: string
}

/** One vendor behind a channel. It always resolves, within `limitMs`, and never repeats by itself. */
export interface Provider<D extends Draft> {
  readonly name: string
  submit(draft: D, limitMs: number): Promise<Submitted>
  /** Absent where the vendor cannot be asked. */
  lookUp?(question: Question): Promise<LookUpResult>
}

export interface Submitted {
  readonly result: SendResult
  /** A rejection that is about our account at this provider, not about the number. */
  readonly mayTryNext?: boolean
}

export interface Question {
  readonly address: string
  readonly startedAt: Date
  /** The text as it was sent, where the asker knows the content. */
  readonly text?: string
}

/** What an answer means, as the tables have it. */
export interface Meaning {
  readonly outcome: 'rejected' | 'unavailable' | 'unknown'
  readonly reason: SmsReason
  readonly suppressAddress?: true
  readonly alert?: true
  readonly opensBreaker?: true
  readonly stopsChannel?: true
  readonly mayTryNext?: true
}

const errorCharactersMax = 400

export function toSubmitted(provider: string, meaning: Meaning, words: string, retryAfterMs?: number): Submitted {
  const { outcome, reason, mayTryNext, suppressAddress, alert, opensBreaker, stopsChannel } = meaning
  const error = maskNumbers(words).slice(0, errorCharactersMax)
  const told = { provider, reason, error }
  if (outcome === 'unknown') return { result: { outcome, ...told } }
  if (outcome === 'rejected') {
    const result = { outcome, ...told, ...(suppressAddress && { suppressAddress }), ...(alert && { alert }) }
    return { result, ...(mayTryNext && { mayTryNext }) }
  }
  return {
    result: {
      outcome,
      ...told,
      ...(opensBreaker && { opensBreaker }),
      ...(stopsChannel && { stopsChannel }),
      ...(alert && { alert }),
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    },
  }
}

/** The provider said nothing: what is known is only how far the request came. */
export function fromSilence(provider: string, silence: Exclude<EgressAnswer, { kind: 'answered' }>): Submitted {
  const error = maskNumbers(silence.error)
  if (silence.kind === 'lost') return { result: { outcome: 'unknown', provider, reason: 'sms_answer_lost', error } }
  const told = { provider, reason: 'sms_unreachable', error }
  return { result: { outcome: 'unavailable', ...told, opensBreaker: true, notHandedOver: true } }
}

/**
 * What an HTTP status alone says, where the body names no code that we know. An error of the provider's own leaves open
 * whether it took the message before.
 */
export function readStatus(status: number, hasCode: boolean): Meaning {
  if (status === 429) return { outcome: 'unavailable', reason: 'sms_provider_busy', opensBreaker: true }
  if (status < 400 || status === 408 || status >= 500) return { outcome: 'unknown', reason: 'sms_answer_unclear' }
  if ((status === 401 || status === 403) && !hasCode) {
    return { outcome: 'unavailable', reason: 'sms_credentials', stopsChannel: true, alert: true }
  }
  return { outcome: 'rejected', reason: 'sms_refused' }
}
