import { answerMetaChallenge, type DeliveryTokens, readMetaReceipts, verifyMetaSignature } from '@carillon/channel-sms'
import type { WebhookProvider } from '@carillon/http-api'
import { toJson, toText } from './read-body.ts'

export function createMetaWebhook(
  appSecrets: readonly string[],
  verifyToken: string | undefined,
  tokens: DeliveryTokens,
): WebhookProvider {
  return {
    name: 'meta',
    async verify({ headers, rawBody }) {
      const signature = headers.get('x-hub-signature-256') ?? undefined
      return verifyMetaSignature({ appSecrets, signature, rawBody: toText(rawBody) })
    },
    read: async ({ rawBody }) =>
      readMetaReceipts(toJson(rawBody), tokens).map((receipt) => ({ ...receipt, channel: 'WHATSAPP' })),
    ...(verifyToken && { answerChallenge: (query: URLSearchParams) => answerMetaChallenge(query, verifyToken) }),
  }
}
