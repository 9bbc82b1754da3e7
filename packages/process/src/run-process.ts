import { ConfigError } from './parse-config.ts'

export interface RunningProcess {
  close(): Promise<void>
}

export interface ProcessLog {
  info(fields: object, message: string): void
  error(fields: object, message: string): void
}

export interface ProcessOptions<Config, Log extends ProcessLog> {
  readonly name: string
  readonly readConfig: () => Config
  readonly createLog: (config: Config) => Log
  /** `onFatal` ends the process: a worker that is dead while its process lives is the worst case. */
  readonly open: (config: Config, tools: { log: Log; onFatal: (error: unknown) => void }) => Promise<RunningProcess>
  /** After this long on the way out it ends at once; less than a supervisor waits before it kills. */
  readonly closeMsMax?: number
}

const CLOSE_MS_MAX = 24_000
const FAILED_CLOSE_MS_MAX = 3_000
const EXIT_CONFIG = 78

/** The life of every process of the fleet: open, say `ready` to a supervisor, and on the first signal close in order. */
export async function runProcess<Config, Log extends ProcessLog>(options: ProcessOptions<Config, Log>): Promise<void> {
  const { name, closeMsMax = CLOSE_MS_MAX } = options
  const config = readConfigOrExit(options)
  const log = options.createLog(config)
  let running: RunningProcess | undefined
  let isEnding = false

  const onFatal = (error: unknown): void => {
    log.error({ process: name, err: error }, 'process.failed')
    // The supervisor starts it again; whatever was in the air is found by its lease.
    process.exit(1)
  }
  /** An app that cannot go on still records what is in the air and gives back what it holds, but not for long. */
  const fail = (error: unknown): void => {
    if (isEnding) return
    isEnding = true
    log.error({ process: name, err: error }, 'process.failed')
    setTimeout(() => process.exit(1), Math.min(closeMsMax, FAILED_CLOSE_MS_MAX))
    void Promise.resolve(running?.close())
      .catch(() => undefined)
      .finally(() => process.exit(1))
  }
  const end = async (signal: string): Promise<void> => {
    if (isEnding) return
    isEnding = true
    setTimeout(() => {
      log.error({ process: name, signal, afterMs: closeMsMax }, 'process.close.overdue')
      process.exit(1)
    }, closeMsMax).unref()
    await running?.close()
    log.info({ process: name, signal }, 'process.closed')
    process.exit(0)
  }

  process.on('unhandledRejection', onFatal)
  process.on('uncaughtException', onFatal)
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void end(signal).catch(onFatal))
  try {
    running = await options.open(config, { log, onFatal: fail })
  } catch (error) {
    return onFatal(error)
  }
  log.info({ process: name }, 'process.ready')
  process.send?.('ready')
}

function readConfigOrExit<Config>({
  name,
  readConfig,
}: Pick<ProcessOptions<Config, ProcessLog>, 'name' | 'readConfig'>): Config {
  try {
    return readConfig()
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    process.stderr.write(`carillon ${name}: ${error.message}\n`)
    process.exit(EXIT_CONFIG)
  }
}
