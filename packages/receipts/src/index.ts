export { applyDueReceipts, type DueReceiptPorts } from './apply-due-receipts.ts'
export { decideReceipt, type ReceiptAttempt, type ReceiptDelivery, type ReceiptStep } from './decide-receipt.ts'
export { type DecodedReceipt, decodeReceipt } from './decode-receipt.ts'
export type { OutcomeCallStore } from './outcomes/outcome-call-store.ts'
export { type DueCall, nameCall, type OutcomeCall } from './outcomes/outcome-calls.ts'
export { type SendCallsPorts, sendDueCalls } from './outcomes/send-due-calls.ts'
export { isFailure, RECEIPT_RANKS } from './receipt-kinds.ts'
export { OPT_OUT_REASON, RECEIPT_POLICY, type ReceiptPolicy } from './receipt-policy.ts'
export {
  isAboutMessage,
  isWish,
  type ProviderReceipt,
  toReceiptRecord,
} from './receipt-record.ts'
export type { ReceiptResult, ReceiptStore, SettledReceipt } from './receipt-store.ts'
