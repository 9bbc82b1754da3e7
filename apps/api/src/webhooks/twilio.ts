import { type DeliveryTokens, readTwilioReceipt, verifyTwilioSignature } from '@carillon/channel-sms'
import type { WebhookProvider } from '@carillon/http-api'
import { toForm } from './read-body.ts'

export function createTwilioWebhook(authTokens: readonly string[], tokens: DeliveryTokens): WebhookProvider {
  return {
    name: 'twilio',
    async verify({ url, headers, rawBody }) {
      const signature = headers.get('x-twilio-signature') ?? undefined
      return verifyTwilioSignature({ authTokens, signature, url, params: toForm(rawBody) })
    },
    async read({ url, rawBody }) {
      const params = toForm(rawBody)
      const receipt = readTwilioReceipt({ params, url, tokens })
      return receipt ? [{ ...receipt, channel: params.From?.startsWith('whatsapp:') ? 'WHATSAPP' : 'SMS' }] : []
    },
    // Anything else would be sent to whoever wrote to us.
    answer: { contentType: 'text/xml', text: '<Response/>' },
  }
}
