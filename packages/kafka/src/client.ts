import { Kafka, type KafkaConfig, type LogEntry, logLevel, type RetryOptions, type SASLOptions } from 'kafkajs'
import { registerCodecs } from './codecs.ts'
import type { KafkaAccess, KafkaConnection } from './connection.ts'
import type { KafkaLog } from './log.ts'

export interface ClientTimes {
  readonly requestTimeoutMs?: number
  readonly connectionTimeoutMs?: number
  readonly retry: RetryOptions
}

export function createClient({ connection, log }: KafkaAccess, times: ClientTimes): Kafka {
  registerCodecs()
  return new Kafka({
    clientId: connection.clientId,
    brokers: [...connection.brokers],
    ...credentialsOf(connection),
    connectionTimeout: times.connectionTimeoutMs ?? 3_000,
    authenticationTimeout: 10_000,
    requestTimeout: times.requestTimeoutMs ?? 30_000,
    retry: times.retry,
    logLevel: logLevel.INFO,
    logCreator: () => (entry) => forwardLog(log, entry),
  })
}

function credentialsOf({ sasl, ssl }: KafkaConnection): Pick<KafkaConfig, 'sasl' | 'ssl'> {
  return {
    ...(ssl === undefined ? {} : { ssl: typeof ssl === 'boolean' ? ssl : { ...ssl } }),
    ...(sasl === undefined ? {} : { sasl: saslOf(sasl) }),
  }
}

function saslOf({ mechanism, username, password }: NonNullable<KafkaConnection['sasl']>): SASLOptions {
  switch (mechanism) {
    case 'plain':
      return { mechanism, username, password }
    case 'scram-sha-256':
      return { mechanism, username, password }
    case 'scram-sha-512':
      return { mechanism, username, password }
  }
}

// A client's errors are mostly retries that succeed; what fails for good reaches the caller as an error.
function forwardLog(log: KafkaLog, { level, namespace, log: { message, timestamp: _, ...fields } }: LogEntry): void {
  const wide = { ...fields, kafkajs: namespace }
  if (level === logLevel.ERROR || level === logLevel.WARN) log.warn(wide, message)
  else log.debug(wide, message)
}
