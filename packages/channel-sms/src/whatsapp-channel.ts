import type { OutgoingMessage, SendResult, TakeProviderSlot } from '@carillon/delivery'
import type { DeliveryTokens } from './delivery-token.ts'
import type { Egress } from './egress.ts'
import { callProvider } from './egress.ts'
import type { MetaOptions } from './meta/meta-provider.ts'
import { createMetaWhatsApp } from './meta/meta-provider.ts'
import type { NumberPolicy } from './number-policy.ts'
import { checkNumber } from './number-policy.ts'
import { createProviderChannel, type ProviderChannel } from './provider-channel.ts'
import { refuse } from './sms-channel.ts'
import type { TwilioOptions } from './twilio/twilio-provider.ts'
import { createTwilioWhatsApp } from './twilio/twilio-provider.ts'
import type { FindTemplate, WhatsAppDraft } from './whatsapp-templates.ts'

export interface WhatsAppChannelOptions {
  /** Tried first; `from` is our number without the prefix `whatsapp:`. */
  readonly twilio?: Omit<TwilioOptions, 'tokens'>
  /** Tried next. */
  readonly meta?: Omit<MetaOptions, 'tokens'>
  readonly findTemplate: FindTemplate
  readonly policy?: NumberPolicy
  readonly tokens?: DeliveryTokens
  readonly onFailover?: (refusal: SendResult) => void
  readonly takeSlot?: TakeProviderSlot
  readonly breakerFailuresMax?: number
  readonly breakerOpenMs?: number
  readonly egress?: Egress
}

export function createWhatsAppChannel(options: WhatsAppChannelOptions): ProviderChannel {
  const { twilio, meta, tokens, findTemplate, egress = callProvider, policy = {} } = options
  const signed = tokens && { tokens }

  function prepare(message: OutgoingMessage): { draft: WhatsAppDraft } | { refusal: SendResult } {
    const checked = checkNumber(message.address, policy)
    if (!checked.ok) return { refusal: refuse(checked.reason, checked.error) }
    const template = findTemplate(message)
    if (!template) return { refusal: refuse('whatsapp_template_missing', `no template for ${message.category}`) }
    return { draft: { message, to: checked.number, country: checked.country, template } }
  }

  return createProviderChannel<WhatsAppDraft>({
    channel: 'WHATSAPP',
    providers: [
      ...(twilio ? [createTwilioWhatsApp({ ...twilio, ...signed }, egress)] : []),
      ...(meta ? [createMetaWhatsApp({ ...meta, ...signed }, egress)] : []),
    ],
    prepare,
    toQuestion: ({ address, startedAt }) => ({ address, startedAt }),
    onFailover: options.onFailover,
    takeSlot: options.takeSlot,
    breakerFailuresMax: options.breakerFailuresMax,
    breakerOpenMs: options.breakerOpenMs,
  })
}
