import { backboneSettings, kafkaConnectionOf } from '@carillon/backbone'
import { topicDefinitions } from '@carillon/contracts'
import { createTopics, type KafkaConnection } from '@carillon/kafka'
import { ConfigError, parseConfig } from '@carillon/process'
import { silentLog } from '../running/ask-kafka.ts'
import { explain } from '../running/explain.ts'
import type { Finding, Sick } from './finding.ts'

const name = 'kafka'

type Environment = Readonly<Record<string, string | undefined>>

export async function checkKafka(brokers: string | undefined, environment: Environment): Promise<Finding> {
  if (!brokers) {
    const cure = 'Set KAFKA_BROKER, such as localhost:9092, or give --kafka HOST:PORT.'
    return { name, state: 'broken', detail: 'no broker is named', cause: 'KAFKA_BROKER is not set', cure }
  }
  const connection = readConnection(brokers, environment)
  if (connection instanceof ConfigError) {
    const cure = 'Correct the settings KAFKA_…; docs/configuration.md has them all.'
    return { name, state: 'broken', detail: brokers, cause: connection.message, cure }
  }
  const topics = createTopics({ connection, log: silentLog })
  try {
    const wanted = topicDefinitions().map((topic) => topic.name)
    const there = new Set((await topics.describeTopics(wanted)).map((topic) => topic.name))
    const missing = wanted.filter((topic) => !there.has(topic))
    if (missing.length === 0)
      return { name, state: 'well', detail: `${brokers}, all ${wanted.length} topics are there` }
    const cause = `${missing.length} of ${wanted.length} topics are missing: ${missing.join(', ')}`
    return { name, state: 'broken', detail: brokers, cause, cure: `Run ./carillon topics --kafka ${brokers}.` }
  } catch (error) {
    return { name, state: 'broken', detail: brokers, ...diagnose(explain(error), brokers) }
  } finally {
    await topics.close()
  }
}

function readConnection(brokers: string, environment: Environment): KafkaConnection | ConfigError {
  try {
    // What Kafka does not need may be missing, and is looked at elsewhere.
    const others = { DATABASE_URL: 'postgres://unused', CARILLON_SECRET: 'not used by this one' }
    const given = { ...environment, ...others, CARILLON_DATA_KEYS: undefined, KAFKA_BROKER: brokers }
    return kafkaConnectionOf(parseConfig(backboneSettings, given), 'carillon-doctor')
  } catch (error) {
    if (error instanceof ConfigError) return error
    throw error
  }
}

function diagnose(cause: string, brokers: string): Sick {
  if (/ECONNREFUSED/.test(cause))
    return {
      cause: `nothing listens there: ${cause}`,
      cure: `Start Kafka at ${brokers}, or correct KAFKA_BROKER. Without one, ./carillon up brings its own.`,
    }
  if (/ENOTFOUND|EAI_AGAIN/.test(cause))
    return { cause: `its name is unknown: ${cause}`, cure: 'Correct the host in KAFKA_BROKER.' }
  if (/SASL|[Aa]uthenticat/.test(cause))
    return {
      cause: `it does not let us in: ${cause}`,
      cure: 'Correct KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD.',
    }
  if (/ECONNRESET|disconnected|SSL|TLS|certificate/i.test(cause))
    return {
      cause,
      cure: 'Look whether the listener speaks TLS (KAFKA_TLS, KAFKA_TLS_CA) and asks for a sign-in (KAFKA_SASL_…).',
    }
  return { cause, cure: `Look into the log of the broker at ${brokers}, and whether KAFKA_BROKER is right.` }
}
