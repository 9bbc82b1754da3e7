import type { Channel } from '@carillon/delivery'
import type { DeliveryRow, VendorStage } from './vendor-stage.ts'

/** One answer of a vendor, and everything that must follow from it. */
export interface VendorCase {
  readonly table: 'SMTP' | 'Twilio (SMS, WhatsApp)' | 'FCM'
  /** The first cell of the line of docs/providers.md that it stands for. */
  readonly line: string
  /** Names the codes of that line. */
  readonly name: string
  readonly channel: 'EMAIL' | 'SMS' | 'PUSH'
  /** The real client, pointed at the fakes. */
  openChannel(stage: VendorStage): Channel & { close(): Promise<void> }
  /** Tells the fakes what to do wrong. */
  misbehave?(stage: VendorStage, address: string): Promise<void>
  /** What comes after the answer: a receipt, a second message, a question. It answers what it found, as `after`. */
  follow?(stage: VendorStage, context: FollowContext): Promise<string>
  readonly timeoutMs?: number
  readonly expected: Expected
}

export interface FollowContext {
  readonly row: DeliveryRow
  readonly address: string
  readonly channel: Channel
  sendAnother(): Promise<DeliveryRow>
}

export interface Expected {
  /** Of the row, with its reason: `FAILED smtp_policy`. */
  readonly row: string
  /** Of the attempt: `rejected smtp_policy`. */
  readonly attempt: string
  /** Whether the attempt counts. */
  readonly counts: boolean
  readonly provider: string
  readonly isSuppressed: boolean
  readonly next: Next
  readonly provesTrouble?: 'breaker open' | 'channel stopped'
  readonly isAlert?: boolean
  readonly devicesLeft?: number
  readonly accepted?: number
  readonly after?: string
}

/** What the clock does next: nothing, or a look after so many milliseconds at least and at most. */
export type Next = 'nothing' | readonly [minMs: number, maxMs: number]

const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
export const WORKER_TIMEOUT_MS = 5 * SECOND_MS

/** A clock of the database and one of ours tell the same delay a little differently. */
const SLACK_MS = 3 * SECOND_MS
export const about = (ms: number): Next => [ms - SLACK_MS, ms + SLACK_MS]
export const MAIL_RETRY = about(MINUTE_MS)
export const GREYLIST_RETRY = about(5 * MINUTE_MS)
export const FULL_MAILBOX_RETRY = about(60 * MINUTE_MS)
/** The first delay with full jitter. */
export const QUICK_RETRY: Next = [-SLACK_MS, 2 * SECOND_MS + SLACK_MS]
const LOOK_AT_UNKNOWN = about(WORKER_TIMEOUT_MS)

export const sent = (provider: string): Expected => ({
  row: 'SENT',
  attempt: 'accepted',
  counts: true,
  provider,
  isSuppressed: false,
  next: 'nothing',
  accepted: 1,
})

export const failed = (provider: string, reason: string, more: Partial<Expected> = {}): Expected => ({
  row: `FAILED ${reason}`,
  attempt: `rejected ${reason}`,
  counts: true,
  provider,
  isSuppressed: false,
  next: 'nothing',
  accepted: 0,
  ...more,
})

export const retried = (provider: string, reason: string, next: Next, more: Partial<Expected> = {}): Expected => ({
  row: `SCHEDULED ${reason}`,
  attempt: `unavailable ${reason}`,
  counts: true,
  provider,
  isSuppressed: false,
  next,
  accepted: 0,
  ...more,
})

/** Nothing of the message left us, or the answer was about us: no attempt is used up. */
export const notSent = (provider: string, reason: string, next: Next, more: Partial<Expected> = {}): Expected => ({
  ...retried(provider, reason, next),
  attempt: `not_handed_over ${reason}`,
  counts: false,
  ...more,
})

export const unknown = (provider: string, reason: string, more: Partial<Expected> = {}): Expected => ({
  ...sent(provider),
  row: `UNKNOWN ${reason}`,
  attempt: `unknown ${reason}`,
  next: LOOK_AT_UNKNOWN,
  provesTrouble: 'breaker open',
  ...more,
})
