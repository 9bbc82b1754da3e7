export { type DependencyCheck, type OpsServer, type OpsServerOptions, openOpsServer } from './ops-server.ts'
export {
  ConfigError,
  type Configured,
  flag,
  list,
  parseConfig,
  rates,
  type Setting,
  type Settings,
  setting,
  wholeNumber,
} from './parse-config.ts'
export { type ProcessLog, type ProcessOptions, type RunningProcess, runProcess } from './run-process.ts'
