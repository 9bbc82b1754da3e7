import { type DeliveryTokens, readVonageReceipt, verifyVonageSignature } from '@carillon/channel-sms'
import type { WebhookProvider } from '@carillon/http-api'
import { z } from 'zod'
import { toJson, toText } from './read-body.ts'

const written = z.object({ channel: z.literal('whatsapp') })

export function createVonageWebhook(signatureSecrets: readonly string[], tokens: DeliveryTokens): WebhookProvider {
  return {
    name: 'vonage',
    verify({ headers, rawBody }) {
      const authorization = headers.get('authorization') ?? undefined
      return verifyVonageSignature({ signatureSecrets, authorization, rawBody: toText(rawBody) })
    },
    async read({ rawBody }) {
      const body = toJson(rawBody)
      const receipt = readVonageReceipt(body, tokens)
      return receipt ? [{ ...receipt, channel: written.safeParse(body).success ? 'WHATSAPP' : 'SMS' }] : []
    },
  }
}
