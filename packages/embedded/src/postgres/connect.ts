import { Client, DatabaseError } from 'pg'
import { toUrl } from './server-settings.ts'

/** undefined: nobody listens there, or not yet, or not any more. Anything else that is wrong is thrown. */
export async function connectIfListening(socketDir: string, port?: number): Promise<Client | undefined> {
  const client = new Client({
    connectionString: toUrl(socketDir, 'postgres', port),
    application_name: `carillon ${process.pid}`,
    connectionTimeoutMillis: 5_000,
  })
  // A server that goes away ends the connection twice: once for the query, once as an event.
  client.on('error', () => {})
  try {
    await client.connect()
    return client
  } catch (cause) {
    if (isNotListening(cause)) return undefined
    throw new Error(`connect to the embedded Postgres at ${socketDir}`, { cause })
  }
}

function isNotListening(error: unknown): boolean {
  if (error instanceof DatabaseError) return ['57P01', '57P02', '57P03'].includes(error.code ?? '')
  if (!(error instanceof Error)) return false
  if ('code' in error && ['ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE'].includes(String(error.code))) return true
  return /terminated|timeout|closed/i.test(error.message)
}
