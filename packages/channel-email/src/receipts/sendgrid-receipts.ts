import { createPublicKey, verify } from 'node:crypto'
import { z } from 'zod'
import {
  type Bounce,
  blocked,
  deadAddress,
  type EmailReceipt,
  readEnhancedStatus,
  readMessageId,
} from './email-receipt.ts'

/** Over the time that it names and the body byte by byte. Several keys, for the time of a rotation. */
export function verifySendGridSignature(request: {
  /** As SendGrid shows it: base64 of the key, without PEM's first and last line. */
  readonly publicKeys: readonly string[]
  readonly signature: string | null
  readonly timestamp: string | null
  readonly rawBody: Uint8Array
}): boolean {
  const { publicKeys, signature, timestamp, rawBody } = request
  if (!signature || !timestamp) return false
  const signed = Buffer.concat([Buffer.from(timestamp), rawBody])
  return publicKeys.some((key) => {
    const publicKey = createPublicKey({ key: Buffer.from(key, 'base64'), format: 'der', type: 'spki' })
    return verify('sha256', signed, publicKey, Buffer.from(signature, 'base64'))
  })
}

const event = z.object({
  event: z.string(),
  sg_event_id: z.string().min(1),
  sg_message_id: z.string().optional(),
  'smtp-id': z.string().optional(),
  type: z.string().optional(),
  status: z.string().optional(),
  reason: z.string().optional(),
})
type SendGridEvent = z.infer<typeof event>

/** One request carries many; what cannot be read among them, or says nothing of the way, is left out. */
export function readSendGridReceipts(body: unknown): EmailReceipt[] {
  if (!Array.isArray(body)) return []
  return body.flatMap((one) => {
    const parsed = event.safeParse(one)
    const told = parsed.success ? readKind(parsed.data) : undefined
    if (!parsed.success || !told) return []
    const { sg_event_id: providerEventId, status, ...rest } = parsed.data
    return [
      {
        provider: 'sendgrid' as const,
        providerEventId,
        ...readIds(rest),
        ...told,
        ...(told.kind === 'failed' && status && { providerCode: status.slice(0, 64) }),
      },
    ]
  })
}

/** What SendGrid answered when it took the mail stands before what it adds for itself. */
function readIds({ sg_message_id: id, 'smtp-id': messageId }: Pick<SendGridEvent, 'sg_message_id' | 'smtp-id'>) {
  const queueId = id === undefined ? undefined : (/^(.+?)\.(?:filter|recvd)/.exec(id)?.[1] ?? id)
  return { ...(queueId && { providerMessageId: queueId }), ...readMessageId(messageId) }
}

function readKind(one: SendGridEvent): (Pick<EmailReceipt, 'kind'> & Bounce) | undefined {
  switch (one.event) {
    case 'processed':
      return { kind: 'accepted' }
    case 'deferred':
      return { kind: 'sending' }
    case 'delivered':
      return { kind: 'delivered' }
    case 'bounce':
      return { kind: 'failed', ...readBounce(one) }
    case 'dropped':
      return { kind: 'failed', ...readDrop(one.reason ?? '') }
    case 'spamreport':
      return { kind: 'complained', reason: 'email_complained', suppressAddress: true }
    case 'unsubscribe':
      return { kind: 'opted_out', reason: 'email_unsubscribed', suppressAddress: true }
    default:
      return undefined
  }
}

function readBounce({ type, status }: SendGridEvent): Bounce {
  return readEnhancedStatus(status) ?? (type === 'blocked' ? blocked : deadAddress)
}

/** SendGrid keeps lists of its own; an address on one of them would be dropped again. */
function readDrop(reason: string): Bounce {
  if (/^(?:bounced|invalid|unsubscribed|spam reporting)/i.test(reason))
    return { reason: 'email_refused_by_provider', suppressAddress: true }
  return { reason: 'email_content_refused', alert: true }
}
