/**
 * What a line may say, and nothing else: ids, outcomes, counts and times. A field that is not named here is left out, so
 * that a new one cannot carry an address, a body or a secret into a log by accident.
 */
export const LOGGED_FIELDS: ReadonlySet<string> = new Set([
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
export function withoutMailAddress(text: string): string {
  return text.includes('@') ? text.replaceAll(MAIL_ADDRESS, '[hidden]') : text
}

function withoutMailAddresses(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutMailAddresses)
  return typeof value === 'string' ? withoutMailAddress(value) : value
}

/** What may be said of the fields. */
export function pickLogged(fields: object): object {
  const picked: Record<string, unknown> = {}
  for (const key of Object.keys(fields)) {
    const value: unknown = Reflect.get(fields, key)
    if (value === undefined || !LOGGED_FIELDS.has(key)) continue
    if (key === 'err') picked[key] = describeError(value)
    else if (isPlain(value)) picked[key] = withoutMailAddresses(value)
  }
  return picked
}
