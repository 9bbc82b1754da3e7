import { backboneSettings, planningSettings } from '@carillon/backbone'
import { ConfigError, type Configured, list, parseConfig, setting, wholeNumber } from '@carillon/process'
import { z } from 'zod'
import { webhookSettings } from './webhooks/settings.ts'

const SECRET_LENGTH_MIN = 32
const origin = z
  .string()
  .refine((url) => URL.canParse(url) && new URL(url).origin === url, 'must be an origin, like https://shop.example.com')

const channelCost = z
  .string()
  .regex(/^(EMAIL|SMS|PUSH|WHATSAPP)=\d{1,6}(\.\d{1,8})?$/, 'must be a channel and a price, like SMS=0.07')
  .transform((text): readonly [string, number] => {
    const [channel = '', price = ''] = text.split('=')
    return [channel, Number(price)]
  })

export const settings = {
  ...backboneSettings,
  ...planningSettings,
  PORT: setting(wholeNumber(0, 65_535).default(3001), 'where the API listens; 0 takes a free port'),
  API_HOST: setting(z.string().default('127.0.0.1'), 'the address it listens on; 0.0.0.0 for all, as in a container'),
  CORS_ORIGINS: setting(
    list.pipe(z.array(origin)).default([]),
    'origins of web pages that may call the API, comma-separated',
    { example: 'https://shop.example.com' },
  ),
  CHANNEL_COSTS: setting(
    list.pipe(z.array(channelCost)).default([]),
    'what one accepted message costs, by channel; GET /api/admin/analytics multiplies',
    { example: 'SMS=0.07,WHATSAPP=0.05' },
  ),
  JWT_SECRET: setting(
    z.string().min(SECRET_LENGTH_MIN, `needs at least ${SECRET_LENGTH_MIN} characters`).optional(),
    'verifies the tokens of people (HS256, HS384, HS512); without it and JWT_JWKS_URL only API keys work',
  ),
  JWT_JWKS_URL: setting(
    z.url({ protocol: /^https?$/ }).optional(),
    'where the public keys of your identity provider are (RS256, PS256, ES256, EdDSA); instead of JWT_SECRET',
  ),
  JWT_ISSUER: setting(z.string().min(1).optional(), 'who must have issued a token (iss)'),
  JWT_AUDIENCE: setting(z.string().min(1).optional(), 'whom a token must be meant for (aud)'),
  JWT_TENANT: setting(
    z.string().min(1).max(128).optional(),
    'the tenant of tokens without a claim tenant_id; without it they are refused',
  ),
  REDIS_URL: setting(
    z.url({ protocol: /^rediss?$/ }).optional(),
    'where processes share what may be lost at any moment, such as counts of requests; without it each counts for itself',
    { example: 'redis://localhost:6379' },
  ),
  NOTIFICATION_CACHE_TTL_SECONDS: setting(
    wholeNumber(1, 2_592_000).default(604_800),
    'how long the list of an inbox that nobody changes stays in Redis, where NOTIFICATION_CACHE is on',
  ),
  API_RATE_LIMIT_USER: setting(
    wholeNumber(0, 10_000_000).default(600),
    'requests a minute that a person may make; 0 is no limit',
  ),
  API_RATE_LIMIT_KEY: setting(wholeNumber(0, 10_000_000).default(0), 'the same of an API key'),
  ...webhookSettings,
}

export type ApiConfig = Configured<typeof settings>

export function readConfig(): ApiConfig {
  const config = parseConfig(settings, process.env)
  const problems = findJwtProblems(config)
  if (problems.length > 0) throw new ConfigError(`The environment is not consistent:\n  ${problems.join('\n  ')}`)
  return config
}

function findJwtProblems(config: ApiConfig): string[] {
  const { JWT_SECRET, JWT_JWKS_URL, JWT_ISSUER, JWT_AUDIENCE } = config
  if (!JWT_SECRET && !JWT_JWKS_URL) return []
  const why = 'is needed where tokens are taken, or any token of the same issuer would do'
  return [
    ...(JWT_SECRET && JWT_JWKS_URL ? ['JWT_SECRET and JWT_JWKS_URL exclude each other: set one'] : []),
    ...(JWT_ISSUER ? [] : [`JWT_ISSUER ${why}`]),
    ...(JWT_AUDIENCE ? [] : [`JWT_AUDIENCE ${why}`]),
  ]
}
