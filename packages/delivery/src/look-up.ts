import type { Channel } from '@carillon/contracts'
import type { MessageContent } from './channel.ts'

/** Channels whose providers can be asked whether they have a message: the clock lets their workers ask first. */
export const ASKED_CHANNELS: readonly Channel[] = ['SMS', 'WHATSAPP']

/** A message whose answer was lost, as far as it is known. */
export interface LostMessage {
  readonly deliveryId: string
  readonly attempt: number
  readonly address: string
  readonly startedAt: Date
  /** Who may hold it. Without it every provider is asked. */
  readonly provider?: string
  /** Without it another message to the same number at that time cannot be told from this one. */
  readonly content?: MessageContent
  /** How many segments the text may have depends on it. */
  readonly category?: string
}

export type LookUpResult =
  | { readonly found: 'yes'; readonly provider: string; readonly providerMessageId: string }
  | { readonly found: 'no'; readonly provider: string }
  /** `askAgain`: not now, and maybe later; otherwise nobody will ever know. */
  | { readonly found: 'cannot_tell'; readonly provider: string; readonly askAgain?: boolean }

/** What the worker needs of rows whose outcome is unknown. */
export interface LookUpStore {
  /** Of these ids the rows that are UNKNOWN. */
  loadUnknown(ids: readonly string[]): Promise<readonly UnknownDelivery[]>
  /** Whether another attempt than this one has that message: then it is not the lost one. */
  findTaken(messages: readonly FoundMessage[]): Promise<ReadonlySet<string>>
  /** No provider will ever tell: the clock decides now what becomes of them. */
  giveUpAsking(rows: readonly { readonly id: string; readonly fence: number }[]): Promise<void>
}

export interface FoundMessage {
  readonly deliveryId: string
  readonly attempt: number
  readonly providerMessageId: string
}

export interface UnknownDelivery {
  readonly id: string
  readonly notificationId: string
  readonly tenantId: string
  readonly channel: Channel
  readonly fence: number
  readonly attemptCount: number
  readonly maxAttempts: number
  readonly category: string
  readonly content: MessageContent
  readonly address: string | null
  /** Of the address that it was handed over with. */
  readonly addressHash: string | null
  readonly provider: string | null
  readonly startedAt: Date
}
