import type { DeliveryStatus, ReceiptRecord } from '@carillon/contracts'
import { isArrival, isFailure } from './receipt-kinds.ts'

/** The row that a receipt speaks of, as it stands under its lock. */
export interface ReceiptDelivery {
  readonly status: DeliveryStatus
  /** The number of its newest attempt. */
  readonly fence: number
  readonly replay: number
  readonly atMostOnce: boolean
  /** Whether another try would still come in time. */
  readonly isUseful: boolean
}

export interface ReceiptAttempt {
  readonly number: number
  /** The highest rank that was applied to it. */
  readonly receiptRank: number
}

export type ReceiptStep =
  /** The delivery moves to DELIVERED. */
  | { readonly step: 'deliver' }
  /** It moves from SENT to FAILED; with a retry, a row with `replay + 1` follows it. */
  | { readonly step: 'fail'; readonly retry: boolean }
  /** It stays on the attempt alone. */
  | { readonly step: 'note' }
  /** It says nothing that the attempt does not know. */
  | { readonly step: 'outdated' }
  /** What it speaks of is not there yet: it is looked at again. */
  | { readonly step: 'wait' }

const MAY_ARRIVE: ReadonlySet<DeliveryStatus> = new Set(['SENDING', 'UNKNOWN', 'SCHEDULED', 'PENDING', 'SENT'])

/**
 * The only place that decides what a receipt leads to. That a message arrived is true whichever attempt brought it, so
 * it ends the row from every state that has not ended; that it failed counts only for the newest attempt of a row that is
 * SENT, and waits while our own record of that attempt has not come. Rows that ended otherwise never move again.
 */
export function decideReceipt(
  receipt: Pick<ReceiptRecord, 'kind' | 'rank' | 'isRetryWorthwhile'>,
  delivery: ReceiptDelivery | undefined,
  attempt: ReceiptAttempt | undefined,
): ReceiptStep {
  if (!delivery || !attempt) return { step: 'wait' }
  if (receipt.rank <= attempt.receiptRank) return { step: 'outdated' }
  if (isArrival(receipt.kind)) return { step: MAY_ARRIVE.has(delivery.status) ? 'deliver' : 'note' }
  if (!isFailure(receipt.kind) || attempt.number < delivery.fence) return { step: 'note' }
  if (delivery.status === 'SENT') return { step: 'fail', retry: deservesRetry(receipt, delivery) }
  return { step: MAY_ARRIVE.has(delivery.status) ? 'wait' : 'note' }
}

/** One more try, and only one: a row that is itself a further try asks for none. */
function deservesRetry(
  { isRetryWorthwhile }: Pick<ReceiptRecord, 'isRetryWorthwhile'>,
  { replay, atMostOnce, isUseful }: ReceiptDelivery,
): boolean {
  return isRetryWorthwhile === true && replay === 0 && !atMostOnce && isUseful
}
