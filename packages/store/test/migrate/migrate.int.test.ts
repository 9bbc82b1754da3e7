import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openTestDatabase, type TestDatabase } from '@carillon/testkit'
import { Client } from 'pg'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { migrate } from '../../src/index.ts'

let database: TestDatabase
let client: Client
let dir: string

beforeEach(async () => {
  database = await openTestDatabase({ empty: true })
  client = new Client({ connectionString: database.url })
  await client.connect()
  dir = await mkdtemp(join(tmpdir(), 'migrate-test-'))
})

afterEach(async () => {
  await client.end()
  await database.drop()
  await rm(dir, { recursive: true })
})

async function addMigration(name: string, script: string): Promise<void> {
  await mkdir(join(dir, name), { recursive: true })
  await writeFile(join(dir, name, 'migration.sql'), script)
}

async function listTables(): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1`,
  )
  return rows.map(({ name }) => name).filter((name) => name !== '_prisma_migrations')
}

const spawnMigrate = () =>
  Bun.spawn([process.execPath, join(import.meta.dirname, 'migrate-once.ts'), database.url, dir], { stderr: 'inherit' })

async function waitForWaiting(sessions: number): Promise<void> {
  await vi.waitFor(
    async () => {
      const { rows } = await client.query(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      )
      expect(rows).toHaveLength(sessions)
    },
    { timeout: 20_000 },
  )
}

const run = () => migrate({ connectionString: database.url, dir })

test('our own migrations apply to an empty database, and a second time do nothing', async () => {
  const first = await migrate({ connectionString: database.url })
  expect(first.applied).toContain('20261121000000_delivery_core')
  expect(await listTables()).toEqual(
    expect.arrayContaining(['Notification', 'NotificationDelivery', 'DeliveryAttempt']),
  )
  expect((await migrate({ connectionString: database.url })).applied).toEqual([])
})

test('only what is missing is applied, in the order of the names', async () => {
  await addMigration('2_second', 'ALTER TABLE a ADD COLUMN two int')
  await addMigration('1_first', 'CREATE TABLE a (one int)')
  expect((await run()).applied).toEqual(['1_first', '2_second'])
  await addMigration('3_third', 'CREATE TABLE b (three int)')
  expect((await run()).applied).toEqual(['3_third'])
  expect(await listTables()).toEqual(['a', 'b'])
})

test('semicolons inside a function, and a comment at the end, do not tear a script', async () => {
  await addMigration(
    '1_function',
    `CREATE FUNCTION twice(n int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN n := n * 2; RETURN n; END $$; -- the end;`,
  )
  await run()
  expect((await client.query('SELECT twice(21) AS answer')).rows).toEqual([{ answer: 42 }])
})

test('a migration that fails leaves nothing behind, and the next run says P3009 and the cure', async () => {
  await addMigration('1_good', 'CREATE TABLE good (i int)')
  await addMigration('2_bad', 'CREATE TABLE half (i int); CREATE TABLE good (i int)')
  await expect(run()).rejects.toThrow(/relation "good" already exists/)
  expect(await listTables()).toEqual(['good'])
  await addMigration('2_bad', 'CREATE TABLE whole (i int)')
  const refusal = await run().catch((error: Error) => error.message)
  expect(refusal).toMatch(/P3009.*`2_bad` migration.*tried again: DELETE FROM/s)
  await client.query(String(refusal).slice(String(refusal).indexOf('DELETE FROM')))
  expect((await run()).applied).toEqual(['2_bad'])
  expect(await listTables()).toEqual(['good', 'whole'])
})

test('an applied migration that was edited since does not stop a later one', async () => {
  await addMigration('1_first', 'CREATE TABLE a (one int)')
  await run()
  await addMigration('1_first', 'CREATE TABLE a (one bigint)')
  await addMigration('2_second', 'CREATE TABLE b (two int)')
  expect((await run()).applied).toEqual(['2_second'])
})

test('four processes at once: each migration is applied once, and all of them end well', async () => {
  await addMigration('1_gated', 'CREATE TABLE a (one int); SELECT pg_advisory_xact_lock(42)')
  await addMigration('2_next', 'CREATE TABLE b (two int)')
  await client.query('SELECT pg_advisory_lock(42)')
  const children = [spawnMigrate()]
  // The others come while the first is in the middle of a migration.
  await waitForWaiting(1)
  children.push(spawnMigrate(), spawnMigrate(), spawnMigrate())
  await waitForWaiting(4)
  await client.query('SELECT pg_advisory_unlock(42)')
  const answers = await Promise.all(children.map(async (child) => JSON.parse(await child.stdout.text())))
  expect(answers.sort((one, two) => one.length - two.length)).toEqual([[], [], [], ['1_gated', '2_next']])
  expect(await Promise.all(children.map((child) => child.exited))).toEqual([0, 0, 0, 0])
})

test.each([
  ['while its script runs', 'CREATE TABLE a (one int); SELECT pg_sleep(30)', 'pg_sleep'],
  ['before its script ends', 'SELECT pg_sleep(30); CREATE TABLE a (one int)', 'pg_sleep'],
])('a process killed %s leaves a database that the next run migrates', async (_when, script, waitsIn) => {
  await addMigration('1_long', script)
  const child = spawnMigrate()
  const backend = await vi.waitFor(
    async () => {
      const { rows } = await client.query<{ pid: number }>(
        `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep' AND query LIKE $1`,
        [`%${waitsIn}%`],
      )
      expect(rows).toHaveLength(1)
      return rows[0]?.pid
    },
    { timeout: 10_000 },
  )
  child.kill('SIGKILL')
  await child.exited
  // The server notices a dead client only when it next writes to it.
  await client.query('SELECT pg_terminate_backend($1)', [backend])
  await addMigration('1_long', script.replace('30', '0'))
  expect((await run()).applied).toEqual(['1_long'])
  expect(await listTables()).toEqual(['a'])
})

test('a migration whose process died right after its script counts as applied', async () => {
  // The engine's own note, which comes after the script, fails as if nobody were there to write it.
  await addMigration(
    '1_obstacle',
    `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'nobody is there'; END $$;
     CREATE TRIGGER obstacle BEFORE UPDATE OF "applied_steps_count" ON "_prisma_migrations"
     FOR EACH ROW WHEN (NEW."migration_name" = '2_table') EXECUTE FUNCTION refuse()`,
  )
  await addMigration('2_table', 'CREATE TABLE a (one int)')
  await expect(run()).rejects.toThrow(/nobody is there/)
  await client.query('DROP FUNCTION refuse CASCADE')
  expect((await run()).applied).toEqual([])
  expect(await listTables()).toEqual(['a'])
})

test('a process that has migrated is free to end at once', async () => {
  const startedMs = performance.now()
  await migrate({ connectionString: database.url })
  const child = spawnMigrate()
  await child.stdout.text()
  await child.exited
  expect(performance.now() - startedMs).toBeLessThan(8_000)
})
