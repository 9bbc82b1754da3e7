import { openBroker } from '@carillon/embedded'
import { createAuditStore, openPool } from '@carillon/store'
import { openTestDatabase } from '@carillon/testkit'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openScratchDir, runCarillon } from './up/run-carillon.ts'

const closers: (() => Promise<unknown>)[] = []
let database: Awaited<ReturnType<typeof openTestDatabase>>

beforeAll(async () => {
  database = await openTestDatabase()
  closers.push(database.drop)
})

afterAll(async () => {
  for (const close of closers.toReversed()) await close()
})

async function readActs(connectionString: string) {
  const pool = openPool({ connectionString, max: 1, applicationName: 'test', dataKeys: 'none' })
  const query = { tenantId: 'default', actor: undefined, subject: undefined, before: undefined, limit: 9 }
  const acts = await createAuditStore({ pool }).listActs(query)
  await pool.end()
  return acts.map(({ actor, action, detail }) => ({ actor, action, detail }))
}

it('who made the topics is in the audit log, once, with which', async () => {
  const scratch = await openScratchDir()
  const broker = await openBroker({ dataDir: `${scratch.path}/broker` })
  closers.push(scratch.remove, broker.close)
  const make = (environment: Record<string, string>) =>
    runCarillon(['topics', '--kafka', broker.address, '--partitions', '1'], environment)
  const before = await readActs(database.url)
  expect(await make({ DATABASE_URL: database.url })).toMatchObject({ code: 0, stderr: '' })
  const made = { actor: expect.stringMatching(/^cli:./), action: 'topics' }
  const [act, ...others] = await readActs(database.url)
  expect(act).toMatchObject({ ...made, detail: { created: expect.arrayContaining(['notification.events']) } })
  expect(others).toEqual(before)
  expect(await make({ DATABASE_URL: database.url })).toMatchObject({ code: 0, stderr: '' })
  expect(await readActs(database.url)).toHaveLength(before.length + 1)
}, 60_000)

it('who brought the schema up to date is in the audit log, once, with what', async () => {
  const pool = openPool({ connectionString: database.url, max: 1, applicationName: 'test', dataKeys: 'none' })
  const name = `empty_${crypto.randomUUID().slice(0, 8)}`
  await pool.query(`CREATE DATABASE ${name}`)
  const url = new URL(database.url)
  url.pathname = name
  for (const _run of [1, 2])
    expect(await runCarillon(['migrate'], { DATABASE_URL: url.href })).toMatchObject({ code: 0, stderr: '' })
  const applied = expect.arrayContaining([expect.stringMatching(/^\d+_\w+/)])
  const actor = expect.stringMatching(/^cli:./)
  expect(await readActs(url.href)).toMatchObject([{ actor, action: 'migrate', detail: { applied } }])
  await pool.query(`DROP DATABASE ${name}`)
  await pool.end()
}, 60_000)
