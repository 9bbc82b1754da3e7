import { RECEIPT_POLICY } from './receipt-policy.ts'
import type { ReceiptStore, SettledReceipt } from './receipt-store.ts'

const RECEIPTS_MAX = 200
const REST_MS = 500

export interface DueReceiptPorts {
  readonly store: Pick<ReceiptStore, 'applyDueReceipts'>
  readonly observe: (settled: readonly SettledReceipt[]) => void
}

/** One turn of the clock's look at receipts that wait; answers when it wants to be called again. */
export async function applyDueReceipts({ store, observe }: DueReceiptPorts): Promise<{ readonly againInMs: number }> {
  const settled = await store.applyDueReceipts(RECEIPTS_MAX, RECEIPT_POLICY)
  if (settled.length > 0) observe(settled)
  return { againInMs: settled.length === RECEIPTS_MAX ? 0 : REST_MS }
}
