import { openTestDatabase } from '@carillon/testkit'
import type { Pool } from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  createDeliveryStore,
  createDeviceStore,
  createInboxStore,
  createRoutingStore,
  createUserStore,
  openPool,
  resealData,
} from '../../src/index.ts'
import { buildChunk } from '../build-chunk.ts'

let database: Awaited<ReturnType<typeof openTestDatabase>>
const pools: Pool[] = []
const OLD = 'an old key of the test'
const NEW = 'a new key of the test'
const PERSONAL = ['ada@mail.test', '+4915112345678', 'token-of-ada', '/orders/1', 'ann@example.com']

beforeAll(async () => {
  database = await openTestDatabase()
})
afterAll(async () => {
  for (const pool of pools) await pool.end()
  await database.drop()
})

function open(...dataKeys: string[]) {
  const pool = openPool({ connectionString: database.url, max: 2, applicationName: 'sealing', hot: true, dataKeys })
  pools.push(pool)
  const ports = { pool, announce: () => undefined }
  return {
    pool,
    users: createUserStore({ pool }),
    devices: createDeviceStore({ pool }),
    routing: createRoutingStore(ports),
    delivery: createDeliveryStore(ports),
    inbox: createInboxStore({ pool, readEventTime: () => undefined }),
  }
}

async function dump(pool: Pool): Promise<string> {
  const tables = ['User', 'Device', 'Notification'].map((table) => `SELECT to_jsonb(t)::text AS row FROM "${table}" t`)
  return (await pool.query<{ row: string }>(tables.join(' UNION ALL '))).rows.map(({ row }) => row).join('\n')
}

it('contacts, tokens and metadata rest sealed, and come back to whoever has the keys', async () => {
  const store = open(OLD)
  await store.users.saveUser('default', 'ada', { email: 'ada@mail.test', phone: '+4915112345678' })
  await store.devices.registerDevice('default', 'ada', { token: 'token-of-ada', platform: 'ios' })
  const chunk = buildChunk({
    recipientIds: ['ada'],
    deliveries: [{ channel: 'IN_APP' }, { channel: 'EMAIL' }, { channel: 'PUSH' }],
  })
  await store.routing.savePlans(chunk)
  const written = await dump(store.pool)
  for (const one of PERSONAL) expect(written).not.toContain(one)

  const ids = chunk.notifications[0]?.deliveryIds ?? []
  const loaded = await store.delivery.loadDeliveries(ids)
  const ofChannel = (channel: string) => loaded.find((one) => one.channel === channel)
  const content = { actionUrl: '/orders/1', actionText: 'Open' }
  expect(ofChannel('EMAIL')).toMatchObject({
    contact: { email: 'ann@example.com' },
    user: { email: 'ada@mail.test' },
    content,
  })
  expect(ofChannel('PUSH')?.devices).toEqual([{ token: 'token-of-ada', platform: 'ios' }])
  const [item] = await store.inbox.listInbox({
    ...{ tenantId: 'default', userId: 'ada', status: 'all', unread: undefined, after: undefined, limit: 10 },
  })
  expect(item?.metadata).toEqual(content)
  expect(await store.users.findUser('default', 'ada')).toMatchObject({
    email: 'ada@mail.test',
    phone: '+4915112345678',
  })
})

it('keys rotate without a stop, and when all is sealed again the old one may go', async () => {
  const both = open(NEW, OLD)
  expect(await both.users.findUser('default', 'ada')).toMatchObject({ email: 'ada@mail.test' })
  await expect(open(NEW).users.findUser('default', 'ada')).rejects.toThrow('not in the ring')
  await both.pool.query(
    `INSERT INTO "User"("tenantId", id, email, roles) VALUES ('default', 'older', 'old@mail.test', '{}')`,
  )
  expect(await resealData(both.pool)).toEqual({ users: 2, devices: 1, notifications: 1 })
  expect(await resealData(both.pool)).toEqual({ users: 0, devices: 0, notifications: 0 })
  expect(await dump(both.pool)).not.toContain('old@mail.test')

  const after = open(NEW)
  expect(await after.users.findUser('default', 'ada')).toMatchObject({ email: 'ada@mail.test' })
  expect(await after.users.findUser('default', 'older')).toMatchObject({ email: 'old@mail.test', phone: null })
})

it('a pool that nobody gave keys writes no contact, token or metadata, and says why', async () => {
  const pool = openPool({ connectionString: database.url, max: 1, applicationName: 'keyless' })
  pools.push(pool)
  const users = createUserStore({ pool })
  await expect(users.saveUser('default', 'zora', { email: 'zora@mail.test' })).rejects.toThrow('without keys')
  await expect(
    createDeviceStore({ pool }).registerDevice('default', 'zora', { token: 'token-of-zora', platform: 'ios' }),
  ).rejects.toThrow('without keys')
  const routing = createRoutingStore({ pool, announce: () => undefined })
  const saving = routing.savePlans(buildChunk({ recipientIds: ['zora'] }))
  await expect(saving).rejects.toMatchObject({ cause: { message: expect.stringContaining('without keys') } })
  expect(await dump(pool)).not.toContain('zora')
  await users.saveUser('default', 'zora', { locale: 'de' })
  expect(await users.findUser('default', 'zora')).toMatchObject({ email: null, locale: 'de' })
})
