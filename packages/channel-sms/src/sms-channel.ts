import type { OutgoingMessage, SendResult, TakeProviderSlot } from '@carillon/delivery'
import type { ComposeSmsOptions } from './compose-sms.ts'
import { composeSms } from './compose-sms.ts'
import type { DeliveryTokens } from './delivery-token.ts'
import type { Egress } from './egress.ts'
import { callProvider } from './egress.ts'
import type { NumberPolicy } from './number-policy.ts'
import { checkNumber } from './number-policy.ts'
import type { SmsDraft } from './provider.ts'
import { createProviderChannel, type ProviderChannel } from './provider-channel.ts'
import type { SmsReason } from './reasons.ts'
import type { TwilioOptions } from './twilio/twilio-provider.ts'
import { createTwilioSms } from './twilio/twilio-provider.ts'
import type { VonageOptions } from './vonage/vonage-provider.ts'
import { createVonageSms } from './vonage/vonage-provider.ts'

export interface SmsChannelOptions extends Omit<ComposeSmsOptions, 'segmentsMax'> {
  /** Tried first. */
  readonly twilio?: Omit<TwilioOptions, 'tokens'>
  /** Tried next. */
  readonly vonage?: Omit<VonageOptions, 'tokens'>
  readonly policy?: NumberPolicy
  /** Signs what comes back with each report; without it a report is found by the provider's message id alone. */
  readonly tokens?: DeliveryTokens
  /** How many segments this message is worth; one when absent. */
  readonly decideSegmentsMax?: (message: Pick<OutgoingMessage, 'category'>) => number
  readonly onFailover?: (refusal: SendResult) => void
  readonly takeSlot?: TakeProviderSlot
  readonly breakerFailuresMax?: number
  readonly breakerOpenMs?: number
  /** The one way out; replaced in tests of what no server can do. */
  readonly egress?: Egress
}

export function createSmsChannel(options: SmsChannelOptions): ProviderChannel {
  const { twilio, vonage, tokens, egress = callProvider, policy = {} } = options
  const signed = tokens && { tokens }
  const write = (message: Pick<OutgoingMessage, 'category' | 'content'>) =>
    composeSms(message.content, {
      ...options,
      segmentsMax: message.content.segmentsMax ?? options.decideSegmentsMax?.(message) ?? 1,
    }).text

  function prepare(message: OutgoingMessage): { draft: SmsDraft } | { refusal: SendResult } {
    const checked = checkNumber(message.address, policy)
    if (!checked.ok) return { refusal: refuse(checked.reason, checked.error) }
    const text = write(message)
    if (text === '') return { refusal: refuse('sms_text_empty', 'nothing is left of the text') }
    return { draft: { message, to: checked.number, country: checked.country, text } }
  }

  return createProviderChannel<SmsDraft>({
    channel: 'SMS',
    providers: [
      ...(twilio ? [createTwilioSms({ ...twilio, ...signed }, egress)] : []),
      ...(vonage ? [createVonageSms({ ...vonage, ...signed }, egress)] : []),
    ],
    prepare,
    toQuestion: ({ address, startedAt, content, category = '' }) => {
      return { address, startedAt, ...(content && { text: write({ category, content }) }) }
    },
    onFailover: options.onFailover,
    takeSlot: options.takeSlot,
    breakerFailuresMax: options.breakerFailuresMax,
    breakerOpenMs: options.breakerOpenMs,
  })
}

/** Ours, before any provider was asked: nobody is suppressed for it. */
export function refuse(reason: SmsReason, error: string): SendResult {
  return { outcome: 'rejected', provider: 'none', reason, error }
}
