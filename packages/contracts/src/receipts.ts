import { z } from 'zod'
import { identifier, lineOfText } from './text.ts'

export const receiptKindSchema = z.enum([
  'opted_out',
  'opted_in',
  'complained',
  'help',
  'replied',
  'other',
  'accepted',
  'queued',
  'sending',
  'sent',
  'delivered',
  'undelivered',
  'failed',
  'read',
])
export type ReceiptKind = z.infer<typeof receiptKindSchema>

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
