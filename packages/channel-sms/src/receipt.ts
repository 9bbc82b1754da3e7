import type { DeliveryReference, DeliveryTokens } from './delivery-token.ts'
import type { SmsReason } from './reasons.ts'

/**
 * What a provider says later of a message, or what a person wrote back, in one shape for all providers. Reading one is
 * pure: who applies it compares `rank` with what the attempt knows already, so that receipts may come in any order and
 * several times.
 */
export interface ProviderReceipt {
  readonly provider: 'twilio' | 'vonage' | 'meta'
  /** The same for the same event, however often it is told. */
  readonly providerEventId: string
  readonly providerMessageId: string
  /** Ours, where the provider handed our token back and it is genuine. */
  readonly deliveryId?: string
  readonly attempt?: number
  readonly kind: ReceiptKind
  readonly rank: number
  readonly reason?: SmsReason
  readonly providerCode?: string
  /** One more try within the message's usefulness can succeed. */
  readonly isRetryWorthwhile?: true
  /** Nothing may be sent to this number again. */
  readonly suppressAddress?: true
  readonly alert?: true
  /** In E.164; the person's, never ours. */
  readonly address?: string
}

export type ReceiptKind = keyof typeof ranks

/** Never backwards. What a person writes is about no delivery and has no rank. */
export const ranks = {
  opted_out: 0,
  opted_in: 0,
  help: 0,
  replied: 0,
  other: 0,
  accepted: 1,
  queued: 2,
  sending: 3,
  sent: 4,
  delivered: 5,
  undelivered: 5,
  failed: 5,
  /** WhatsApp alone tells; it comes after `delivered`, or instead of it. */
  read: 6,
} as const

/** Why a message was not delivered, as the tables of the providers have it. */
export interface Cause {
  readonly reason: SmsReason
  readonly isRetryWorthwhile?: true
  readonly suppressAddress?: true
  readonly alert?: true
}

export const unknownCause: Cause = { reason: 'receipt_not_delivered' }

export function isFailure(kind: ReceiptKind): boolean {
  return kind === 'failed' || kind === 'undelivered'
}

export function verifyReference(token: unknown, tokens: DeliveryTokens | undefined): Partial<DeliveryReference> {
  return (typeof token === 'string' && tokens?.verify(token)) || {}
}

/** Numbers come as `whatsapp:+49…`, `49…` or `+49…`; what is no number, such as a name, is left out. */
export function readAddress(number: string | undefined): { readonly address?: string } {
  const digits = /^(?:whatsapp:)?\+?([1-9]\d{6,14})$/.exec(number ?? '')?.[1]
  return digits === undefined ? {} : { address: `+${digits}` }
}

const keywords: Readonly<Record<string, 'opted_out' | 'opted_in' | 'help'>> = {
  STOP: 'opted_out',
  STOPP: 'opted_out',
  STOPALL: 'opted_out',
  ARRET: 'opted_out',
  UNSUBSCRIBE: 'opted_out',
  CANCEL: 'opted_out',
  END: 'opted_out',
  QUIT: 'opted_out',
  REVOKE: 'opted_out',
  OPTOUT: 'opted_out',
  START: 'opted_in',
  UNSTOP: 'opted_in',
  HELP: 'help',
  INFO: 'help',
}

/** A reply counts only when the word stands alone, as carriers have it: `please don't stop` is no wish to stop. */
export function readReply(text: string): 'opted_out' | 'opted_in' | 'help' | 'replied' {
  const word = text
    .normalize('NFD')
    .replace(/[^\p{L}]/gu, '')
    .toUpperCase()
  const isAlone = !/\p{L}\s+\p{L}/u.test(text.trim())
  return (isAlone && Object.hasOwn(keywords, word) ? keywords[word] : undefined) ?? 'replied'
}
