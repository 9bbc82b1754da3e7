import { Pool } from 'pg'
import { type OnInboxChange, setOnInboxChange } from './inbox/inbox-changes.ts'
import { setCipher } from './sealing/cipher-of.ts'
import { createFieldCipher, openCipher } from './sealing/field-cipher.ts'

export interface PoolOptions {
  connectionString: string
  /** Connections at most. */
  max: number
  applicationName: string
  /** For the statements of the hot path, which know better than stale statistics (docs/decisions). */
  hot?: boolean
  /**
   * For statements of a few rows each, whose planning takes longer than they do: a plan is made once a connection, for
   * any values, and no connection is older than this, so that none outlives the tables that it was made for by much.
   */
  plansKeptSeconds?: number
  statementTimeoutMs?: number
  /**
   * Seal contacts, device tokens and metadata: the first key seals, all of them open. Without keys none of these can be
   * written; 'none' writes them in the clear, which is for tests alone.
   */
  dataKeys?: readonly string[] | 'none'
  /** Told after the commit, whichever store committed. */
  onInboxChange?: OnInboxChange
  /** What goes wrong on a connection that nobody uses: it is replaced, so this is only worth a line. */
  onIdleError?: (error: Error) => void
}

const hotSettings = {
  plan_cache_mode: 'force_custom_plan',
  random_page_cost: '1.1',
  enable_seqscan: 'off',
  jit: 'off',
}

/** As often as Postgres itself looks for tables that have grown. */
export const PLANS_KEPT_SECONDS = 60

const connectMs = 5_000
const defaultStatementMs = 30_000
// A server that answers no more is found out after its own limit had its chance.
const answerGraceMs = 5_000

/** Connects when the first query comes. A Unix socket is `postgresql://user@localhost/database?host=/directory`. */
export function openPool(options: PoolOptions): Pool {
  const { max, applicationName, hot = false, statementTimeoutMs = defaultStatementMs } = options
  const { connectionString, own } = splitOptions(options.connectionString)
  const { plansKeptSeconds } = options
  const kept = plansKeptSeconds === undefined ? {} : { plan_cache_mode: 'force_generic_plan' }
  const settings = Object.entries({ ...(hot && hotSettings), ...kept }).map(([name, value]) => `-c ${name}=${value}`)
  const pool = new Pool({
    connectionString,
    max,
    application_name: applicationName,
    options: [...settings, own].join(' ').trim() || undefined,
    connectionTimeoutMillis: connectMs,
    statement_timeout: statementTimeoutMs,
    query_timeout: statementTimeoutMs + answerGraceMs,
    idle_in_transaction_session_timeout: statementTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    // A new connection would have to parse every named statement again.
    idleTimeoutMillis: 300_000,
    ...(plansKeptSeconds !== undefined && { maxLifetimeSeconds: plansKeptSeconds }),
  })
  const { dataKeys } = options
  if (dataKeys) setCipher(pool, dataKeys === 'none' ? openCipher : createFieldCipher(dataKeys))
  if (options.onInboxChange) setOnInboxChange(pool, options.onInboxChange)
  // Without listeners, a server that restarts would end the process: this one hears of connections at rest, and the
  // other of those between two statements of a transaction, whose next statement fails and says why.
  pool.on('error', options.onIdleError ?? (() => {}))
  pool.on('connect', (client) => client.on('error', () => {}))
  return pool
}

/** pg lets a connection string's own `options` replace ours; they are to come after ours. */
function splitOptions(connectionString: string): { connectionString: string; own: string } {
  if (!URL.canParse(connectionString)) return { connectionString, own: '' }
  const url = new URL(connectionString)
  const own = url.searchParams.get('options')
  if (own === null) return { connectionString, own: '' }
  url.searchParams.delete('options')
  return { connectionString: url.href, own }
}
