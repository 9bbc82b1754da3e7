import { backboneSettings, sendingSettings } from '@carillon/backbone'
import { type Configured, flag, list, parseConfig, rates, setting, wholeNumber } from '@carillon/process'
import { z } from 'zod'

const text = z.string().optional()
const url = z.url().optional()

export const settings = {
  ...backboneSettings,
  ...sendingSettings,
  FIREBASE_PROJECT_ID: setting(text, 'the Firebase project, for FCM', { example: 'my-app' }),
  FIREBASE_CLIENT_EMAIL: setting(text, 'the service account of the project', {
    example: 'push@my-app.iam.gserviceaccount.com',
  }),
  FIREBASE_PRIVATE_KEY: setting(text, 'its private key in PEM; line breaks may be written as \\n'),
  FIREBASE_BASE_URL: setting(url, 'another place than https://fcm.googleapis.com'),
  FIREBASE_TOKEN_URL: setting(url, 'another place to sign in than https://oauth2.googleapis.com/token'),
  VAPID_PUBLIC_KEY: setting(text, 'the public key of the site, for Web Push; browsers subscribe with it'),
  VAPID_PRIVATE_KEY: setting(text, 'the private key that belongs to it'),
  VAPID_SUBJECT: setting(text, 'whom a push service turns to, as mailto:ops@example.com or an https address'),
  WEB_PUSH_PRIVATE_ENDPOINTS: setting(
    flag.default(false),
    'whether a browser may name a push service on a private address or without TLS; for tests alone',
  ),
  PUBLIC_URL: setting(url, 'where relative links of events lead'),
  PUSH_WORKER_CONCURRENCY: setting(wholeNumber(1, 1_000).default(5), 'deliveries handed over at a time'),
  PUSH_WORKER_RESERVED: setting(wholeNumber(0, 999).default(1), 'of these, kept free for the urgent lane'),
  PUSH_WORKER_TIMEOUT: setting(wholeNumber(1_000, 600_000).default(30_000), 'milliseconds for one hand-over'),
  PUSH_WORKER_RATE: setting(
    rates.default([]),
    'at most so many hand-overs in so many seconds, as 100/1, in all processes together; the others wait their turn',
  ),
  PUSH_TENANT_RATE: setting(rates.default([]), 'the same for each tenant'),
  PUSH_BREAKER_MS: setting(
    wholeNumber(10, 3_600_000).default(10_000),
    'how long nothing is handed over after a provider was in trouble several times in a row; longer while it stays so',
  ),
  PUSH_WORKER_BACKOFF: setting(
    list.pipe(z.array(wholeNumber(0, 86_400_000))).optional(),
    'milliseconds before each retry, comma-separated; doubling from 2 seconds, with jitter, without it',
  ),
  PUSH_IN_FLIGHT: setting(wholeNumber(1, 1_000).default(500), 'requests to a push service under way at a time'),
  CARILLON_SIMULATE: setting(list.default([]), 'channels that take every message and send none, such as email,sms'),
  CARILLON_SIMULATE_FILE: setting(text, 'where simulated messages are kept, a JSON line each'),
}

export type PushConfig = Configured<typeof settings>

export function readConfig(): PushConfig {
  return parseConfig(settings, process.env)
}
