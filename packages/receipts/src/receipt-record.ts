import type { ReceiptKind, ReceiptRecord } from '@carillon/contracts'
import { RECEIPT_RANKS } from './receipt-kinds.ts'

/** What a provider's reader makes of a callback. The address is the person's, and goes no further than the edge. */
export interface ProviderReceipt {
  readonly provider: string
  /** The same for the same event, however often it is told. */
  readonly providerEventId: string
  readonly providerMessageId?: string
  /** Ours, where the provider handed it back and it is genuine. */
  readonly deliveryId?: string
  readonly attempt?: number
  readonly kind: ReceiptKind
  readonly reason?: string
  readonly providerCode?: string
  /** One more try within the message's usefulness can succeed. */
  readonly isRetryWorthwhile?: boolean
  /** Nothing may be sent to this address again. */
  readonly suppressAddress?: boolean
  /** Our configuration is at fault; people must be told. */
  readonly alert?: boolean
  readonly address?: string
  /** Of a reply: where the person wrote it. */
  readonly channel?: 'SMS' | 'WHATSAPP'
}

/** What a person wrote back about no message of ours: it holds for the number that it came from. */
export function isWish({ kind, addressHashes }: Pick<ReceiptRecord, 'kind' | 'addressHashes'>): boolean {
  return (kind === 'opted_out' || kind === 'opted_in') && addressHashes !== undefined
}

/** Everything else says nothing that a row could learn: `HELP`, an answer, a word that we do not know. */
export function isAboutMessage(receipt: Pick<ReceiptRecord, 'kind' | 'addressHashes' | 'suppressAddress'>): boolean {
  if (isWish(receipt)) return false
  return receipt.suppressAddress === true || !['help', 'replied', 'other', 'opted_in'].includes(receipt.kind)
}

export function toReceiptRecord(
  receipt: ProviderReceipt,
  addressHashes?: Readonly<Record<string, string>>,
): ReceiptRecord {
  return {
    provider: receipt.provider,
    providerEventId: receipt.providerEventId,
    providerMessageId: receipt.providerMessageId,
    deliveryId: receipt.deliveryId,
    attempt: receipt.attempt,
    kind: receipt.kind,
    rank: RECEIPT_RANKS[receipt.kind],
    reason: receipt.reason,
    providerCode: receipt.providerCode,
    isRetryWorthwhile: receipt.isRetryWorthwhile,
    suppressAddress: receipt.suppressAddress,
    alert: receipt.alert,
    channel: receipt.channel,
    ...(addressHashes && { addressHashes: { ...addressHashes } }),
  }
}
