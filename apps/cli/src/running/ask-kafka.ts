import { createTopics, type KafkaConnection } from '@carillon/kafka'
import type { Outcome } from '../command.ts'
import type { Config } from '../config.ts'
import { nameDataDir } from './data-dir.ts'
import { explain } from './explain.ts'
import { findRunning, type NotRunning } from './find-running.ts'

export interface KafkaOptions {
  readonly data: string
  readonly kafka?: string
}

type Topics = ReturnType<typeof createTopics>

/** A Kafka that does not answer is no fault of ours: a sentence, and no stack. */
export async function askKafka(
  config: Config,
  options: KafkaOptions,
  ask: (topics: Topics, connection: KafkaConnection) => Promise<void>,
): Promise<Outcome> {
  const brokers = await findBrokers(config, options)
  if ('problem' in brokers) return brokers
  const connection = { brokers, clientId: 'carillon-cli' }
  const topics = createTopics({ connection, log: silentLog })
  try {
    await ask(topics, connection)
    return { exitCode: 0 }
  } catch (error) {
    if (!isOfKafka(error)) throw error
    const cure = 'Look whether it runs there, or name another with --kafka HOST:PORT.'
    return { problem: `Kafka at ${brokers.join(',')}: ${explain(error)}`, cure }
  } finally {
    await topics.close()
  }
}

/** The brokers that a command talks to: those it is told, those of the environment, else those of `up`. */
async function findBrokers(config: Config, options: KafkaOptions): Promise<readonly string[] | NotRunning> {
  const given = options.kafka ?? config.environment.KAFKA_BROKER ?? config.environment.KAFKA_BROKERS
  if (given) return given.split(',')
  const running = await findRunning(nameDataDir(config.rootDir, options.data))
  return 'problem' in running ? running : running.kafka.split(',')
}

function isOfKafka(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  return error.name.startsWith('KafkaJS') || isOfKafka(error.cause)
}

export const silentLog = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
}
