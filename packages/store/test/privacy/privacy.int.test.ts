import { openTestDatabase } from '@carillon/testkit'
import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  createDeliveryStore,
  createDeviceStore,
  createPrivacyStore,
  createRoutingStore,
  createUserStore,
  openPool,
} from '../../src/index.ts'
import { buildChunk } from '../build-chunk.ts'

let database: Awaited<ReturnType<typeof openTestDatabase>>
let pool: ReturnType<typeof openPool>
beforeAll(async () => {
  database = await openTestDatabase()
  pool = openPool({
    ...{ connectionString: database.url, max: 4, applicationName: 'privacy', hot: true },
    dataKeys: ['a key of the test'],
  })
})
afterAll(async () => {
  await pool.end()
  await database.drop()
})

const ports = () => ({ pool, announce: () => undefined })
const PERSONAL = [
  'ada@mail.test',
  '4915112345678',
  'token-of-ada',
  'ann@example.com',
  'left',
  'Your order',
  '/orders/1',
]

async function dumpEverything(): Promise<string> {
  const text = `SELECT quote_ident(table_name) AS name FROM information_schema.tables
    WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`
  const { rows } = await pool.query<{ name: string }>(text)
  expect(rows.length).toBeGreaterThan(15)
  const dumps = rows.map(({ name }) => pool.query<{ row: string }>(`SELECT to_jsonb(t)::text AS row FROM ${name} t`))
  return (await Promise.all(dumps)).flatMap(({ rows: dumped }) => dumped.map(({ row }) => row)).join('\n')
}

async function planForAda() {
  await createUserStore({ pool }).saveUser('default', 'ada', { email: 'ada@mail.test', phone: '+4915112345678' })
  await createDeviceStore({ pool }).registerDevice('default', 'ada', { token: 'token-of-ada', platform: 'ios' })
  const chunk = buildChunk({
    recipientIds: ['ada', 'bob'],
    deliveries: [
      { channel: 'IN_APP' },
      { channel: 'EMAIL' },
      { channel: 'PUSH' },
      { channel: 'SMS', step: 1, inMs: 60_000 },
    ],
  })
  await createRoutingStore(ports()).savePlans(chunk)
  const ids = chunk.notifications.find((one) => one.recipientId === 'ada')?.deliveryIds ?? []
  const [email = ''] = ids.slice(1)
  const delivery = createDeliveryStore(ports())
  const [claimed] = await delivery.claimDeliveries([{ id: email, addressHash: 'kept hash', provider: 'smtp' }], 60_000)
  return { chunk, email, claimed, delivery }
}

it('shows a person everything that is kept of them', async () => {
  await planForAda()
  const kept = await createPrivacyStore(ports()).exportPerson('default', 'ada')
  expect(kept).toMatchObject({
    user: { email: 'ada@mail.test', phone: '+4915112345678' },
    devices: [{ token: 'token-of-ada', platform: 'ios' }],
    isComplete: true,
  })
  expect(kept.notifications[0]).toMatchObject({
    ...{ title: 'Your order', metadata: { actionUrl: '/orders/1' }, contact: { email: 'ann@example.com' } },
    deliveries: expect.arrayContaining([expect.objectContaining({ channel: 'EMAIL', status: 'SENDING' })]),
  })
})

it('an erased person is in no table, also with a message in flight and one just being planned', async () => {
  const { chunk, email, claimed, delivery } = await planForAda()
  await pool.query(
    `INSERT INTO "HeldEvent"(id, "tenantId", "eventId", kind, state, event, "acceptedAt") VALUES
      (gen_random_uuid(), 'default', 'h1', 'SCHEDULED', 'WAITING', $1, now()),
      (gen_random_uuid(), 'default', 'h2', 'SCHEDULED', 'WAITING', $2, now())`,
    [
      { type: 'T', message: 'it left for ada', recipients: [{ userId: 'ada', email: 'ada@mail.test' }] },
      {
        type: 'T',
        message: 'to both',
        recipientIds: ['bob'],
        recipients: [{ userId: 'ada', phone: '+4915112345678' }],
      },
    ],
  )
  const privacy = createPrivacyStore(ports())
  const erased = await privacy.erasePerson('default', 'ada')
  expect(erased).toMatchObject({ devices: 1, heldEvents: 2 })
  expect(erased.cancelled).toBeGreaterThan(0)
  expect(erased.possiblySent).toBeGreaterThan(0)

  // The worker's answer comes after the erasure, and quotes the address.
  await delivery.recordResults([
    {
      ...{
        id: email,
        tenantId: 'default',
        channel: 'EMAIL',
        fence: claimed?.fence ?? 0,
        status: 'FAILED',
        dueInMs: null,
      },
      ...{ attemptCount: 1, outcome: 'rejected', reason: 'smtp_mailbox_unknown', error: null, provider: 'smtp' },
      ...{ providerMessageId: null, suppressAddressHash: 'kept hash', deadTokens: [] },
    },
  ])
  // A router had read its facts before: its rows come in afterwards, and the clock's second look finds them.
  const late = buildChunk({ recipientIds: ['ada'], deliveries: [{ channel: 'IN_APP' }, { channel: 'EMAIL' }] })
  await createRoutingStore(ports()).savePlans(late)
  await pool.query(`UPDATE "Erasure" SET "sweepAt" = now()`)
  expect(await privacy.sweepErased(10)).toBe(1)
  expect(await privacy.sweepErased(10)).toBe(0)

  for (const table of ['Notification', 'NotificationDelivery'])
    await pool.query(`DELETE FROM "${table}" WHERE "recipientId" = 'bob'`)
  const left = await dumpEverything()
  for (const one of PERSONAL) expect(left, one).not.toContain(one)
  expect(left).toContain('kept hash')
  const open = await pool.query(
    `SELECT FROM "NotificationDelivery" WHERE "recipientId" = 'ada' AND status IN ('PENDING', 'SCHEDULED')`,
  )
  expect(open.rowCount).toBe(0)
  // The topic read again finds every place taken.
  const again = await createRoutingStore(ports()).savePlans({
    events: chunk.events,
    notifications: chunk.notifications.filter((one) => one.recipientId === 'ada'),
  })
  expect(again.insertedNotifications).toBe(0)
  expect(await dumpEverything()).not.toContain('Your order')
})

it('the router is told when a person was erased', async () => {
  const routing = createRoutingStore(ports())
  const request = { eventIds: [], people: [{ tenantId: 'default', recipientId: 'ada' }], categories: [], tenantIds: [] }
  const person = [...(await routing.loadFacts(request)).people.values()][0]
  expect(person?.erasedAt).toBeInstanceOf(Date)
  expect(person?.user).toBeUndefined()
})
