import { z } from 'zod'
import type { DeliveryTokens } from '../delivery-token.ts'
import type { Egress, EgressAnswer } from '../egress.ts'
import { parseJson } from '../parse-json.ts'
import type { Provider, Submitted } from '../provider.ts'
import { fromSilence, toSubmitted } from '../provider.ts'
import type { WhatsAppDraft } from '../whatsapp-templates.ts'
import { fillVariables } from '../whatsapp-templates.ts'
import { readMetaAnswer } from './meta-answers.ts'

export interface MetaOptions {
  readonly phoneNumberId: string
  readonly accessToken: string
  /** `https://graph.facebook.com` when absent. */
  readonly baseUrl?: string
  /** Such as `v23.0`. */
  readonly version?: string
  readonly tokens?: DeliveryTokens
}

const name = 'meta'

/** Meta's Cloud API. It cannot be asked for a message whose answer was lost, so such a message stays unknown. */
export function createMetaWhatsApp(options: MetaOptions, egress: Egress): Provider<WhatsAppDraft> {
  const { phoneNumberId, accessToken, baseUrl, version = 'v23.0' } = options
  const url = `${new URL(baseUrl ?? 'https://graph.facebook.com').origin}/${version}/${phoneNumberId}/messages`
  return {
    name,
    async submit(draft, limitMs) {
      if (draft.template.name === undefined) return refuseTemplate()
      const answer = await egress({
        method: 'POST',
        url,
        headers: { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' },
        body: JSON.stringify(composeRequest(draft, draft.template.name, options)),
        limitMs,
      })
      return answer.kind === 'answered' ? readAnswer(answer) : fromSilence(name, answer)
    },
  }
}

function composeRequest({ message, to, template }: WhatsAppDraft, templateName: string, { tokens }: MetaOptions) {
  const parameters = fillVariables(template.variables, message.content).map((text) => ({ type: 'text', text }))
  return {
    messaging_product: 'whatsapp',
    recipient_type: 'individual',
    to: to.slice(1),
    type: 'template',
    template: {
      name: templateName,
      language: { code: template.language ?? 'en' },
      ...(parameters.length > 0 && { components: [{ type: 'body', parameters }] }),
    },
    // Handed back in every report.
    ...(tokens && { biz_opaque_callback_data: tokens.sign(message) }),
  }
}

const accepted = z.object({ messages: z.array(z.object({ id: z.string().min(1) })).min(1) })
const refused = z.object({
  error: z.object({
    code: z.number(),
    message: z.string().default(''),
    error_data: z.object({ details: z.string().default('') }).optional(),
  }),
})

function readAnswer({ status, body, retryAfterMs }: Extract<EgressAnswer, { kind: 'answered' }>): Submitted {
  const json = parseJson(body)
  if (status === 200) {
    const message = accepted.safeParse(json)
    const id = message.success ? message.data.messages[0]?.id : undefined
    if (id !== undefined) return { result: { outcome: 'accepted', provider: name, providerMessageId: id } }
  }
  const error = refused.safeParse(json)
  const told = error.success ? error.data.error : undefined
  const words = `${status}/ ${told?.message ?? ''} ${told?.error_data?.details ?? ''}`.trim()
  return toSubmitted(name, readMetaAnswer(status, told?.code), words, retryAfterMs)
}

function refuseTemplate(): Submitted {
  const words = 'the template has no name at Meta'
  return toSubmitted(name, { outcome: 'rejected', reason: 'whatsapp_template_missing', mayTryNext: true }, words)
}
