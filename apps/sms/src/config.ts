import { backboneSettings, sendingSettings } from '@carillon/backbone'
import { type Configured, list, parseConfig, rates, setting, wholeNumber } from '@carillon/process'
import { z } from 'zod'

const text = z.string().optional()
const url = z.url().optional()

const template = z.strictObject({
  contentSid: z.string().startsWith('HX').optional(),
  name: z.string().optional(),
  language: z.string().optional(),
  variables: z.array(z.enum(['title', 'message', 'actionUrl', 'actionText'])).default([]),
})

/** JSON by category; what is wrong with it is said with its place. */
const templates = z
  .string()
  .transform((json, context) => {
    try {
      return JSON.parse(json)
    } catch {
      context.addIssue({ code: 'custom', message: 'is no JSON' })
      return z.NEVER
    }
  })
  .pipe(z.record(z.string(), template))

/** `DE:1000/86400` a country, comma-separated; a country may be named more than once. */
const countryRates = list.transform((items, context) => {
  const byCountry: Record<string, z.output<typeof rates>> = {}
  for (const item of items) {
    const [, country, rate] = /^([A-Z]{2}|\*):(.+)$/.exec(item) ?? []
    const parsed = rates.safeParse(rate ?? '')
    if (country === undefined || !parsed.success)
      context.addIssue({ code: 'custom', message: `"${item}" is no rate of a country such as DE:1000/86400` })
    else byCountry[country] = [...(byCountry[country] ?? []), ...parsed.data]
  }
  return byCountry
})

export const settings = {
  ...backboneSettings,
  ...sendingSettings,
  TWILIO_ACCOUNT_SID: setting(z.string().startsWith('AC').optional(), 'the account at Twilio, for SMS and WhatsApp'),
  TWILIO_AUTH_TOKEN: setting(text, 'its auth token'),
  TWILIO_PHONE_NUMBER: setting(text, 'our number or name for SMS', { example: '+15005550006' }),
  TWILIO_MESSAGING_SERVICE_SID: setting(text, 'a messaging service that chooses the number instead'),
  TWILIO_WHATSAPP_NUMBER: setting(text, 'our number for WhatsApp by Twilio', { example: '+15005550006' }),
  TWILIO_RATE: setting(
    rates.default([]),
    'at most so many messages in so many seconds by Twilio, SMS and WhatsApp together; what is over it goes to the next provider',
    { example: '80/1' },
  ),
  TWILIO_BASE_URL: setting(url, 'another place than https://api.twilio.com'),
  VONAGE_APPLICATION_ID: setting(text, 'the application at Vonage, tried after Twilio'),
  VONAGE_PRIVATE_KEY: setting(text, 'its private key in PEM; line breaks may be written as \\n'),
  VONAGE_FROM: setting(text, 'our number or name for SMS by Vonage'),
  VONAGE_RATE: setting(rates.default([]), 'the same for Vonage'),
  VONAGE_BASE_URL: setting(url, 'another place than https://api.nexmo.com'),
  META_PHONE_NUMBER_ID: setting(text, 'our number at the WhatsApp Cloud API, tried after Twilio'),
  META_ACCESS_TOKEN: setting(text, 'the access token for it'),
  META_RATE: setting(rates.default([]), 'the same for the WhatsApp Cloud API'),
  META_BASE_URL: setting(url, 'another place than https://graph.facebook.com'),
  WHATSAPP_TEMPLATES: setting(
    templates.default({}),
    'templates by category as JSON; * stands for every other category. WhatsApp takes nothing else',
    { example: '{"*":{"contentSid":"HX…","name":"news","language":"en","variables":["title","message"]}}' },
  ),
  WEBHOOKS_URL: setting(url, 'where providers report to; /twilio and /vonage are added', {
    example: 'https://notify.example.com/webhooks',
  }),
  PUBLIC_URL: setting(url, 'where relative links of events lead'),
  SMS_COUNTRIES: setting(list.optional(), 'countries that may be written to, as DE,AT; all without it'),
  SMS_SEGMENTS_MAX: setting(wholeNumber(1, 10).default(1), 'segments that one text may have; each is paid for'),
  SMS_EMOJI_PREFIX: setting(text, 'what every text begins with; an emoji halves what fits into a segment'),
  SMS_WORKER_CONCURRENCY: setting(wholeNumber(1, 1_000).default(3), 'messages handed over at a time, a channel'),
  SMS_WORKER_RESERVED: setting(wholeNumber(0, 999).default(1), 'of these, kept free for the urgent lane'),
  SMS_WORKER_TIMEOUT: setting(wholeNumber(1_000, 600_000).default(30_000), 'milliseconds for one hand-over'),
  SMS_WORKER_RATE: setting(
    rates.default([]),
    'at most so many texts in so many seconds, as 100/1, in all processes together; the others wait their turn',
  ),
  SMS_TENANT_RATE: setting(rates.default([]), 'the same for each tenant'),
  SMS_VERIFICATION_RATE: setting(
    rates.prefault('3/600,10/86400'),
    'the same for each number in the category verification, against fraud with login codes',
  ),
  SMS_COUNTRY_RATE: setting(
    countryRates.prefault(''),
    'texts to a country, all tenants together; * stands for each that is not named. It bounds what a fraud with numbers can cost',
    { example: 'DE:10000/86400,*:100/86400' },
  ),
  WHATSAPP_WORKER_RATE: setting(rates.default([]), 'at most so many WhatsApp messages in so many seconds'),
  WHATSAPP_TENANT_RATE: setting(rates.prefault('10/60'), 'the same for each tenant'),
  SMS_BREAKER_MS: setting(
    wholeNumber(10, 3_600_000).default(10_000),
    'how long nothing is handed over after a provider was in trouble several times in a row; longer while it stays so',
  ),
  SMS_WORKER_BACKOFF: setting(
    list.pipe(z.array(wholeNumber(0, 86_400_000))).optional(),
    'milliseconds before each retry, comma-separated; doubling from 2 seconds, with jitter, without it',
  ),
  CARILLON_SIMULATE: setting(list.default([]), 'channels that take every message and send none, such as email,sms'),
  CARILLON_SIMULATE_FILE: setting(text, 'where simulated messages are kept, a JSON line each'),
}

export type SmsConfig = Configured<typeof settings>

export function readConfig(): SmsConfig {
  return parseConfig(settings, process.env)
}
