import type { DeliveryStatus } from '@carillon/contracts'
import { explainDecision, isDecisionCode } from '../decision-codes.ts'

/** What a vendor's code means is known where the vendor is; undefined for a code that is none of theirs. */
export type DescribeVendorReason = (code: string) => string | undefined

/** Reasons that rows get after they were planned. */
const RUNTIME_REASONS: Readonly<Record<string, string>> = {
  read: 'The person read the message, and that stops what was still to come.',
  acknowledged: 'The person acknowledged the message, and that stops what was still to come.',
  cancelled: 'Somebody cancelled the message.',
  delivered: 'Another channel delivered the message, and that stops what was still to come.',
  stopped: 'The message was stopped before it could be handed over.',
  collapsed: 'A newer message with the same collapse key took its place.',
  erased: 'The person was erased.',
  expired: 'The message was no longer worth sending when its turn came.',
  address_suppressed: 'The address is suppressed: it bounced, complained or opted out.',
  breaker_open: 'The provider had trouble just now; the message waits until it may be tried again.',
  worker_closing: 'The process was being stopped before the message was handed over, so it waits for another.',
  not_accepted: 'The provider says that it does not have the message.',
  outcome_unknown: 'It cannot be known whether the provider took the message, and it may not be sent again.',
  lease_passed: 'The process that was sending did not say how it ended.',
  given_up: 'Every attempt that it may have was used up.',
  over_rate: 'More messages were due than may be sent at a time; it waits for its turn.',
}

const STATUS_WORDS: Readonly<Record<DeliveryStatus, string>> = {
  SCHEDULED: 'It waits for its time.',
  PENDING: 'It is on its way to the channel’s worker.',
  SENDING: 'It is being handed to the provider.',
  UNKNOWN: 'It was handed over and the answer was lost; the provider is asked, or it is tried once more.',
  SENT: 'The provider took it.',
  DELIVERED: 'It was delivered.',
  FAILED: 'It could not be sent.',
  CANCELLED: 'It was stopped before it was sent.',
  SUPPRESSED: 'It was not to be sent.',
  EXPIRED: 'It came too late to be worth sending.',
}

export function explainReason(code: string, describeVendor: DescribeVendorReason = () => undefined): string {
  if (isDecisionCode(code)) return explainDecision(code)
  const known = Object.hasOwn(RUNTIME_REASONS, code) ? RUNTIME_REASONS[code] : undefined
  return known ?? describeVendor(code) ?? explainDecision(code)
}

export function explainStatus(status: DeliveryStatus): string {
  return STATUS_WORDS[status]
}
