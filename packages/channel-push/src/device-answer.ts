import type { PushReason } from './reasons.ts'

/** What became of one message for one device. */
export type DeviceAnswer = TakenAnswer | FailedAnswer

export interface TakenAnswer {
  readonly outcome: 'accepted'
  readonly provider: PushProvider
  readonly messageId?: string
}

export interface FailedAnswer extends Meaning {
  readonly provider: PushProvider
  readonly error: string
  readonly retryAfterMs?: number
}

export type PushProvider = 'fcm' | 'webpush'

/**
 * What an answer means, as the tables have it. `dead`: nothing may be sent to this device again. `refused`: the message
 * was, and the device is fine.
 */
export interface Meaning {
  readonly outcome: 'dead' | 'refused' | 'unavailable' | 'unknown'
  readonly reason: PushReason
  readonly alert?: true
  readonly opensBreaker?: true
  readonly stopsChannel?: true
  /** Devices of the same platform rest until a person has acted; the others go on. */
  readonly stopsPlatform?: true
  /** No byte left us, or the service says that it is about us: no attempt is used up. */
  readonly notHandedOver?: true
}

/** Why a request did not get so far as to be answered. `not_sent` is certain; `lost` may have arrived. */
export type Silence =
  | { readonly kind: 'not_sent'; readonly reason: NotSentReason; readonly error: string }
  | { readonly kind: 'lost'; readonly error: string }

export type NotSentReason =
  | 'push_unreachable'
  | 'push_not_processed'
  | 'push_timeout'
  | 'push_stopped'
  | 'lease_used_up'

export function fromSilence(provider: PushProvider, silence: Silence): FailedAnswer {
  const { error } = silence
  if (silence.kind === 'lost') return { outcome: 'unknown', provider, reason: 'push_answer_lost', error }
  const { reason } = silence
  // A subscriber names the host of a subscription: it being away says nothing of the others.
  const isTrouble = provider === 'fcm' && (reason === 'push_unreachable' || reason === 'push_timeout')
  return {
    ...{ outcome: 'unavailable', provider, reason, error, notHandedOver: true },
    ...(isTrouble && { opensBreaker: true }),
  }
}

const retryAfterMaxMs = 60 * 60_000

/** Seconds, or a date. An hour at most, so that a wrong header cannot silence us for a day. */
export function readRetryAfter(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined
  const ms = /^\s*\d+(?:\.\d+)?\s*$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - nowMs
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(0, Math.round(ms)), retryAfterMaxMs)
}
