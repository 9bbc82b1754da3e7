import { type DependencyCheck, openOpsServer, runProcess } from '@carillon/process'
import { createLogger, createMetrics, type Logger, type Metrics, startTracing } from '@carillon/telemetry'
import type { BackboneConfig } from './settings.ts'

/** What an app is opened with, in a process of its own or beside the others in `carillon up`. */
export interface FleetTools {
  readonly log: Logger
  readonly metrics: Metrics
  /** Ends the process: its supervisor starts it again. */
  readonly onFatal: (error: unknown) => void
}

export interface FleetApp {
  checkReadiness(): Promise<readonly DependencyCheck[]>
  close(): Promise<void>
}

export interface FleetProcessOptions<Config extends BackboneConfig> {
  readonly name: string
  readonly readConfig: () => Config
  readonly open: (config: Config, tools: FleetTools) => Promise<FleetApp>
  /** Its own port answers /healthz, /readyz and /metrics: a second door to them would be one too many. */
  readonly servesHealth?: boolean
}

/** What every worker's `main.ts` calls: logs, metrics, traces and its own health port around one app. */
export function runFleetProcess<Config extends BackboneConfig>(options: FleetProcessOptions<Config>): Promise<void> {
  const { name, readConfig, servesHealth = false } = options
  return runProcess<Config, Logger>({
    name,
    readConfig,
    createLog: (config) => createLogger({ service: name, level: config.LOG_LEVEL }),
    async open(config, { log, onFatal }) {
      const tracing = startTracing(name, config.OTEL_EXPORTER_OTLP_ENDPOINT)
      const metrics = createMetrics(name)
      const app = await options.open(config, { log, metrics, onFatal })
      const ops = servesHealth ? undefined : openHealthDoor(config, app, metrics, log)
      return {
        async close() {
          await app.close()
          await ops?.close()
          await tracing.close()
          metrics.close()
        },
      }
    },
  })
}

function openHealthDoor(config: BackboneConfig, { checkReadiness }: FleetApp, metrics: Metrics, log: Logger) {
  const { OPS_HOST: host, OPS_PORT: port } = config
  const ops = openOpsServer({ host, port, checkReadiness, readMetrics: metrics.read })
  log.info({ host, port: ops.port }, 'ops.listening')
  return ops
}
