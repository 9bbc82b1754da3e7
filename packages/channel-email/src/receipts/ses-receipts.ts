import { z } from 'zod'
import {
  type Bounce,
  bouncedForNow,
  deadAddress,
  type EmailReceipt,
  readDeliveryId,
  readEnhancedStatus,
  readMessageId,
} from './email-receipt.ts'

const bounce = z.object({
  bounceType: z.string(),
  bounceSubType: z.string().optional(),
  feedbackId: z.string().optional(),
  bouncedRecipients: z.array(z.object({ action: z.string().optional(), status: z.string().optional() })).default([]),
})
const complaint = z.object({ feedbackId: z.string().optional(), complaintFeedbackType: z.string().nullish() })
const notification = z.object({
  // A topic of an identity says the one, an event destination the other.
  notificationType: z.string().optional(),
  eventType: z.string().optional(),
  mail: z.object({
    messageId: z.string().min(1),
    headers: z.array(z.object({ name: z.string(), value: z.string() })).optional(),
  }),
  bounce: bounce.optional(),
  complaint: complaint.optional(),
})
type SesNotification = z.infer<typeof notification>

/** From the message inside SNS's; undefined for what says nothing of the way: opens, clicks, bounces of holiday replies. */
export function readSesReceipt(message: unknown): EmailReceipt | undefined {
  const parsed = notification.safeParse(message)
  if (!parsed.success) return undefined
  const told = readKind(parsed.data)
  if (!told) return undefined
  const { mail, bounce, complaint } = parsed.data
  const type = typeOf(parsed.data)
  const status = bounce?.bouncedRecipients[0]?.status
  const feedbackId = bounce?.feedbackId ?? complaint?.feedbackId
  return {
    provider: 'ses',
    providerEventId: [mail.messageId, type, feedbackId].filter(Boolean).join(':'),
    providerMessageId: mail.messageId,
    ...readHeaders(mail.headers ?? []),
    ...told,
    ...(told.kind === 'failed' && status && { providerCode: status.slice(0, 64) }),
  }
}

function typeOf({ notificationType, eventType }: SesNotification): string {
  return notificationType ?? eventType ?? ''
}

function readKind(told: SesNotification): (Pick<EmailReceipt, 'kind'> & Bounce) | undefined {
  switch (typeOf(told)) {
    case 'Send':
      return { kind: 'accepted' }
    case 'DeliveryDelay':
      return { kind: 'sending' }
    case 'Delivery':
      return { kind: 'delivered' }
    case 'Reject':
      return { kind: 'failed', reason: 'email_content_refused', alert: true }
    case 'Bounce':
      return told.bounce && readBounce(told.bounce)
    case 'Complaint':
      // Somebody took it out of the spam again.
      if (told.complaint?.complaintFeedbackType === 'not-spam') return undefined
      return { kind: 'complained', reason: 'email_complained', suppressAddress: true }
    default:
      return undefined
  }
}

function readBounce({ bounceType, bounceSubType, bouncedRecipients }: z.infer<typeof bounce>) {
  const [{ action, status } = {}] = bouncedRecipients
  // A holiday reply counts as a general bounce of this kind, and is none.
  if (bounceType !== 'Permanent' && bounceSubType === 'General' && action !== 'failed') return undefined
  const cause = bounceType === 'Permanent' ? (readEnhancedStatus(status) ?? deadAddress) : bouncedForNow
  return { kind: 'failed' as const, ...cause }
}

/** SES gives them back as we wrote them, where it is told to include the original headers. */
function readHeaders(headers: readonly { readonly name: string; readonly value: string }[]) {
  const find = (name: string) => headers.find((header) => header.name.toLowerCase() === name)?.value
  const ours = readDeliveryId(find('x-carillon-delivery'))
  if (ours.deliveryId === undefined) return readMessageId(find('message-id'))
  const attempt = /^\d{1,6}$/.test(find('x-carillon-attempt') ?? '') ? Number(find('x-carillon-attempt')) : 0
  return { ...ours, ...(attempt > 0 && { attempt }) }
}
