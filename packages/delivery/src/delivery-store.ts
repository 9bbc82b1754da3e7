import type { Channel, MailIdentity, Preferences } from '@carillon/contracts'
import type { Device, MessageContent } from './channel.ts'

/**
 * What the worker needs of the rows. Every call is one statement or one transaction, repeatable with the same fence;
 * none of them decides what to send.
 */
export interface DeliveryStore {
  /** Fresh at sending: address, preferences, mandatory channels. Unknown ids are left out. */
  loadDeliveries(ids: readonly string[]): Promise<readonly LoadedDelivery[]>
  findSuppressed(addresses: readonly SuppressedAddress[]): Promise<readonly SuppressedAddress[]>
  /** PENDING → SENDING, CANCELLED or EXPIRED. Rows that are not PENDING any more are left out. */
  claimDeliveries(claims: readonly Claim[], leaseMs: number): Promise<readonly ClaimedDelivery[]>
  /** PENDING → SUPPRESSED or SCHEDULED, without an attempt. */
  setAside(rows: readonly SetAside[]): Promise<void>
  recordResults(results: readonly DeliveryResult[]): Promise<readonly RecordedDelivery[]>
}

export interface LoadedDelivery {
  readonly id: string
  readonly notificationId: string
  readonly tenantId: string
  readonly recipientId: string
  readonly channel: Channel
  readonly isPending: boolean
  readonly category: string
  readonly isMandatory: boolean
  readonly content: MessageContent
  /** Named in the event itself; wins over what is stored of the person. */
  readonly contact: { readonly email?: string | undefined; readonly phone?: string | undefined } | null
  readonly user: {
    readonly email: string | null
    readonly phone: string | null
    readonly preferences: Preferences
  } | null
  /** Read on PUSH only. */
  readonly devices: readonly Device[]
  readonly tenantPreferences: Preferences | null
  readonly categoryPreferences: Preferences | null
  /** Of the category before the tenant's; read on EMAIL only. */
  readonly mailIdentity: MailIdentity | null
  readonly maxAttempts: number
  readonly resends: number
  readonly acceptedAt: Date
  readonly expiresAt: Date
  readonly traceparent: string | null
}

export interface SuppressedAddress {
  readonly tenantId: string
  readonly channel: Channel
  readonly addressHash: string
}

export interface Claim {
  readonly id: string
  readonly addressHash: string
  readonly provider: string
}

export interface ClaimedDelivery {
  readonly id: string
  readonly status: 'SENDING' | 'CANCELLED' | 'EXPIRED'
  readonly fence: number
  /** Tries that count, this one among them. The fence numbers every try, also one that was not handed over. */
  readonly attemptCount: number
}

export type SetAside =
  | { readonly id: string; readonly status: 'SUPPRESSED'; readonly reason: string }
  | { readonly id: string; readonly status: 'SCHEDULED'; readonly reason: string; readonly dueInMs: number }

/** What one hand-over came to, already decided. */
export interface DeliveryResult {
  readonly id: string
  readonly tenantId: string
  readonly channel: Channel
  readonly fence: number
  readonly status: 'SENT' | 'FAILED' | 'SCHEDULED' | 'UNKNOWN'
  /** When the clock looks next: the retry, or the moment when an UNKNOWN can be resolved. */
  readonly dueInMs: number | null
  /** Tries that count after this one. */
  readonly attemptCount: number
  readonly outcome: 'accepted' | 'rejected' | 'unavailable' | 'unknown' | 'not_handed_over'
  readonly reason: string | null
  readonly error: string | null
  readonly provider: string
  readonly providerMessageId: string | null
  readonly suppressAddressHash: string | null
  /** Of this person: removed with the result. */
  readonly deadTokens: readonly string[]
}

/** The row as it stands after recording; CANCELLED or EXPIRED where a retry would have been too late. */
export interface RecordedDelivery {
  readonly id: string
  readonly status: 'SENT' | 'FAILED' | 'SCHEDULED' | 'UNKNOWN' | 'CANCELLED' | 'EXPIRED'
}
