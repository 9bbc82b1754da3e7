import type { Config } from '../config.ts'
import { nameDataDir } from './data-dir.ts'
import { findRunning, type NotRunning } from './find-running.ts'

/** The brokers that a command talks to: those it is told, those of the environment, else those of `up`. */
export async function findBrokers(
  config: Config,
  options: { data: string; kafka?: string },
): Promise<readonly string[] | NotRunning> {
  const given = options.kafka ?? config.environment.KAFKA_BROKER ?? config.environment.KAFKA_BROKERS
  if (given) return given.split(',')
  const running = await findRunning(nameDataDir(config.rootDir, options.data))
  return 'problem' in running ? running : [running.kafka]
}

export const silentLog = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
}
