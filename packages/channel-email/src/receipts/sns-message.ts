import { createPublicKey, verify } from 'node:crypto'
import { z } from 'zod'

/**
 * Amazon SNS signs what it sends, for whomever: the signature proves only that SNS sent it. Which topics are ours is said
 * by the configuration, and where certificates may come from is a host of SNS.
 */
const snsMessage = z.object({
  Type: z.enum(['Notification', 'SubscriptionConfirmation', 'UnsubscribeConfirmation']),
  MessageId: z.string(),
  TopicArn: z.string(),
  Message: z.string(),
  Timestamp: z.string(),
  Subject: z.string().nullish(),
  Token: z.string().optional(),
  SubscribeURL: z.string().optional(),
  SignatureVersion: z.enum(['1', '2']),
  Signature: z.string(),
  SigningCertURL: z.string(),
})
export type SnsMessage = z.infer<typeof snsMessage>

export function readSnsMessage(body: unknown): SnsMessage | undefined {
  return snsMessage.safeParse(body).data
}

const SNS_HOST = /^sns\.[a-z0-9-]{1,32}\.amazonaws\.com(?:\.cn)?$/

/** An address of SNS itself: neither certificates nor confirmations are fetched from anywhere else. */
export function isSnsUrl(address: string | undefined): address is string {
  const url = URL.parse(address ?? '')
  return url?.protocol === 'https:' && SNS_HOST.test(url.hostname) && url.port === '' && url.username === ''
}

const SIGNED_FIELDS = {
  Notification: ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'],
  SubscriptionConfirmation: ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'],
  UnsubscribeConfirmation: ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'],
} as const

export function verifySnsSignature(message: SnsMessage, certificatePem: string): boolean {
  const signed = SIGNED_FIELDS[message.Type].flatMap((field) => {
    const value = message[field]
    return typeof value === 'string' ? [`${field}\n${value}\n`] : []
  })
  const algorithm = message.SignatureVersion === '2' ? 'RSA-SHA256' : 'RSA-SHA1'
  const signature = Buffer.from(message.Signature, 'base64')
  return verify(algorithm, Buffer.from(signed.join('')), createPublicKey(certificatePem), signature)
}
