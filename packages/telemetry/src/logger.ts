import { type LoggerOptions as PinoOptions, pino } from 'pino'
import { openLineWriter } from './line-writer.ts'
import { pickLogged } from './logged-fields.ts'
import { renderPlainLine } from './render-plain-line.ts'

export interface Logger {
  debug(fields: object, event: string): void
  info(fields: object, event: string): void
  warn(fields: object, event: string): void
  error(fields: object, event: string): void
}

export interface LoggerOptions {
  readonly service: string
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent'
  /** Takes whole lines; without it they go to standard output. */
  readonly destination?: { write(line: string): void }
}

/** One wide line a unit of work, at its end: `event.planned`, `delivery.attempted`. */
export function createLogger({ service, level, destination = openLineWriter() }: LoggerOptions): Logger {
  const options = {
    level,
    base: { service },
    messageKey: 'event',
    // Errors are described by us; pino's own serializer would flatten the causes.
    serializers: { err: (described: unknown) => described },
  }
  const logger = openPino(options, `,"service":${JSON.stringify(service)}`, destination)
  return {
    debug: (fields, event) => logger.debug(fields, event),
    info: (fields, event) => logger.info(fields, event),
    warn: (fields, event) => logger.warn(fields, event),
    error: (fields, event) => logger.error(fields, event),
  }
}

/** A line of plain values, as nearly all are, is put together by us; one with more in it by pino, of what may be said. */
function openPino(options: PinoOptions, bindings: string, destination: NonNullable<LoggerOptions['destination']>) {
  const { asJsonSym } = pino.symbols
  const logger = pino(options, destination)
  const renderAny: unknown = Reflect.get(logger, asJsonSym)
  if (typeof renderAny !== 'function') throw new Error('this pino has no asJson')
  return Object.assign(logger, {
    [asJsonSym]: (fields: object, event: string, level: number, time: string): unknown =>
      renderPlainLine(`{"level":${level}${time}${bindings}`, fields, event) ??
      renderAny.call(logger, pickLogged(fields), event, level, time),
  })
}
