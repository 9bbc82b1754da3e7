import { openTestDatabase } from '@carillon/testkit'
import { createClockStore, openPool } from '../../src/index.ts'

const CLOCK = `CREATE SCHEMA clock;
CREATE TABLE clock.instant(at timestamptz NOT NULL);
INSERT INTO clock.instant VALUES (now());
CREATE FUNCTION clock.now() RETURNS timestamptz LANGUAGE sql STABLE AS 'SELECT at FROM clock.instant'`

/** A database whose `now()` stands where it is put: a function of that name comes before Postgres's own. */
export async function openMovableStore() {
  const database = await openTestDatabase()
  const url = new URL(database.url)
  const plain = openPool({ connectionString: url.href, max: 1, applicationName: 'movable-clock' })
  await plain.query(CLOCK)
  await plain.end()
  url.searchParams.set('options', '-c search_path=clock,pg_catalog,public -c synchronous_commit=off')
  const pool = openPool({
    connectionString: url.href,
    max: 1,
    applicationName: 'movable-store',
    hot: true,
    dataKeys: 'none',
  })
  return {
    pool,
    clock: createClockStore({ pool, announce: () => undefined }),
    async setNow(atMs: number) {
      await pool.query('UPDATE clock.instant SET at = to_timestamp($1::float8 / 1000)', [atMs])
    },
    async close() {
      await pool.end()
      await database.drop()
    },
  }
}
