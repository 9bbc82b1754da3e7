import { randomUUID } from 'node:crypto'
import { openTestDatabase } from '@carillon/testkit'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createOutcomeWebhookStore, openPool } from '../../src/index.ts'

let database: Awaited<ReturnType<typeof openTestDatabase>>
let pool: ReturnType<typeof openPool>
beforeAll(async () => {
  database = await openTestDatabase()
  pool = openPool({ connectionString: database.url, max: 4, applicationName: 'hooks', dataKeys: ['a key of the test'] })
})
afterAll(async () => {
  await pool.end()
  await database.drop()
})

const store = () => createOutcomeWebhookStore({ pool })
const save = (url: string, secret: string, rotateSecret = false) =>
  store().saveWebhook('acme', { url, secret, rotateSecret })

it('a secret stays until it is rotated, and rests sealed', async () => {
  expect(await save('https://a.example', 'first')).toBe(true)
  expect(await save('https://b.example', 'second')).toBe(false)
  expect(await save('https://b.example', 'third', true)).toBe(true)
  expect(JSON.stringify((await pool.query('SELECT * FROM "OutcomeWebhook"')).rows)).not.toContain('third')
  expect(await store().listListeners()).toEqual(['acme'])
})

it('a call is kept once, taken by one alone, put off, given up and replayed', async () => {
  const call = { id: randomUUID(), tenantId: 'acme', records: [{ id: 'o1' }] }
  await store().saveCalls([call])
  await store().saveCalls([call])
  const taken = (await Promise.all([store().takeDueCalls(10, 60), store().takeDueCalls(10, 60)])).flat()
  expect(taken).toEqual([{ ...call, attempts: 1, url: 'https://b.example', secret: 'third' }])

  await store().putOffCall(call.id, 'ECONNREFUSED', 0)
  expect(await store().takeDueCalls(10, 60)).toMatchObject([{ attempts: 2 }])
  await store().putOffCall(call.id, 'answered with 500', null)
  expect(await store().takeDueCalls(10, 60)).toEqual([])
  expect(await store().findWebhook('acme')).toMatchObject({ url: 'https://b.example', deadCalls: 1 })
  expect([await store().replayCalls('other'), await store().replayCalls('acme')]).toEqual([0, 1])
  expect(await store().takeDueCalls(10, 60)).toMatchObject([{ attempts: 1 }])
  await store().endCall(call.id)
  expect(await store().deleteWebhook('acme')).toBe(true)
  expect(await store().deleteWebhook('acme')).toBe(false)
})
