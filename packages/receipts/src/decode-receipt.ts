import {
  type DeadLetterReason,
  parseStrictJson,
  problemsOf,
  type ReceiptRecord,
  receiptRecordSchema,
} from '@carillon/contracts'

export type DecodedReceipt =
  | { readonly ok: true; readonly receipt: ReceiptRecord }
  | { readonly ok: false; readonly reason: DeadLetterReason; readonly message: string }

/** A record of `notification.receipts`. Total. */
export function decodeReceipt(value: Uint8Array | null): DecodedReceipt {
  const refuse = (message: string): DecodedReceipt => ({ ok: false, reason: 'malformed', message })
  if (value === null) return refuse('the record has no value; the API writes a receipt as JSON')
  const json = parseStrictJson(value)
  if (!json.ok) return refuse(json.problem)
  const receipt = receiptRecordSchema.safeParse(json.value)
  if (receipt.success) return { ok: true, receipt: receipt.data }
  const problems = problemsOf(receipt.error).map(({ path, message }) => `${path}: ${message}`)
  return refuse(problems.join('; '))
}
