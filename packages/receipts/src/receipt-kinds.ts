import type { ReceiptKind } from '@carillon/contracts'

/**
 * How far a message has come, in the order in which providers tell it. A receipt is applied only when it says more than
 * what its attempt knows already, so that receipts may come in any order and several times. What is no step on the way,
 * such as what a person writes back, has rank 0.
 */
export const RECEIPT_RANKS: Readonly<Record<ReceiptKind, number>> = {
  opted_out: 0,
  opted_in: 0,
  complained: 0,
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
  // It comes after `delivered`, or instead of it.
  read: 6,
}

export function isArrival(kind: ReceiptKind): boolean {
  return kind === 'delivered' || kind === 'read'
}

export function isFailure(kind: ReceiptKind): boolean {
  return kind === 'failed' || kind === 'undelivered'
}
