import { pino } from 'pino'
import { openLineWriter } from './line-writer.ts'

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

/**
 * What a line may say, and nothing else: ids, outcomes, counts and times. A field that is not named here is left out, so
 * that a new one cannot carry an address, a body or a secret into a log by accident.
 */
const LOGGED_FIELDS: ReadonlySet<string> = new Set([
  'acceptedToDoneMs',
  'action',
  'afterMs',
  'alert',
  'apiKeyId',
  'attempt',
  'bytes',
  'channel',
  'claimed',
  'code',
  'committed',
  'count',
  'deadLettered',
  'deliveries',
  'deliveryId',
  'dispatchId',
  'downMs',
  'durationMs',
  'err',
  'eventId',
  'eventLoopLagMs',
  'groupId',
  'host',
  'idleMs',
  'lag',
  'lane',
  'limitMs',
  'method',
  'notificationId',
  'notifications',
  'offset',
  'ops',
  'outcome',
  'partition',
  'partitions',
  'planned',
  'port',
  'process',
  'provider',
  'reason',
  'records',
  'refused',
  'repeated',
  'requestId',
  'retryInMs',
  'route',
  'rows',
  'signal',
  'simulated',
  'status',
  'step',
  'tenantId',
  'topic',
  'topics',
  'traceId',
  'url',
  'version',
  'waiting',
  'work',
])

/** Says what failed and where, and of the messages only our own: a driver's may quote a row, a vendor's an address. */
function describeError(error: unknown): object {
  if (!(error instanceof Error)) return { type: typeof error }
  const code =
    'code' in error && (typeof error.code === 'string' || typeof error.code === 'number') ? error.code : undefined
  return {
    type: error.name,
    message: withoutAddresses(error.message),
    ...(code !== undefined && { code }),
    ...(error.stack !== undefined && {
      at: error.stack
        .split('\n')
        .slice(1, 4)
        .map((line) => line.trim()),
    }),
    ...(error.cause !== undefined && { cause: describeError(error.cause) }),
  }
}

const MAIL_ADDRESS = /[^\s@<>"']+@[^\s@<>"']+/g
const ADDRESS = /[^\s@<>"']+@[^\s@<>"']+|\+?\d[\d\s().-]{7,}\d/g

function withoutAddresses(text: string): string {
  return text.replaceAll(ADDRESS, '[hidden]').slice(0, 500)
}

/** An object under an allowed name could hold anything, so it is left out: only single values and lists of them are said. */
function isPlain(value: unknown): boolean {
  return Array.isArray(value) ? value.every(isPlain) : typeof value !== 'object' || value === null
}

/** A field that may be logged may still hold what it should not: an id that somebody made from an address. */
function withoutMailAddress(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutMailAddress)
  return typeof value === 'string' && value.includes('@') ? value.replaceAll(MAIL_ADDRESS, '[hidden]') : value
}

/** What may be said of the fields; the only thing that reaches pino. */
function pickLogged(fields: object): object {
  const picked: Record<string, unknown> = {}
  for (const key of Object.keys(fields)) {
    const value: unknown = Reflect.get(fields, key)
    if (value === undefined || !LOGGED_FIELDS.has(key)) continue
    if (key === 'err') picked[key] = describeError(value)
    else if (isPlain(value)) picked[key] = withoutMailAddress(value)
  }
  return picked
}

/** One wide line a unit of work, at its end: `event.planned`, `delivery.attempted`. */
export function createLogger({ service, level, destination = openLineWriter() }: LoggerOptions): Logger {
  const options = {
    level,
    base: { service },
    messageKey: 'event',
    // Errors are described above; pino's own serializer would flatten the causes.
    serializers: { err: (described: unknown) => described },
  }
  const logger = pino(options, destination)
  return {
    debug: (fields, event) => logger.debug(pickLogged(fields), event),
    info: (fields, event) => logger.info(pickLogged(fields), event),
    warn: (fields, event) => logger.warn(pickLogged(fields), event),
    error: (fields, event) => logger.error(pickLogged(fields), event),
  }
}
