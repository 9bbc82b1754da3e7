import { createAuditStore, createUserStore, openPool } from '@carillon/store'
import { openTestDatabase } from '@carillon/testkit'
import { expect, it } from 'vitest'
import { runCarillon } from './up/run-carillon.ts'

it('seals by the newest key what was written before, and names a key that was dropped too early', async () => {
  const database = await openTestDatabase()
  const pool = openPool({ connectionString: database.url, max: 1, applicationName: 'test', dataKeys: 'none' })
  await createUserStore({ pool }).saveUser('default', 'ada', { email: 'ada@mail.test' })
  const needed = { DATABASE_URL: database.url, CARILLON_SECRET: 'a secret of the test' }
  const reseal = (keys: string) => runCarillon(['reseal', '--json'], { ...needed, CARILLON_DATA_KEYS: keys })
  const read = async () => (await pool.query<{ email: string }>('SELECT email FROM "User"')).rows[0]?.email

  const none = { devices: 0, webhooks: 0, notifications: 0, fanouts: 0, heldEvents: 0, schedules: 0 }
  expect(JSON.parse((await reseal('an old key of the test')).stdout)).toEqual({ users: 1, ...none })
  const old = await read()
  expect(old).toMatch(/^c1\./)
  const rotated = await reseal('a new key of the test,an old key of the test')
  expect(JSON.parse(rotated.stdout)).toMatchObject({ users: 1 })
  expect((await read())?.slice(0, 12)).not.toBe(old?.slice(0, 12))
  const dropped = await reseal('quite another key of the test')
  expect(dropped.code).not.toBe(0)
  expect(dropped.stdout + dropped.stderr).toContain('not in the ring')
  const acts = await createAuditStore({ pool }).listActs({
    ...{ tenantId: 'default', actor: undefined, subject: undefined, before: undefined, limit: 9 },
  })
  expect(acts.map(({ actor, action, detail }) => [actor, action, detail?.users])).toEqual([
    [expect.stringMatching(/^cli:./), 'reseal', 1],
    [expect.stringMatching(/^cli:./), 'reseal', 1],
  ])
  await pool.end()
  await database.drop()
}, 60_000)
