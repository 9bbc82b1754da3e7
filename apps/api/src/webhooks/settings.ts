import { createPublicKey } from 'node:crypto'
import { list, setting } from '@carillon/process'
import { z } from 'zod'

const text = z.string().min(1).optional()
const secrets = list.pipe(z.array(z.string().min(1))).default([])
const publicKeys = list.pipe(z.array(z.string().refine(isPublicKey, 'must be a key as SendGrid shows it'))).default([])
const topicArn = z.string().startsWith('arn:', 'must be the ARN of a topic')

function isPublicKey(key: string): boolean {
  try {
    return createPublicKey({ key: Buffer.from(key, 'base64'), format: 'der', type: 'spki' }).asymmetricKeyType === 'ec'
  } catch {
    return false
  }
}

/** Each provider that is named here may report to /webhooks/<provider>; one that is not is not found there. */
export const webhookSettings = {
  WEBHOOKS_URL: setting(z.url().optional(), 'where providers report to, as they see it; /twilio and so on are added', {
    example: 'https://notify.example.com/webhooks',
  }),
  TWILIO_AUTH_TOKEN: setting(text, 'the auth token of the account at Twilio; what Twilio reports is signed with it'),
  VONAGE_SIGNATURE_SECRET: setting(secrets, 'what Vonage signs its reports with; several, comma-separated, to rotate'),
  META_APP_SECRET: setting(secrets, 'what Meta signs its reports with; several, comma-separated, to rotate'),
  META_VERIFY_TOKEN: setting(text, 'the word by which Meta knows our webhook when it is set up'),
  SENDGRID_WEBHOOK_KEY: setting(publicKeys, 'the verification key of the signed event webhook; several to rotate'),
  SES_TOPIC_ARNS: setting(
    list.pipe(z.array(topicArn)).default([]),
    'the SNS topics of ours that SES reports to; anybody may own others',
    { example: 'arn:aws:sns:eu-west-1:123456789012:mail' },
  ),
}
