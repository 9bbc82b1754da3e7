export { type LineWriter, openLineWriter } from './line-writer.ts'
export { createLogger, type Logger, type LoggerOptions } from './logger.ts'
export { createMetrics, type Metrics } from './metrics.ts'
export { startTracing, type Tracing } from './tracing.ts'
