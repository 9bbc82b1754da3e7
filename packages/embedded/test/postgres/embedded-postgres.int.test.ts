import { spawn } from 'node:child_process'
import { appendFile, chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type EmbeddedPostgres, openEmbeddedPostgres } from '../../src/postgres/index.ts'
import { isServerOf, readPostmasterPid } from '../../src/postgres/postmaster-pid.ts'
import { startHolder } from './start-holder.ts'

let dataDir: string
let opened: EmbeddedPostgres[]

beforeEach(async () => {
  // Private to us, so for root it is also out of the server user's sight.
  dataDir = await mkdtemp(join(tmpdir(), 'embedded-test-'))
  opened = []
})

afterEach(async () => {
  for (const postgres of opened) await postgres.close()
  // Adopted and stopped in order, so that nothing of it writes while its files are removed.
  const left = serverPid()
  if (left && isServerOf(join(dataDir, 'pgdata'), left)) await (await openEmbeddedPostgres({ dataDir })).close()
  await rm(dataDir, { recursive: true, force: true })
})

async function open(log: (message: string) => void = () => {}): Promise<EmbeddedPostgres> {
  const postgres = await openEmbeddedPostgres({ dataDir, log })
  opened.push(postgres)
  return postgres
}

function serverPid(): number | undefined {
  return readPostmasterPid(join(dataDir, 'pgdata'))?.pid
}

async function query(url: string | undefined, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  try {
    const { rows } = await client.query<Record<string, unknown>>(sql)
    return rows.flatMap((row) => Object.values(row))
  } finally {
    await client.end()
  }
}

describe('opening and closing', () => {
  test('what was written is there after closing and opening again, without a recovery', async () => {
    const first = await open()
    await query(first.url, 'create table t as select 42 as answer')
    await first.close()
    expect(readPostmasterPid(join(dataDir, 'pgdata'))).toBeUndefined()
    expect(await stat(first.socketDir).catch(() => 'gone')).toBe('gone')
    const second = await open()
    expect(await query(second.url, 'select answer from t')).toEqual([42])
    expect(second).toMatchObject({ adopted: false, recovered: false })
  })

  test('it listens on a Unix socket of its own only, durably, and its data is private', async () => {
    const { url, socketDir } = await open()
    const settings = ['listen_addresses', 'fsync', 'synchronous_commit', 'full_page_writes', 'server_encoding']
    const values = await query(
      url,
      `select ${settings.map((name) => `current_setting('${name}')`).join(" || ',' || ")} as all`,
    )
    expect(values).toEqual([',on,on,on,UTF8'])
    expect(Buffer.byteLength(`${socketDir}/.s.PGSQL.5432`)).toBeLessThanOrEqual(107)
    for (const directory of [socketDir, join(dataDir, 'pgdata')]) {
      const stats = await stat(directory)
      expect(stats.mode & 0o777).toBe(0o700)
      expect(stats.uid).not.toBe(0)
    }
  })

  test('the server runs in a process group of its own, so that Ctrl-C does not reach it', async () => {
    await open()
    const fields = (await readFile(`/proc/${serverPid()}/stat`, 'utf8')).split(') ')[1]?.split(' ')
    expect(Number(fields?.[2])).toBe(serverPid())
  })

  test('two openings at once of an empty directory leave one owner and a working server', async () => {
    const results = await Promise.allSettled([open(), open()])
    expect(results.map((result) => result.status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(await query(opened[0]?.url, 'select 1 as one')).toEqual([1])
  })
})

describe('somebody else', () => {
  test('a directory that a living process holds is refused, naming the directory and the process', async () => {
    const holder = await startHolder(dataDir)
    try {
      await expect(open()).rejects.toThrow(
        `${dataDir} is in use by process ${holder.pid}: stop it, or choose another data directory`,
      )
      expect(await query(holder.said.url, 'select 1 as one')).toEqual([1])
    } finally {
      await holder.kill()
    }
  })

  test('data of another major version is refused with a cure, and not touched', async () => {
    await (await open()).close()
    const path = join(dataDir, 'pgdata', 'PG_VERSION')
    await writeFile(path, '16\n')
    await expect(open()).rejects.toThrow(/written by Postgres 16.*brings Postgres 18.*pg_dumpall.*empty directory/s)
    expect(await readFile(path, 'utf8')).toBe('16\n')
  })

  test("a killed server's number that now belongs to another process does not keep it from starting", async () => {
    const first = await open()
    await query(first.url, 'create table t as select 1 as one')
    await first.close()
    const { uid, gid } = await stat(join(dataDir, 'pgdata'))
    const stranger = spawn('sleep', ['60'], { uid, gid })
    const lines = [stranger.pid, join(dataDir, 'pgdata'), 0, 5432, '/tmp/carillon-pg-gone', '', ' 1 1', 'ready   ', '']
    await writeFile(join(dataDir, 'pgdata', 'postmaster.pid'), lines.join('\n'))
    const second = await open()
    stranger.kill()
    expect(await query(second.url, 'select one from t')).toEqual([1])
    expect(second.recovered).toBe(true)
  })

  test('a server that cannot start says what Postgres said', async () => {
    await (await open()).close()
    await appendFile(join(dataDir, 'pgdata', 'postgresql.conf'), "\nshared_buffers = 'plenty'\nno_such_setting = 1\n")
    await expect(open()).rejects.toThrow(/did not start: .*no_such_setting/s)
    expect(serverPid()).toBeUndefined()
  })
})

describe('after kill -9', () => {
  test('of our process: the next one adopts the server that outlived it', async () => {
    const holder = await startHolder(dataDir)
    await query(holder.said.url, 'create table t as select 7 as seven')
    const pid = serverPid()
    await holder.kill()
    const next = await open()
    expect(next).toMatchObject({ adopted: true, recovered: false, url: holder.said.url })
    expect(serverPid()).toBe(pid)
    expect(await query(next.url, 'select seven from t')).toEqual([7])
    await next.close()
    expect(serverPid()).toBeUndefined()
  })

  test('of our process and of Postgres: the next start recovers what was committed', async () => {
    const holder = await startHolder(dataDir)
    await query(holder.said.url, 'create table t as select i from generate_series(1, 1000) i')
    const pid = serverPid() ?? 0
    await holder.kill()
    process.kill(pid, 'SIGKILL')
    const next = await open()
    expect(next).toMatchObject({ adopted: false, recovered: true })
    expect(await query(next.url, 'select count(*)::int as n from t')).toEqual([1000])
  })

  test('of Postgres alone: it comes back under the same URL', async () => {
    const log = vi.fn()
    const { url } = await open(log)
    await query(url, 'create table t as select 3 as three')
    process.kill(serverPid() ?? 0, 'SIGKILL')
    await vi.waitFor(() => expect(log).toHaveBeenCalledWith('Postgres is back'), { timeout: 10_000 })
    expect(await query(url, 'select three from t')).toEqual([3])
  })

  test('in the middle of the first start: the next one makes the directory anew', async () => {
    const child = Bun.spawn([process.execPath, join(import.meta.dirname, 'holder.ts'), dataDir], { stdout: 'ignore' })
    await vi.waitFor(
      async () =>
        expect(
          (await Array.fromAsync(new Bun.Glob('initdb-*/base/1').scan({ cwd: dataDir, onlyFiles: false }))).length,
        ).toBe(1),
      { timeout: 10_000, interval: 5 },
    )
    child.kill('SIGKILL')
    await child.exited
    const next = await open()
    expect(await query(next.url, 'select 1 as one')).toEqual([1])
  })
})

test('a directory that the server user may enter is used directly', async () => {
  await chmod(dataDir, 0o755)
  const { url } = await open()
  expect(await query(url, 'show data_directory')).toEqual([join(dataDir, 'pgdata')])
})
