import { backboneSettings, sendingSettings } from '@carillon/backbone'
import { type Configured, list, parseConfig, rates, setting, wholeNumber } from '@carillon/process'
import { z } from 'zod'
import { smtpSettings } from './smtp-servers.ts'

export const settings = {
  ...backboneSettings,
  ...sendingSettings,
  ...smtpSettings,
  SENDER_EMAIL: setting(z.email().default('no-reply@localhost.localdomain'), 'who mails are from', {
    olderNames: ['SEND_FROM_EMAIL'],
    example: 'hello@example.com',
  }),
  SENDER_NAME: setting(z.string().default('Carillon'), 'the name beside that address, and the brand in the mail'),
  REPLY_TO_EMAIL: setting(z.email().optional(), 'where answers go; to the sender without it'),
  DKIM_DOMAIN: setting(z.string().optional(), 'the domain that signs mails (DKIM), where the mail server does not'),
  DKIM_SELECTOR: setting(z.string().optional(), 'under which name its public key stands in the DNS'),
  DKIM_PRIVATE_KEY: setting(z.string().optional(), 'its private key in PEM; line breaks may be written as \\n'),
  CARILLON_PUBLIC_URL: setting(
    z.url({ protocol: /^https?$/ }).optional(),
    'where people reach the API; the unsubscribe link of a mail is made of it, and there is none without it',
    { example: 'https://notify.example.com' },
  ),
  BRAND_COLOR: setting(z.string().optional(), 'the colour of the brand, as #2f5bd7'),
  BRAND_FOOTER: setting(z.string().optional(), 'what stands under every mail, such as a postal address'),
  PUBLIC_URL: setting(z.url().optional(), 'where relative links of events lead'),
  EMAIL_WORKER_CONCURRENCY: setting(wholeNumber(1, 1_000).default(5), 'mails handed over at a time'),
  EMAIL_WORKER_RESERVED: setting(wholeNumber(0, 999).default(1), 'of these, kept free for the urgent lane'),
  EMAIL_WORKER_TIMEOUT: setting(wholeNumber(1_000, 600_000).default(120_000), 'milliseconds for one hand-over'),
  EMAIL_WORKER_RATE: setting(
    rates.default([]),
    'at most so many hand-overs in so many seconds, as 100/1, in all processes together; the others wait their turn',
  ),
  EMAIL_TENANT_RATE: setting(rates.default([]), 'the same for each tenant'),
  EMAIL_BREAKER_MS: setting(
    wholeNumber(10, 3_600_000).default(10_000),
    'how long nothing is handed over after a provider was in trouble several times in a row; longer while it stays so',
  ),
  EMAIL_WORKER_BACKOFF: setting(
    list.pipe(z.array(wholeNumber(0, 86_400_000))).optional(),
    'milliseconds before each retry, comma-separated; 1, 5 and 15 minutes without it',
  ),
  CARILLON_SIMULATE: setting(list.default([]), 'channels that take every message and send none, such as email,sms'),
  CARILLON_SIMULATE_FILE: setting(z.string().optional(), 'where simulated messages are kept, a JSON line each'),
}

export type EmailConfig = Configured<typeof settings>

export function readConfig(): EmailConfig {
  return parseConfig(settings, process.env)
}
