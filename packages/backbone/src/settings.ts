import { createHmac } from 'node:crypto'
import type { EventIdKeys, Lane } from '@carillon/contracts'
import type { KafkaConnection } from '@carillon/kafka'
import { type Configured, flag, list, setting, wholeNumber } from '@carillon/process'
import { z } from 'zod'

const SECRET_LENGTH_MIN = 16

/** What every process of the fleet is told. */
export const backboneSettings = {
  DATABASE_URL: setting(z.string().min(1), 'Postgres, 15 or later', {
    example: 'postgres://carillon:secret@localhost:5432/carillon',
  }),
  KAFKA_BROKER: setting(list.pipe(z.array(z.string()).min(1)), 'Kafka brokers, comma-separated', {
    olderNames: ['KAFKA_BROKERS'],
    example: 'localhost:9092',
  }),
  KAFKA_SASL_MECHANISM: setting(
    z.enum(['plain', 'scram-sha-256', 'scram-sha-512']).optional(),
    'how to sign in to Kafka, where it asks',
  ),
  KAFKA_SASL_USERNAME: setting(z.string().optional(), 'the name to sign in to Kafka with'),
  KAFKA_SASL_PASSWORD: setting(z.string().optional(), 'the password to sign in to Kafka with'),
  KAFKA_TLS: setting(flag.default(false), 'whether to speak TLS with Kafka'),
  KAFKA_TLS_CA: setting(z.string().optional(), 'the certificate authority of the brokers, in PEM'),
  KAFKA_SESSION_TIMEOUT: setting(
    wholeNumber(6_000, 300_000).default(10_000),
    'milliseconds until the partitions of a process that was killed go to another; a process that stalls for longer loses its own',
  ),
  CARILLON_SECRET: setting(
    list.pipe(z.array(z.string().min(SECRET_LENGTH_MIN, `needs at least ${SECRET_LENGTH_MIN} characters`)).min(1)),
    'signs event ids and hashes suppressed addresses. To rotate, put the new one in front and keep the old ones',
    { example: 'change-me-to-something-long' },
  ),
  CARILLON_DATA_KEYS: setting(
    list
      .pipe(z.array(z.string().min(SECRET_LENGTH_MIN, `needs at least ${SECRET_LENGTH_MIN} characters`)).min(1))
      .optional(),
    'seals contacts, device tokens and metadata in Postgres; CARILLON_SECRET does without it. To rotate, put the new one in front and keep the old ones',
  ),
  REDIS_URL: setting(
    z.string().optional(),
    'Redis, for limits, hints and caches that several processes share; without it each process has its own',
    { example: 'redis://localhost:6379' },
  ),
  NOTIFICATION_CACHE: setting(
    flag.default(false),
    'whether first pages of inboxes come from Redis; needs REDIS_URL. Set it alike in every process, as each forgets what it changes',
  ),
  LOG_LEVEL: setting(z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'), 'how much is logged'),
  OPS_HOST: setting(z.string().default('127.0.0.1'), 'where /healthz, /readyz and /metrics of a worker listen'),
  OPS_PORT: setting(wholeNumber(0, 65_535).default(0), 'their port; 0 takes a free one'),
  POSTGRES_POOL: setting(wholeNumber(2, 100).default(8), 'connections to Postgres a process; the clock has one more'),
  OTEL_EXPORTER_OTLP_ENDPOINT: setting(z.string().optional(), 'where traces go, by OTLP over HTTP; none without it'),
}

export type BackboneConfig = Configured<typeof backboneSettings>

/** Of every process that sends. */
export const sendingSettings = {
  NODE_ENV: setting(
    z.string().default('development'),
    'in production a process that sends does not start with CARILLON_REDIRECT or CARILLON_ALLOWED',
    { example: 'production' },
  ),
  CARILLON_REDIRECT: setting(
    list.default([]),
    'outside production: e-mail addresses and phone numbers that get every message instead of the people',
    { example: 'dev@example.com,+4915100000000' },
  ),
  CARILLON_ALLOWED: setting(
    list.default([]),
    'outside production: addresses, @domains and user ids that are written to all the same; nobody else is',
    { example: '@example.com' },
  ),
}

export type SendingConfig = BackboneConfig & Configured<typeof sendingSettings>

/** Of those who write wake-ups, and of the clock that looks after them. */
export const watchSettings = {
  CARILLON_WATCH_AFTER: setting(
    wholeNumber(100, 600_000).default(30_000),
    'milliseconds until the clock first looks for lost wake-ups',
  ),
  CARILLON_WATCH_AFTER_URGENT: setting(wholeNumber(100, 600_000).default(3_000), 'the same on the urgent lane'),
}

export function firstLookMsOf(config: Configured<typeof watchSettings>): Readonly<Record<Lane, number>> {
  return { urgent: config.CARILLON_WATCH_AFTER_URGENT, normal: config.CARILLON_WATCH_AFTER }
}

export function kafkaConnectionOf(config: BackboneConfig, clientId: string): KafkaConnection {
  const { KAFKA_SASL_MECHANISM: mechanism, KAFKA_SASL_USERNAME: username, KAFKA_SASL_PASSWORD: password } = config
  const ca = config.KAFKA_TLS_CA?.replaceAll('\\n', '\n')
  return {
    brokers: config.KAFKA_BROKER,
    clientId,
    ...(mechanism && { sasl: { mechanism, username: username ?? '', password: password ?? '' } }),
    ...(config.KAFKA_TLS && { ssl: ca ? { ca } : true }),
  }
}

export function eventIdKeysOf({ CARILLON_SECRET }: Pick<BackboneConfig, 'CARILLON_SECRET'>): EventIdKeys {
  const [first = '', ...older] = CARILLON_SECRET
  return [deriveKey(first, 'event-id'), ...older.map((secret) => deriveKey(secret, 'event-id'))]
}

/** The first seals, all open. */
export function dataKeysOf({
  CARILLON_SECRET,
  CARILLON_DATA_KEYS,
}: Pick<BackboneConfig, 'CARILLON_SECRET' | 'CARILLON_DATA_KEYS'>): readonly string[] {
  // With keys of their own, what was sealed by the secret before must still be readable.
  return [...(CARILLON_DATA_KEYS ?? []), ...CARILLON_SECRET].map((secret) => deriveKey(secret, 'data'))
}

/** The first signs; all are recognised, since a mail lies in a mailbox for years. */
export function unsubscribeKeysOf({ CARILLON_SECRET }: Pick<BackboneConfig, 'CARILLON_SECRET'>): [string, ...string[]] {
  const [first = '', ...older] = CARILLON_SECRET
  return [deriveKey(first, 'unsubscribe'), ...older.map((secret) => deriveKey(secret, 'unsubscribe'))]
}

/** By the oldest secret, because a suppression outlives a rotation. */
export function createAddressHash({ CARILLON_SECRET }: BackboneConfig): (tenantId: string, address: string) => string {
  const key = deriveKey(CARILLON_SECRET.at(-1) ?? '', 'address')
  return function hashAddress(tenantId, address) {
    return createHmac('sha256', key).update(`${tenantId}\n${address.toLowerCase()}`).digest('base64url')
  }
}

/** One secret serves several purposes without one of them giving away another. */
function deriveKey(secret: string, purpose: string): string {
  return createHmac('sha256', secret).update(purpose).digest('hex')
}
