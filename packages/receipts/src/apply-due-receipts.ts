import { RECEIPT_POLICY } from './receipt-policy.ts'
import type { ReceiptStore, SettledReceipt } from './receipt-store.ts'

const RECEIPTS_MAX = 200

export interface DueReceiptPorts {
  readonly store: Pick<ReceiptStore, 'applyDueReceipts'>
  readonly observe: (settled: readonly SettledReceipt[]) => void
}

/** One turn of the clock's look at receipts that wait. */
export async function applyDueReceipts({ store, observe }: DueReceiptPorts): Promise<{ readonly isMoreDue: boolean }> {
  const settled = await store.applyDueReceipts(RECEIPTS_MAX, RECEIPT_POLICY)
  if (settled.length > 0) observe(settled)
  return { isMoreDue: settled.length === RECEIPTS_MAX }
}
