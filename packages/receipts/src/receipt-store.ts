import type { ReceiptRecord } from '@carillon/contracts'
import type { ReceiptPolicy } from './receipt-policy.ts'

/** What receipts need of the database. Each call is one transaction. */
export interface ReceiptStore {
  /** Stores what is new and applies it; a receipt that was stored before is left out. */
  saveReceipts(receipts: readonly ReceiptRecord[], policy: ReceiptPolicy): Promise<readonly SettledReceipt[]>
  /** Applies receipts that waited and are due, at most `limit`; two callers never take the same. */
  applyDueReceipts(limit: number, policy: ReceiptPolicy): Promise<readonly SettledReceipt[]>
  /** Every tenant that was ever sent for, because each has its own hash of an address. */
  listTenantIds(): Promise<readonly string[]>
}

export interface SettledReceipt {
  readonly provider: string
  readonly providerEventId: string
  readonly kind: ReceiptRecord['kind']
  readonly reason: string | null
  readonly alert: boolean
  readonly deliveryId: string | null
  readonly result: ReceiptResult
}

export type ReceiptResult =
  | 'delivered'
  | 'failed'
  | 'failed_retried'
  | 'noted'
  | 'outdated'
  | 'suppressed'
  | 'lifted'
  | 'waiting'
  | 'given_up'
