import {
  createChannelStatusStore,
  createClockStore,
  createDeliveryStore,
  createRoutingStore,
  createSettingsStore,
  createStopStore,
  openPool,
} from '@carillon/store'
import { openTestDatabase } from '@carillon/testkit'
import type { Pool } from 'pg'
import { type Database, FIRST_LOOK_MS } from '../stores.ts'
import { readTables } from './read-tables.ts'

export interface PostgresDatabase extends Database {
  readonly pool: Pool
  /** From now on statements say something else; undefined gives them their own words back. */
  change(change: ChangeText | undefined): void
  /** How often a statement was ended by a deadlock. */
  countConflicts(): number
  /** Without a row, as it was opened. */
  empty(): Promise<void>
}

/**
 * The statements as they are, on a database whose `now()` stands still until it is moved: a function of that name comes
 * before Postgres's own in the search path.
 */
export async function openPostgresDatabase({ connections = 1 } = {}): Promise<PostgresDatabase> {
  const database = await openTestDatabase()
  const url = new URL(database.url)
  const plain = openPool({ connectionString: url.href, max: 1, applicationName: 'model-clock' })
  await plain.query(CLOCK)
  await plain.end()
  url.searchParams.set('options', '-c search_path=clock,pg_catalog,public -c synchronous_commit=off')
  const pool = openPool({
    connectionString: url.href,
    max: connections,
    applicationName: 'model',
    hot: true,
    dataKeys: 'none',
  })
  let change: ChangeText | undefined
  let changes = 0
  let conflicts = 0
  const noteConflict = (error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === DEADLOCK) conflicts += 1
  }
  const changed = changeTexts(pool, noteConflict, (name, text) => {
    const said = change?.(name, text) ?? text
    // A connection remembers what a name means.
    return { name: said === text ? name : `${name} ${changes}`, text: said }
  })
  const refused: string[] = []
  const settings = createSettingsStore({ pool })
  const statuses = createChannelStatusStore({ pool })
  return {
    pool: changed,
    countConflicts: () => conflicts,
    change(next) {
      change = next
      changes += 1
    },
    open(announce) {
      const ports = { pool: changed, announce, firstLookMs: FIRST_LOOK_MS }
      return {
        routing: createRoutingStore(ports),
        delivery: createDeliveryStore({ ...ports, reportRefused: ({ error }) => void refused.push(String(error)) }),
        stops: createStopStore({ ...ports, readEventTime: () => undefined }),
        clock: createClockStore(ports),
      }
    },
    async setNow(nowMs) {
      await pool.query(`UPDATE clock.instant SET at = to_timestamp($1::float8 / 1000)`, [nowMs])
    },
    readTables: () => readTables(pool),
    async savePerson({ tenantId, id, email, phone, locale, timeZone, preferences }) {
      const values = [tenantId, id, email, phone, locale, timeZone, JSON.stringify(preferences)]
      await pool.query(SAVE_PERSON, values)
    },
    saveCategory: settings.saveCategory,
    serveChannel: (channel) =>
      statuses.saveChannelStatus({ channel, providers: ['fake'], simulated: false, stopped: null }),
    readRefused: () => refused,
    async empty() {
      refused.length = 0
      await pool.query(TABLES.map((table) => `DELETE FROM "${table}"`).join(';'))
    },
    async close() {
      await pool.end()
      await database.drop()
    },
  }
}

const DEADLOCK = '40P01'

export type ChangeText = (name: string, text: string) => string

const TABLES = [
  'Event',
  'Notification',
  'NotificationDelivery',
  'DeliveryAttempt',
  'Dispatch',
  'Outbox',
  'Suppression',
  'User',
  'Category',
  'ChannelStatus',
]

const CLOCK = `CREATE SCHEMA clock;
CREATE TABLE clock.instant(at timestamptz NOT NULL);
INSERT INTO clock.instant VALUES (now());
CREATE FUNCTION clock.now() RETURNS timestamptz LANGUAGE sql STABLE AS 'SELECT at FROM clock.instant';
ALTER TABLE "Outbox" ALTER COLUMN "createdAt" SET DEFAULT clock.now()`

const SAVE_PERSON = `INSERT INTO "User"("tenantId", id, email, phone, locale, "timeZone", preferences)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT ("tenantId", id) DO UPDATE SET email = excluded.email, phone = excluded.phone,
  preferences = excluded.preferences`

/** A pool whose named statements may say something else. */
function changeTexts(
  pool: Pool,
  onError: (error: unknown) => void,
  change: (name: string, text: string) => { name: string; text: string },
): Pool {
  const changeQuery = (query: unknown) =>
    typeof query === 'object' && query !== null && 'name' in query && 'text' in query
      ? { ...query, ...change(String(query.name), String(query.text)) }
      : query
  const wrap = (target: object): object =>
    new Proxy(target, {
      get(inner, property) {
        const value = Reflect.get(inner, property)
        if (typeof value !== 'function') return value
        if (property === 'query')
          return async (query: unknown, ...rest: unknown[]) => {
            try {
              return await Reflect.apply(value, inner, [changeQuery(query), ...rest])
            } catch (error) {
              onError(error)
              throw error
            }
          }
        if (property === 'connect') return async () => wrap(await Reflect.apply(value, inner, []))
        return value.bind(inner)
      },
    })
  return wrap(pool) as Pool
}
