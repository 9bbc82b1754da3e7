import { mkdir, rm, writeFile } from 'node:fs/promises'
import { createLogger } from '@carillon/telemetry'
import { destination } from 'pino'
import type { Outcome } from '../command.ts'
import type { UpOptions } from '../commands/up.ts'
import type { Config } from '../config.ts'
import { type DataDir, nameDataDir } from '../running/data-dir.ts'
import { findRunning, type Running } from '../running/find-running.ts'
import { findPortOwner, isPortTaken } from '../running/port-owner.ts'
import { ensureDevelopmentKey, ensureSecret } from './development-key.ts'
import { renderScreen } from './print-screen.ts'
import { type RunningFleet, startFleet } from './start-fleet.ts'
import { type RunningInfrastructure, startInfrastructure } from './start-infrastructure.ts'

const HOST = '127.0.0.1'

/** Everything in one process, until a signal; the last thing opened is the first thing closed. */
export async function runUp(config: Config, options: UpOptions): Promise<Outcome> {
  const startedAtMs = performance.now()
  const dataDir = nameDataDir(config.rootDir, options.data)
  const refusal = await findRefusal(dataDir, options)
  if (refusal) return refusal
  if (options.fresh) await rm(dataDir.path, { recursive: true, force: true })
  await mkdir(dataDir.path, { recursive: true })

  const ending = Promise.withResolvers<unknown>()
  const progress = createProgress(options)
  let infrastructure: RunningInfrastructure | undefined
  let fleet: RunningFleet | undefined
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ending.resolve(undefined))
  try {
    progress('starting Postgres and the broker')
    infrastructure = await startInfrastructure(infrastructureOf(config, options, dataDir))
    progress('starting the fleet')
    const environment = await environmentOf(config, options, dataDir, infrastructure)
    const log = createLogger({
      service: 'up',
      level: 'info',
      destination: destination({ dest: dataDir.log, sync: false }),
    })
    fleet = await startFleet({ environment, log, onFatal: (error) => ending.resolve(error) })
    const apiKey = await ensureDevelopmentKey(dataDir, infrastructure.databaseUrl)
    const running: Running = {
      pid: process.pid,
      api: fleet.apiUrl,
      kafka: infrastructure.kafka,
      apiKey,
      dataDir: dataDir.path,
    }
    await writeFile(dataDir.running, JSON.stringify(running), { mode: 0o600 })
    progress('')
    print(options, running, infrastructure, environment, performance.now() - startedAtMs)
    const failure = await ending.promise
    if (failure !== undefined) throw failure
    if (!options.quiet && !options.json) process.stdout.write('\nstopping ...\n')
    return { exitCode: 0 }
  } catch (error) {
    progress('')
    return { problem: `up: ${explain(error)}`, cure: `The log is in ${dataDir.log}.` }
  } finally {
    await fleet?.close()
    await rm(dataDir.running, { force: true })
    await infrastructure?.close()
  }
}

async function findRefusal(dataDir: DataDir, options: UpOptions): Promise<Outcome | undefined> {
  const other = await findRunning(dataDir)
  if ('pid' in other) {
    return {
      problem: `Carillon is up on ${dataDir.path} already (pid ${other.pid}), at ${other.api}`,
      cure: 'Use that one, stop it first, or name another directory with --data DIR.',
    }
  }
  const ports = [
    { port: options.port, flag: '--port' },
    ...(options.withKafka === undefined ? [{ port: options.kafkaPort, flag: '--kafka-port' }] : []),
  ]
  for (const { port, flag } of ports) {
    if (!(await isPortTaken(HOST, port))) continue
    const owner = await findPortOwner(port)
    return {
      problem: `port ${port} is taken${owner ? ` by ${owner}` : ''}`,
      cure: `Choose another with ${flag} PORT, or let one be chosen with ${flag} 0.`,
    }
  }
  return undefined
}

function infrastructureOf(config: Config, options: UpOptions, dataDir: DataDir) {
  const databaseUrl = config.environment.DATABASE_URL
  return {
    dataDir,
    kafkaPort: options.kafkaPort,
    ...(options.withKafka !== undefined && { kafka: options.withKafka }),
    ...(databaseUrl && { databaseUrl }),
  }
}

/** What the apps read instead of the shell's environment: the same names, our values where the user gave none. */
async function environmentOf(
  config: Config,
  options: UpOptions,
  dataDir: DataDir,
  infrastructure: RunningInfrastructure,
): Promise<Record<string, string | undefined>> {
  const { environment } = config
  const isMailReal = Boolean(environment.SMTP_HOST)
  return {
    POSTGRES_POOL: '5',
    ...environment,
    DATABASE_URL: infrastructure.databaseUrl,
    KAFKA_BROKER: infrastructure.kafka,
    KAFKA_BROKERS: undefined,
    CARILLON_SECRET: environment.CARILLON_SECRET || (await ensureSecret(dataDir)),
    CARILLON_SIMULATE: environment.CARILLON_SIMULATE || (isMailReal ? '' : 'email'),
    CARILLON_SIMULATE_FILE: dataDir.outbox,
    EMAIL_WORKER_CONCURRENCY: environment.EMAIL_WORKER_CONCURRENCY || (isMailReal ? '5' : '50'),
    API_HOST: HOST,
    PORT: String(options.port),
  }
}

function createProgress({ quiet, json }: UpOptions): (step: string) => void {
  const { stderr } = process
  if (quiet || json || !stderr.isTTY) return () => undefined
  return (step) => void stderr.write(`\r\u001b[K${step && `carillon: ${step} ...`}`)
}

function print(
  { json, quiet, withKafka, data }: UpOptions,
  running: Running,
  { recovered }: RunningInfrastructure,
  environment: Readonly<Record<string, string | undefined>>,
  startedInMs: number,
): void {
  const { api, kafka, apiKey, dataDir } = running
  if (json)
    return void process.stdout.write(`${JSON.stringify({ ready: true, api, kafka, apiKey, dataDir, recovered })}\n`)
  if (quiet) return
  const isMailSimulated = environment.CARILLON_SIMULATE?.split(',').includes('email') ?? false
  const isKafkaOurs = withKafka === undefined
  process.stdout.write(renderScreen({ running, isKafkaOurs, isMailSimulated, recovered, startedInMs, dataFlag: data }))
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message}: ${explain(error.cause)}` : error.message
}
