/**
 * What a mail provider says later of a mail, in one shape for all. Reading one is pure: who applies it knows the rows.
 */
export interface EmailReceipt {
  readonly provider: 'ses' | 'sendgrid'
  /** The same for the same event, however often it is told. */
  readonly providerEventId: string
  readonly providerMessageId?: string
  /** Ours, from a header of the mail; what tells us of it is signed. */
  readonly deliveryId?: string
  readonly attempt?: number
  readonly kind: 'accepted' | 'sending' | 'delivered' | 'failed' | 'complained' | 'opted_out'
  readonly reason?: EmailReceiptReason
  readonly providerCode?: string
  /** Nothing may be sent to this address again. */
  readonly suppressAddress?: true
  readonly alert?: true
}

/** Every reason that a receipt of a mail gives, with one sentence for the person who reads it. The codes never change. */
export const emailReceiptReasons = {
  email_bounced: 'The mail came back: the mailbox does not exist or takes no mail.',
  email_bounced_for_now: 'The mail came back for a reason that may pass, such as a mailbox that is full.',
  email_blocked: 'The server of the mailbox refused our mail by its policy, such as its rules about spam or senders.',
  email_refused_by_provider: 'The provider did not send the mail, because of an earlier bounce, complaint or wish.',
  email_content_refused: 'The provider did not send the mail because of what is in it.',
  email_complained: 'The person marked the mail as spam.',
  email_unsubscribed: 'The person asked the provider for no more mail from us.',
} as const

export type EmailReceiptReason = keyof typeof emailReceiptReasons

export type Bounce = Pick<EmailReceipt, 'reason' | 'suppressAddress' | 'alert'>

export const deadAddress: Bounce = { reason: 'email_bounced', suppressAddress: true }
export const blocked: Bounce = { reason: 'email_blocked', alert: true }
export const bouncedForNow: Bounce = { reason: 'email_bounced_for_now' }

/** As for an answer of a mail server: 5.7.x is about us, a full mailbox is empty again some day. */
export function readEnhancedStatus(status: string | undefined): Bounce | undefined {
  if (status === undefined) return undefined
  if (/^[45]\.7\./.test(status)) return blocked
  return status.startsWith('4.') || status === '5.2.2' ? bouncedForNow : undefined
}

const DELIVERY_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Our Message-ID is the delivery's id and a domain. */
export function readMessageId(messageId: string | undefined): { readonly deliveryId?: string } {
  return readDeliveryId(/^<?([^<>@]+)@/.exec(messageId?.trim() ?? '')?.[1])
}

export function readDeliveryId(id: string | undefined): { readonly deliveryId?: string } {
  return id !== undefined && DELIVERY_ID.test(id) ? { deliveryId: id } : {}
}
