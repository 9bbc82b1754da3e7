import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from 'pg'
import { expect, test, vi } from 'vitest'
import { childEnvironment, openTestDatabase } from '../src/index.ts'

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  return client.query(text).then(
    ({ rows }) => client.end().then(() => rows),
    (error) => client.end().then(() => Promise.reject(error)),
  )
}

test('two databases of one process share nothing, and have all tables', async () => {
  const [one, two] = await Promise.all([openTestDatabase(), openTestDatabase()])
  await query(one.url, `INSERT INTO "Tenant" (id, name) VALUES ('acme', 'Acme')`)
  expect(await query(one.url, 'SELECT id FROM "Tenant" ORDER BY 1')).toEqual([{ id: 'acme' }, { id: 'default' }])
  expect(await query(two.url, 'SELECT id FROM "Tenant"')).toEqual([{ id: 'default' }])
  await Promise.all([one.drop(), two.drop()])
})

test('a dropped database is gone, also with a connection that was left open', async () => {
  const { url, drop } = await openTestDatabase()
  const left = new Client({ connectionString: url })
  left.on('error', () => {})
  await left.connect()
  await drop()
  await expect(query(url, 'SELECT 1')).rejects.toThrow(/does not exist/)
  await left.end().catch(() => undefined)
})

test('a killed process leaves no server and no files', async () => {
  const child = Bun.spawn([process.execPath, join(import.meta.dirname, 'hold-database.ts')], {
    env: childEnvironment(),
    stdout: 'pipe',
    stderr: 'inherit',
  })
  const { value } = await child.stdout.getReader().read()
  const socketDir = new TextDecoder().decode(value).trim()
  const dataDir = socketDir.replace(/-socket$/, '')
  const serverPid = Number(readFileSync(join(dataDir, 'pgdata/postmaster.pid'), 'utf8').split('\n')[0])
  expect(existsSync(`/proc/${serverPid}`)).toBe(true)
  child.kill('SIGKILL')
  await child.exited
  await vi.waitFor(
    () => expect([`/proc/${serverPid}`, dataDir, socketDir].filter((path) => existsSync(path))).toEqual([]),
    { timeout: 10_000 },
  )
})

test('a server outlives the thread that started it', async () => {
  const child = Bun.spawn([process.execPath, join(import.meta.dirname, 'two-threads.ts')], {
    env: childEnvironment(),
    stdout: 'pipe',
    stderr: 'inherit',
  })
  expect(JSON.parse(await child.stdout.text())).toEqual({ sameServer: true, answers: [{ one: 1 }] })
})
