import { appendFile } from 'node:fs/promises'
import {
  createDeliveryTokens,
  createSmsChannel,
  createWhatsAppChannel,
  templatesByCategory,
} from '@carillon/channel-sms'
import { type Channel, createSimulatedChannel, type SendResult, type TakeProviderSlot } from '@carillon/delivery'
import { ConfigError } from '@carillon/process'
import { chooseProviders } from './choose-providers.ts'
import type { SmsConfig } from './config.ts'

export interface ChosenChannel {
  readonly name: 'SMS' | 'WHATSAPP'
  readonly channel: Channel & { close(): Promise<void> }
  readonly providers: readonly string[]
  readonly isSimulated: boolean
}

export interface ChannelTools {
  readonly onFailover: (refusal: SendResult) => void
  readonly takeSlot?: TakeProviderSlot
}

/** Each channel that is configured or simulated; none is a mistake, because such a process would serve nobody. */
export function chooseChannels(config: SmsConfig, tools: ChannelTools): readonly ChosenChannel[] {
  const { sms, whatsApp } = chooseProviders(config)
  const common = {
    tokens: createDeliveryTokens(config.CARILLON_SECRET),
    policy: config.SMS_COUNTRIES ? { countries: config.SMS_COUNTRIES } : {},
    ...tools,
  }
  const chosen: ChosenChannel[] = []
  const isSimulated = (name: string) => config.CARILLON_SIMULATE.includes(name)

  if (isSimulated('sms')) chosen.push(simulate('SMS', config))
  else if (Object.keys(sms).length > 0) {
    const { SMS_SEGMENTS_MAX: segmentsMax, SMS_EMOJI_PREFIX: emojiPrefix, PUBLIC_URL: publicBaseUrl } = config
    const channel = createSmsChannel({
      ...common,
      ...sms,
      decideSegmentsMax: () => segmentsMax,
      ...(emojiPrefix && { emojiPrefix }),
      ...(publicBaseUrl && { publicBaseUrl }),
    })
    chosen.push({ name: 'SMS', channel, providers: Object.keys(sms), isSimulated: false })
  }

  if (isSimulated('whatsapp')) chosen.push(simulate('WHATSAPP', config))
  else if (Object.keys(whatsApp).length > 0) {
    const findTemplate = templatesByCategory(config.WHATSAPP_TEMPLATES)
    const channel = createWhatsAppChannel({ ...common, ...whatsApp, findTemplate })
    chosen.push({ name: 'WHATSAPP', channel, providers: Object.keys(whatsApp), isSimulated: false })
  }

  if (chosen.length === 0) throw new ConfigError(nothingToServe)
  return chosen
}

const nothingToServe = [
  'There is no provider. For SMS set TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_PHONE_NUMBER,',
  'or VONAGE_APPLICATION_ID, VONAGE_PRIVATE_KEY and VONAGE_FROM; for WhatsApp TWILIO_WHATSAPP_NUMBER,',
  'or META_PHONE_NUMBER_ID and META_ACCESS_TOKEN, and WHATSAPP_TEMPLATES;',
  'or set CARILLON_SIMULATE=sms,whatsapp to send nothing and say so',
].join(' ')

function simulate(name: 'SMS' | 'WHATSAPP', { CARILLON_SIMULATE_FILE: file }: SmsConfig): ChosenChannel {
  const channel = createSimulatedChannel(name, async (message) => {
    if (file) await appendFile(file, `${JSON.stringify(message)}\n`)
  })
  return { name, channel, providers: ['simulated'], isSimulated: true }
}
