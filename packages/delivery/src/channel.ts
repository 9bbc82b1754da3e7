import type { MailIdentity } from '@carillon/contracts'
import type { LookUpResult, LostMessage } from './look-up.ts'

/**
 * What the pipeline needs of a channel. A channel reports what the provider said; it never throws for what a provider
 * may do, never retries by itself, and never decides what comes next: `decideNextStep` does.
 */

/** One message, ready to be handed over. Built by the pipeline from the frozen notification and the fresh address. */
export interface OutgoingMessage {
  readonly tenantId: string
  readonly recipientId: string
  readonly deliveryId: string
  readonly notificationId: string
  /** Numbered from 1; with `deliveryId` it names this hand-over for ever. */
  readonly attempt: number
  readonly category: string
  /** A category that preferences do not hold carries no unsubscribe header. */
  readonly mandatory: boolean
  /** Empty on PUSH, which goes to `devices`. */
  readonly address: string
  readonly devices: readonly Device[]
  readonly content: MessageContent
  /** Who a mail is from where tenant or category name somebody; read on EMAIL only. */
  readonly mailIdentity?: MailIdentity
  /** The provider must have answered within this; later counts as unknown. */
  readonly timeoutMs: number
  /**
   * On `performance.now()`'s clock. The channel compares right before the first byte of the message leaves: later than
   * this, another worker may hold the row, and the answer is `unavailable` with `notHandedOver`.
   */
  readonly handOverBeforeMs: number
  readonly expiresAt: Date
  readonly traceparent?: string
}

export interface Device {
  readonly token: string
  /** `web` tokens are Web Push subscriptions as JSON; the others are FCM registration tokens. */
  readonly platform: 'ios' | 'android' | 'web'
}

export interface MessageContent {
  readonly title: string
  readonly message: string
  readonly actionUrl?: string
  readonly actionText?: string
  /** Rendered earlier from a template; absent for a literal title and message. */
  readonly html?: string
  /** What stands beside the html for readers without it; made from the html when absent. */
  readonly text?: string
  /** How many segments the template says that the text is worth; the channel's own setting when absent. */
  readonly segmentsMax?: number
  readonly locale?: string
}

export type SendResult = Accepted | Rejected | Unavailable | Unknown

/** The provider took responsibility for the message. */
export interface Accepted {
  readonly outcome: 'accepted'
  readonly provider: string
  readonly providerMessageId?: string
  /** Devices that are gone, found out on the way; their rows go in the transaction that records this. */
  readonly deadTokens?: readonly string[]
}

/** The provider said no, for good. */
export interface Rejected {
  readonly outcome: 'rejected'
  readonly provider: string
  readonly reason: string
  readonly error: string
  /** The address itself is dead: nothing may be sent to it again. */
  readonly suppressAddress?: boolean
  readonly deadTokens?: readonly string[]
  /** Our configuration is at fault; people must be told. */
  readonly alert?: boolean
}

/** Surely not accepted; another try may succeed. */
export interface Unavailable {
  readonly outcome: 'unavailable'
  readonly provider: string
  readonly reason: string
  readonly error: string
  readonly retryAfterMs?: number
  /** The provider is in trouble, not the message. */
  readonly opensBreaker?: boolean
  /** Credentials are wrong and the like: the whole channel stops until a person acts; rows stay. */
  readonly stopsChannel?: boolean
  /** No byte of the message left us, so no attempt is used up. */
  readonly notHandedOver?: boolean
  readonly alert?: boolean
  readonly deadTokens?: readonly string[]
}

/** Handed over, and the answer was lost. Only the clock may resolve it. */
export interface Unknown {
  readonly outcome: 'unknown'
  readonly provider: string
  readonly reason: string
  readonly error: string
  readonly deadTokens?: readonly string[]
}

export interface Channel {
  readonly channel: string
  /** Resolves within `message.timeoutMs`. `signal` aborts waiting, never a message whose hand-over has begun. */
  send(message: OutgoingMessage, signal: AbortSignal): Promise<SendResult>
  /** Asks the provider whether it has a message whose answer was lost; absent where it cannot be asked. */
  lookUp?(message: LostMessage): Promise<LookUpResult>
}
