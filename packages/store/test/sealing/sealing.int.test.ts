import { randomUUID } from 'node:crypto'
import { openTestDatabase } from '@carillon/testkit'
import type { Pool } from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  createDeliveryStore,
  createDeviceStore,
  createEventControlStore,
  createHeldClockStore,
  createInboxStore,
  createOutcomeWebhookStore,
  createRoutingStore,
  createScheduleStore,
  createTimerStore,
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
  const unreadable: { readonly id: string; readonly error: unknown }[] = []
  return {
    pool,
    users: createUserStore({ pool }),
    devices: createDeviceStore({ pool }),
    routing: createRoutingStore(ports),
    delivery: createDeliveryStore(ports),
    inbox: createInboxStore({ pool, readEventTime: () => undefined }),
    webhooks: createOutcomeWebhookStore({ pool }),
    schedules: createScheduleStore({ pool }),
    timers: createTimerStore({ pool }),
    unreadable,
    clock: createHeldClockStore({
      ...ports,
      events: createEventControlStore({ pool, stops: { stopNotifications: async () => [] } }),
      reportUnreadable: (one) => void unreadable.push(one),
    }),
  }
}

/** Events that wait, each for somebody by an address of theirs. */
async function wait(store: ReturnType<typeof open>, name: string) {
  const priority = { notificationPriority: 'MEDIUM' } as const
  const event = { type: 'T', message: 'm', ...priority, recipients: [{ userId: name, email: `${name}@wait.test` }] }
  await store.routing.holdEvents(
    [
      {
        ...{ tenantId: 'default', id: `held-${name}`, fingerprint: 'f', acceptedAt: new Date(), traceparent: null },
        event: { ...event, id: `held-${name}`, sendAt: new Date(Date.now() + 60_000).toISOString() },
      },
    ],
    60_000,
  )
  const due = { at: new Date(Date.now() + 60_000) }
  await store.timers.setTimer('default', { key: name, due, onDue: 'notify', payload: event })
  await store.schedules.saveSchedule('default', {
    ...{ id: name, cron: '0 9 * * *', timeZone: 'UTC', onMissed: 'run_last', isPaused: false },
    ...{ event, nextRunAt: new Date(Date.now() - 60_000) },
  })
  await store.routing.startFanouts([
    {
      event: { ...event, id: `all-${name}`, audience: { everyone: true } },
      planned: {
        ...{
          tenantId: 'default',
          id: `all-${name}`,
          type: 'T',
          category: 'general',
          fingerprint: 'f',
          cancelKey: null,
        },
        ...{ recipientCount: 1, acceptedAt: new Date(), traceparent: null },
      },
    },
  ])
}

const letGo = (pool: Pool) => pool.query(`UPDATE "HeldEvent" SET "dueAt" = now() WHERE "dueAt" IS NOT NULL`)

async function dump(pool: Pool): Promise<string> {
  const tables = ['User', 'Device', 'Notification', 'OutcomeWebhook', 'HeldEvent', 'Schedule', 'Fanout'].map(
    (table) => `SELECT to_jsonb(t)::text AS row FROM "${table}" t`,
  )
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
  const counts = { users: 2, devices: 1, notifications: 1, webhooks: 0, fanouts: 0, heldEvents: 0, schedules: 0 }
  expect(await resealData(both.pool)).toEqual(counts)
  expect(Object.values(await resealData(both.pool)).every((count) => count === 0)).toBe(true)
  expect(await dump(both.pool)).not.toContain('old@mail.test')

  const after = open(NEW)
  expect(await after.users.findUser('default', 'ada')).toMatchObject({ email: 'ada@mail.test' })
  expect(await after.users.findUser('default', 'older')).toMatchObject({ email: 'old@mail.test', phone: null })
})

it('what waits, a broadcast and the secret of a webhook rest sealed, and are sealed again by a new key', async () => {
  const before = open(OLD)
  await wait(before, 'eve')
  const webhook = { url: 'https://eve.test/hook', secret: 'the secret of eve', rotateSecret: true }
  await before.webhooks.saveWebhook('default', webhook)
  const written = await dump(before.pool)
  for (const one of ['eve@wait.test', webhook.secret]) expect(written).not.toContain(one)

  expect(await resealData(open(NEW, OLD).pool)).toMatchObject({ webhooks: 1, fanouts: 1, heldEvents: 2, schedules: 1 })
  const after = open(NEW)
  await letGo(after.pool)
  const released = await after.clock.takeReleases(10)
  expect(released.map(({ value }) => JSON.parse(value).recipients[0].email)).toEqual(['eve@wait.test', 'eve@wait.test'])
  expect((await after.schedules.findSchedule('default', 'eve'))?.event.message).toBe('m')
  await after.webhooks.saveCalls([{ id: randomUUID(), tenantId: 'default', records: [] }])
  expect(await after.webhooks.takeDueCalls(10, 1)).toMatchObject([webhook].map(({ url, secret }) => ({ url, secret })))
})

it('an event whose key was dropped too early is named, waits on, and stands before no other', async () => {
  await wait(open(OLD), 'locked')
  const store = open(NEW)
  await store.pool.query('UPDATE "HeldEvent" SET "dueAt" = NULL WHERE state = \'RELEASING\'')
  await wait(store, 'free')
  await letGo(store.pool)
  const released = await store.clock.takeReleases(10)
  expect(released.map(({ value }) => JSON.parse(value).recipients[0].userId)).toEqual(['free', 'free'])
  expect(await store.clock.fireSchedules(10)).toBe(2)
  expect(store.unreadable.map(({ id }) => id).sort()).toEqual(['held-locked', 'locked', expect.stringMatching(/^tmr_/)])
  expect(String(store.unreadable[0]?.error)).toContain('not in the ring; put it back')
  await letGo(store.pool)
  expect(await open(NEW, OLD).clock.takeReleases(10)).toHaveLength(4)
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
