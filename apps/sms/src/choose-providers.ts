import type { SmsChannelOptions, WhatsAppChannelOptions } from '@carillon/channel-sms'
import { ConfigError } from '@carillon/process'
import type { SmsConfig } from './config.ts'

export interface Chosen {
  readonly sms: Pick<SmsChannelOptions, 'twilio' | 'vonage'>
  readonly whatsApp: Pick<WhatsAppChannelOptions, 'twilio' | 'meta'>
}

/** Which providers the environment names in full. One that is named by half is a mistake, and said. */
export function chooseProviders(config: SmsConfig): Chosen {
  const missing: string[] = []
  const isNamed = (...names: readonly (keyof SmsConfig)[]) => {
    const absent = names.filter((name) => !config[name])
    if (absent.length > 0 && absent.length < names.length) missing.push(...absent)
    return absent.length === 0
  }
  const account = isNamed('TWILIO_ACCOUNT_SID', 'TWILIO_AUTH_TOKEN')
  const hasSender = Boolean(config.TWILIO_PHONE_NUMBER || config.TWILIO_MESSAGING_SERVICE_SID)
  const hasWhatsAppSender = Boolean(config.TWILIO_WHATSAPP_NUMBER)
  if (account && !hasSender && !hasWhatsAppSender) missing.push('TWILIO_PHONE_NUMBER')
  if (!account && (hasSender || hasWhatsAppSender)) missing.push('TWILIO_ACCOUNT_SID', 'TWILIO_AUTH_TOKEN')
  const vonage = isNamed('VONAGE_APPLICATION_ID', 'VONAGE_PRIVATE_KEY', 'VONAGE_FROM')
  const meta = isNamed('META_PHONE_NUMBER_ID', 'META_ACCESS_TOKEN')
  const sendsWhatsApp = meta || (account && hasWhatsAppSender)
  if (sendsWhatsApp && Object.keys(config.WHATSAPP_TEMPLATES).length === 0) missing.push('WHATSAPP_TEMPLATES')
  if (missing.length > 0)
    throw new ConfigError(`Some of what is needed is missing: ${[...new Set(missing)].join(', ')}`)
  return {
    sms: {
      ...(account && hasSender && { twilio: { ...twilioAccountOf(config), ...senderOf(config) } }),
      ...(vonage && { vonage: vonageOf(config) }),
    },
    whatsApp: {
      ...(account && hasWhatsAppSender && { twilio: whatsAppByTwilio(config) }),
      ...(meta && { meta: metaOf(config) }),
    },
  }
}

function twilioAccountOf({ TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, TWILIO_BASE_URL, WEBHOOKS_URL }: SmsConfig) {
  return {
    accountSid: TWILIO_ACCOUNT_SID ?? '',
    authToken: TWILIO_AUTH_TOKEN ?? '',
    ...(TWILIO_BASE_URL && { baseUrl: TWILIO_BASE_URL }),
    ...(WEBHOOKS_URL && { statusCallbackUrl: `${WEBHOOKS_URL.replace(/\/$/, '')}/twilio` }),
  }
}

function senderOf({ TWILIO_PHONE_NUMBER: from, TWILIO_MESSAGING_SERVICE_SID: messagingServiceSid }: SmsConfig) {
  return { ...(from && { from }), ...(messagingServiceSid && { messagingServiceSid }) }
}

function whatsAppByTwilio(config: SmsConfig) {
  return { ...twilioAccountOf(config), from: config.TWILIO_WHATSAPP_NUMBER ?? '' }
}

function vonageOf({
  VONAGE_APPLICATION_ID: applicationId = '',
  VONAGE_PRIVATE_KEY: privateKey = '',
  VONAGE_FROM: from = '',
  VONAGE_BASE_URL: baseUrl,
  WEBHOOKS_URL,
}: SmsConfig) {
  const reports = WEBHOOKS_URL && { statusCallbackUrl: `${WEBHOOKS_URL.replace(/\/$/, '')}/vonage` }
  return { applicationId, privateKey, from, ...(baseUrl && { baseUrl }), ...reports }
}

function metaOf({
  META_PHONE_NUMBER_ID: phoneNumberId = '',
  META_ACCESS_TOKEN: accessToken = '',
  META_BASE_URL: baseUrl,
}: SmsConfig) {
  return { phoneNumberId, accessToken, ...(baseUrl && { baseUrl }) }
}
