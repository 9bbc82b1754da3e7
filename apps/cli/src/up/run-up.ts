import { rm } from 'node:fs/promises'
import type { Outcome } from '../command.ts'
import type { UpOptions } from '../commands/up.ts'
import type { Config } from '../config.ts'
import { type DataDir, nameDataDir } from '../running/data-dir.ts'
import { explain } from '../running/explain.ts'
import { type Running, writeRunning } from '../running/find-running.ts'
import { ensureDevelopmentKey } from './development-key.ts'
import { findTakenPort } from './find-taken-port.ts'
import { buildFleetEnvironment, type FleetEnvironment, listSimulated } from './fleet-environment.ts'
import { openLogs, type UpLogs } from './open-logs.ts'
import { renderScreen } from './print-screen.ts'
import { type RunningFleet, startFleet } from './start-fleet.ts'
import { type RunningInfrastructure, startInfrastructure } from './start-infrastructure.ts'
import { forgetData, takeDataDir } from './take-data-dir.ts'

const HOST = '127.0.0.1'

/** Everything in one process, until a signal; the last thing opened is the first thing closed. */
export async function runUp(config: Config, options: UpOptions): Promise<Outcome> {
  const startedAtMs = performance.now()
  const dataDir = nameDataDir(config.rootDir, options.data)
  const taken = await takeDataDir(dataDir)
  if ('problem' in taken) return taken
  try {
    const refusal = await findTakenPort(HOST, options)
    if (refusal) return refusal
    if (options.fresh) await forgetData(dataDir)
    return await runOn(dataDir, config, options, startedAtMs)
  } finally {
    taken.release()
  }
}

async function runOn(dataDir: DataDir, config: Config, options: UpOptions, startedAtMs: number): Promise<Outcome> {
  const ending = Promise.withResolvers<unknown>()
  onStopSignal(() => ending.resolve(undefined))
  const progress = createProgress(options)
  const logs = await openLogs(dataDir)
  let infrastructure: RunningInfrastructure | undefined
  let fleet: RunningFleet | undefined
  try {
    progress('starting Postgres and the broker')
    infrastructure = await startInfrastructure(describeInfrastructure(config, options, dataDir, logs))
    progress('starting the fleet')
    const environment = await buildFleetEnvironment(config, options, HOST, dataDir, infrastructure)
    fleet = await startFleet({ environment, log: logs.fleet, onFatal: (error) => ending.resolve(error) })
    const { kafka, recovered } = infrastructure
    const apiKey = await ensureDevelopmentKey(dataDir, infrastructure.databaseUrl)
    const running = { pid: process.pid, api: fleet.apiUrl, kafka, apiKey, dataDir: dataDir.path }
    // Not on the screen: it may hold a password.
    await writeRunning(dataDir, { ...running, database: infrastructure.databaseUrl })
    progress('')
    const startedInMs = performance.now() - startedAtMs
    const databaseUrl = config.environment.DATABASE_URL
    print({ options, dataDir, running, databaseUrl, recovered, environment, startedInMs })
    const failure = await ending.promise
    if (failure !== undefined) throw failure
    if (process.stdout.isTTY && !options.quiet && !options.json) process.stdout.write('\nstopping ...\n')
    return { exitCode: 0 }
  } catch (error) {
    progress('')
    return { problem: `up: ${explain(error)}`, cure: `The log is in ${dataDir.log}.` }
  } finally {
    await fleet?.close()
    await rm(dataDir.running, { force: true })
    await infrastructure?.close()
    logs.close()
  }
}

function onStopSignal(stop: () => void): void {
  process.once('SIGINT', stop).once('SIGTERM', stop)
  // A window that is closed. What runs under nohup has no terminal for its output, and goes on.
  if (process.stdout.isTTY) process.once('SIGHUP', stop)
}

function describeInfrastructure({ environment }: Config, options: UpOptions, dataDir: DataDir, logs: UpLogs) {
  const { kafkaPort, withKafka: kafka } = options
  const { DATABASE_URL: databaseUrl } = environment
  return { dataDir, logs, kafkaPort, ...(kafka !== undefined && { kafka }), ...(databaseUrl && { databaseUrl }) }
}

function createProgress({ quiet, json }: UpOptions): (step: string) => void {
  const { stderr } = process
  if (quiet || json || !stderr.isTTY) return () => undefined
  return (step) => void stderr.write(`\r\u001b[K${step && `carillon: ${step} ...`}`)
}

interface Ready {
  readonly options: UpOptions
  readonly dataDir: DataDir
  readonly running: Omit<Running, 'database'>
  readonly databaseUrl: string | undefined
  readonly recovered: readonly string[]
  readonly environment: FleetEnvironment
  readonly startedInMs: number
}

function print({ options, dataDir, running, databaseUrl, recovered, environment, startedInMs }: Ready): void {
  if (options.json) {
    const { api, kafka, apiKey } = running
    const line = { ready: true, api, kafka, apiKey, dataDir: dataDir.path, recovered }
    process.stdout.write(`${JSON.stringify(line)}\n`)
    return
  }
  if (options.quiet) return
  process.stdout.write(
    renderScreen({
      running,
      dataDir,
      databaseUrl,
      recovered,
      startedInMs,
      isKafkaOurs: options.withKafka === undefined,
      simulated: listSimulated(environment),
    }),
  )
}
