import { backboneSettings } from '@carillon/backbone'
import { type Configured, flag, list, parseConfig, setting, wholeNumber } from '@carillon/process'
import { z } from 'zod'

export const settings = {
  ...backboneSettings,
  SMTP_HOST: setting(z.string().optional(), 'the mail server; without it the channel runs only if it is simulated', {
    example: 'smtp.example.com',
  }),
  SMTP_PORT: setting(wholeNumber(1, 65_535).default(587), 'its port; 465 speaks TLS from the first byte'),
  SMTP_USER: setting(z.string().optional(), 'the name to sign in with'),
  SMTP_PASS: setting(z.string().optional(), 'the password to sign in with'),
  SMTP_REQUIRE_TLS: setting(flag.default(false), 'whether to refuse a server that offers no TLS'),
  SMTP_CONNECTIONS: setting(wholeNumber(1, 200).default(20), 'connections kept open to the mail server'),
  SENDER_EMAIL: setting(z.email().default('no-reply@localhost.localdomain'), 'who mails are from', {
    olderNames: ['SEND_FROM_EMAIL'],
    example: 'hello@example.com',
  }),
  SENDER_NAME: setting(z.string().default('Carillon'), 'the name beside that address, and the brand in the mail'),
  BRAND_COLOR: setting(z.string().optional(), 'the colour of the brand, as #2f5bd7'),
  BRAND_FOOTER: setting(z.string().optional(), 'what stands under every mail, such as a postal address'),
  PUBLIC_URL: setting(z.url().optional(), 'where relative links of events lead'),
  EMAIL_WORKER_CONCURRENCY: setting(wholeNumber(1, 1_000).default(5), 'mails handed over at a time'),
  EMAIL_WORKER_RESERVED: setting(wholeNumber(0, 999).default(1), 'of these, kept free for the urgent lane'),
  EMAIL_WORKER_TIMEOUT: setting(wholeNumber(1_000, 600_000).default(120_000), 'milliseconds for one hand-over'),
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
