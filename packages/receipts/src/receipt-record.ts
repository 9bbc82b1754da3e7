import { identifier, lineOfText } from '@carillon/contracts'
import { z } from 'zod'
import { RECEIPT_RANKS, type ReceiptKind, receiptKindSchema } from './receipt-kinds.ts'

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

/** A record of `notification.receipts`: no address of a person, only its keyed hashes where a reply needs them. */
export const receiptRecordSchema = z.object({
  provider: identifier,
  providerEventId: lineOfText(512).min(1),
  providerMessageId: lineOfText(256).min(1).optional(),
  deliveryId: z.uuid().optional(),
  attempt: z.number().int().min(1).max(2_147_483_647).optional(),
  kind: receiptKindSchema,
  rank: z.number().int().min(0).max(100),
  reason: identifier.optional(),
  providerCode: lineOfText(64).optional(),
  isRetryWorthwhile: z.boolean().optional(),
  suppressAddress: z.boolean().optional(),
  alert: z.boolean().optional(),
  channel: z.enum(['SMS', 'WHATSAPP']).optional(),
  /** By tenant: who writes back names only our number, and tenants may share it. */
  addressHashes: z.record(identifier, lineOfText(128).min(1)).optional(),
})
export type ReceiptRecord = z.infer<typeof receiptRecordSchema>

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
