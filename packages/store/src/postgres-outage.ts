// An outage is what waiting can end: the server is away, starts, stops, is full, does not let go of a lock, or is only a copy for
// the moment.
// Everything else is a bad statement or bad data, and comes again however long one waits.

const sqlStates = new Set([
  '53100', // disk full
  '53300', // too many connections
  '57014', // no answer within the limit of statements: a process that ended of it would lose what it was about to record
  '57P01', // the administrator ends the session
  '57P02', // another backend crashed
  '57P03', // starting or stopping
  '57P05', // idle for too long
  '25006', // read only: a failover is under way
  '25P03', // idle in a transaction for too long
])

const socketCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
])

// pg says these in words only.
const words =
  /^(Connection terminated|Client has encountered a connection error|Client was closed|Query read timeout|timeout exceeded when trying to connect|timeout expired)/

export function isPostgresOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (words.test(error.message) || ('code' in error && isOutageCode(error.code, error))) return true
  // One attempt an address: it is away when it is away on all.
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors.every(isPostgresOutage)
  return isPostgresOutage(error.cause)
}

function isOutageCode(code: unknown, error: Error): boolean {
  if (typeof code !== 'string') return false
  // A Unix socket that is not there; elsewhere ENOENT is a missing file.
  if (code === 'ENOENT') return 'syscall' in error && error.syscall === 'connect'
  return sqlStates.has(code) || code.startsWith('08') || socketCodes.has(code)
}
