import { createServer } from 'node:net'
import { openTestDatabase, type TestDatabase } from '@carillon/testkit'
import { Client, type Pool } from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { isPostgresOutage, openPool, openPrisma, type PoolOptions } from '../src/index.ts'

let database: TestDatabase
let pools: Pool[]

beforeAll(async () => {
  database = await openTestDatabase()
})
afterAll(() => database.drop())
beforeEach(() => {
  pools = []
})
afterEach(async () => {
  for (const pool of pools) await pool.end()
})

function open(options: Partial<PoolOptions> = {}): Pool {
  const pool = openPool({ connectionString: database.url, max: 2, applicationName: 'pool-test', ...options })
  pools.push(pool)
  return pool
}

async function show(pool: Pool, ...names: string[]): Promise<unknown[]> {
  return Promise.all(
    names.map(async (name) => (await pool.query('SELECT current_setting($1) AS value', [name])).rows[0].value),
  )
}

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  )
}

async function endSessionsOf(applicationName: string): Promise<void> {
  const client = new Client({ connectionString: database.url })
  await client.connect()
  await client.query(
    'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1 AND datname = current_database()',
    [applicationName],
  )
  await client.end()
}

describe('settings', () => {
  const names = ['plan_cache_mode', 'random_page_cost', 'enable_seqscan'] as const

  test('a hot pool plans each statement anew and by its indexes', async () => {
    expect(await show(open({ hot: true }), ...names)).toEqual(['force_custom_plan', '1.1', 'off'])
  })

  test('a pool that keeps its plans makes them once, for any values, and by its indexes', async () => {
    const pool = open({ hot: true, plansKeptSeconds: 60 })
    expect(await show(pool, ...names)).toEqual(['force_generic_plan', '1.1', 'off'])
  })

  test('no plan is kept longer than was said, because its connection is not', async () => {
    const pool = open({ plansKeptSeconds: 1 })
    const readPid = async () => (await pool.query('SELECT pg_backend_pid() AS pid')).rows[0].pid
    const pid = await readPid()
    expect(await readPid()).toBe(pid)
    await vi.waitFor(async () => expect(await readPid()).not.toBe(pid), { timeout: 10_000, interval: 100 })
  })

  test('another pool is left as the server has it', async () => {
    expect(await show(open(), 'plan_cache_mode', 'enable_seqscan')).toEqual(['auto', 'on'])
  })

  test("options in the connection string are kept beside the pool's, and come last", async () => {
    const url = new URL(database.url)
    url.searchParams.set('options', '-c work_mem=2MB -c enable_seqscan=on')
    const pool = open({ connectionString: url.href, hot: true })
    expect(await show(pool, 'work_mem', ...names)).toEqual(['2MB', 'force_custom_plan', '1.1', 'on'])
  })

  test('time limits and the name reach the server', async () => {
    const pool = open({ statementTimeoutMs: 1_500 })
    const values = await show(pool, 'statement_timeout', 'idle_in_transaction_session_timeout', 'application_name')
    expect(values).toEqual(['1500ms', '1500ms', 'pool-test'])
  })
})

describe('an outage', () => {
  test('a session ended by the administrator is one, and the pool goes on', async () => {
    const pool = open({ applicationName: 'ended' })
    const sleeping = failureOf(pool.query('SELECT pg_sleep(20)'))
    await vi.waitFor(async () => {
      const { rows } = await pool.query(
        "SELECT FROM pg_stat_activity WHERE application_name = 'ended' AND wait_event = 'PgSleep'",
      )
      expect(rows).toHaveLength(1)
    })
    await endSessionsOf('ended')
    const error = await sleeping
    expect(error).toBeInstanceOf(Error)
    expect(isPostgresOutage(error)).toBe(true)
    // The session beside it ended too, which the pool may only notice by using it.
    await vi.waitFor(async () => expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]))
  })

  test('an idle connection that is lost is reported and ends nothing', async () => {
    const onIdleError = vi.fn()
    const pool = open({ applicationName: 'idle', onIdleError })
    await pool.query('SELECT 1')
    await endSessionsOf('idle')
    await vi.waitFor(() => expect(onIdleError).toHaveBeenCalled())
    expect(isPostgresOutage(onIdleError.mock.calls[0]?.[0])).toBe(true)
    expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
  })

  test('a connection that is lost between two statements of a transaction fails the transaction and not the process', async () => {
    const client = await open({ applicationName: 'between' }).connect()
    await client.query('BEGIN')
    const ended = new Promise((resolve) => client.once('end', resolve))
    await endSessionsOf('between')
    await ended
    const error = await failureOf(client.query('SELECT 1'))
    client.release(true)
    expect(isPostgresOutage(error)).toBe(true)
  })

  test.each([
    ['a port where nobody listens', 'postgresql://nobody@127.0.0.1:1/none'],
    ['a socket that is not there', 'postgresql://nobody@localhost/none?host=/nowhere'],
    ['a host that is not known', 'postgresql://nobody@host.invalid/none'],
  ])('%s is one', async (_what, connectionString) => {
    expect(isPostgresOutage(await failureOf(open({ connectionString }).query('SELECT 1')))).toBe(true)
  })

  test.each([
    ['closes at once', (socket: import('node:net').Socket) => socket.destroy()],
    ['never answers', () => {}],
  ])('a server that %s is one', async (_what, onConnection) => {
    const server = createServer((socket) => {
      socket.on('error', () => {})
      onConnection(socket)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : undefined
    const error = await failureOf(open({ connectionString: `postgresql://x@127.0.0.1:${port}/x` }).query('SELECT 1'))
    expect(isPostgresOutage(error)).toBe(true)
    server.close()
  })

  test('a table that somebody keeps locked is one', async () => {
    const pool = open({ statementTimeoutMs: 300 })
    const locking = await open().connect()
    await locking.query('BEGIN')
    await locking.query('LOCK TABLE "Event" IN ACCESS EXCLUSIVE MODE')
    const error = await failureOf(pool.query('SELECT count(*) FROM "Event"'))
    await locking.query('ROLLBACK')
    locking.release()
    expect(isPostgresOutage(error)).toBe(true)
    expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
  })

  test('also inside the error of an action that names it as its cause', async () => {
    const cause = await failureOf(open({ connectionString: 'postgresql://nobody@127.0.0.1:1/none' }).query('SELECT 1'))
    expect(isPostgresOutage(new Error('claim deliveries', { cause }))).toBe(true)
  })

  test.each([
    ['a bad statement', 'SELEKT 1'],
    ['a missing table', 'SELECT * FROM no_such_table'],
    ['a division by zero', 'SELECT 1 / 0'],
  ])('%s is none', async (_what, text) => {
    const error = await failureOf(open({ statementTimeoutMs: 300 }).query(text))
    expect(error).toBeInstanceOf(Error)
    expect(isPostgresOutage(error)).toBe(false)
  })
})

test('the generated client reads and writes over the same pool', async () => {
  const pool = open()
  const prisma = await openPrisma(pool)
  await prisma.tenant.create({ data: { id: 'acme', name: 'Acme', settings: { colour: 'red' } } })
  const found = await prisma.tenant.findMany({ where: { settings: { path: ['colour'], equals: 'red' } } })
  expect(found.map(({ id }) => id)).toEqual(['acme'])
  expect((await pool.query(`SELECT name FROM "Tenant" WHERE id = 'acme'`)).rows).toEqual([{ name: 'Acme' }])
  await prisma.$disconnect()
})
