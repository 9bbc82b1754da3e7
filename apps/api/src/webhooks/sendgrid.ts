import { readSendGridReceipts, verifySendGridSignature } from '@carillon/channel-email'
import type { WebhookProvider } from '@carillon/http-api'
import { toJson } from './read-body.ts'

export function createSendGridWebhook(publicKeys: readonly string[]): WebhookProvider {
  return {
    name: 'sendgrid',
    verify: async ({ headers, rawBody }) =>
      verifySendGridSignature({
        publicKeys,
        rawBody,
        signature: headers.get('x-twilio-email-event-webhook-signature'),
        timestamp: headers.get('x-twilio-email-event-webhook-timestamp'),
      }),
    read: async ({ rawBody }) => readSendGridReceipts(toJson(rawBody)),
  }
}
