import { parseConfig } from '@carillon/process'
import { createLogger, createMetrics } from '@carillon/telemetry'
import {
  type FakeFcm,
  type FakeWebPush,
  type FleetStage,
  openFakeFcm,
  openFakeWebPush,
  openStage,
} from '@carillon/testkit'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { openPush, settings } from '../src/index.ts'

const patience = { timeout: 10_000, interval: 100 }

let stage: FleetStage
let fcm: FakeFcm
let webPush: FakeWebPush
let app: Awaited<ReturnType<typeof openPush>>

beforeAll(async () => {
  stage = await openStage({ broker: 'embedded', apps: ['api', 'router', 'fanout', 'escalation'] })
  ;[fcm, webPush] = await Promise.all([openFakeFcm(), openFakeWebPush()])
  const config = parseConfig(settings, {
    DATABASE_URL: stage.databaseUrl,
    KAFKA_BROKER: stage.kafka.connection.brokers.join(','),
    CARILLON_SECRET: 'a secret for tests alone',
    FIREBASE_PROJECT_ID: fcm.account.projectId,
    FIREBASE_CLIENT_EMAIL: fcm.account.clientEmail,
    FIREBASE_PRIVATE_KEY: fcm.account.privateKey,
    FIREBASE_BASE_URL: fcm.account.baseUrl,
    FIREBASE_TOKEN_URL: fcm.account.tokenUrl,
    VAPID_PUBLIC_KEY: webPush.vapid.publicKey,
    VAPID_PRIVATE_KEY: webPush.vapid.privateKey,
    VAPID_SUBJECT: 'mailto:push@acme.test',
    WEB_PUSH_PRIVATE_ENDPOINTS: 'true',
    PUSH_WORKER_TIMEOUT: '2000',
    PUSH_WORKER_BACKOFF: '100,100,100',
    PUSH_WORKER_CONCURRENCY: '20',
  })
  const log = createLogger({ service: 'push', level: 'silent' })
  app = await openPush(config, { log, metrics: createMetrics('push'), onFatal: (error) => Promise.reject(error) })
})

afterAll(async () => {
  await app?.close()
  await stage?.close()
  await Promise.all([fcm?.close(), webPush?.close()])
})

const register = (userId: string, token: string) =>
  stage.api.call('POST', '/api/devices', { body: { userId, token, platform: 'android' } })

/** The API refuses a push service on a private address, as it should; here it listens on this machine. */
async function registerBrowser(userId: string, token: string): Promise<void> {
  await register(userId, `${userId}-phone`)
  await stage.pool.query(`UPDATE "Device" SET token = $1, platform = 'web' WHERE "userId" = $2`, [token, userId])
}

async function listDevices(userId: string): Promise<number> {
  const { body } = await stage.api.call<{ devices: object[] }>('GET', `/api/devices?userId=${userId}`)
  return body.devices.length
}

function postTo(recipientIds: readonly string[]) {
  const words = { title: 'Parcel', message: 'It is on its way.', metadata: { actionUrl: '/orders/7' } }
  return stage.api.post({ type: 'ORDER', ...words, recipientIds, channels: ['PUSH'], deliveryStrategy: 'BROADCAST' })
}

interface Row {
  readonly status: string
  readonly provider: string | null
  readonly reason: string | null
  readonly possiblySent: boolean
}

async function readDelivery(userId: string, status: string): Promise<Row> {
  return vi.waitFor(async () => {
    const text = 'SELECT status, provider, reason, "possiblySent" FROM "NotificationDelivery" WHERE "recipientId" = $1'
    const { rows } = await stage.pool.query<Row>(text, [userId])
    expect(rows.map((row) => row.status)).toEqual([status])
    return rows[0] as Row
  }, patience)
}

const acceptedFor = async (token: string) => (await fcm.accepted()).filter((one) => one.token === token)

it('an event reaches the devices that a person registered, and a dead one is forgotten', async () => {
  await fcm.behave({ at: 'received', for: 'ann-old', answer: { code: 'UNREGISTERED' } })
  for (const token of ['ann-phone', 'ann-old']) expect((await register('ann', token)).status).toBe(200)
  await postTo(['ann'])
  expect(await readDelivery('ann', 'SENT')).toMatchObject({ provider: 'fcm', possiblySent: false })
  const [accepted] = await acceptedFor('ann-phone')
  expect(accepted?.message).toMatchObject({
    notification: { title: 'Parcel', body: 'It is on its way.' },
    data: { actionUrl: '/orders/7', deliveryId: expect.any(String), notificationId: expect.any(String) },
  })
  expect(await listDevices('ann')).toBe(1)
})

it('a browser gets it by Web Push', async () => {
  const { token, endpoint } = await webPush.subscribe()
  await registerBrowser('bea', token)
  await postTo(['bea'])
  expect(await readDelivery('bea', 'SENT')).toMatchObject({ provider: 'webpush' })
  expect(await webPush.accepted()).toMatchObject([{ token: endpoint, message: { title: 'Parcel' } }])
})

it('who signs out gets nothing, and who takes the device over gets only their own', async () => {
  await register('cid', 'cid-phone')
  await register('dot', 'cid-phone')
  await postTo(['cid', 'dot'])
  await readDelivery('dot', 'SENT')
  await readDelivery('cid', 'SUPPRESSED')
  expect(await acceptedFor('cid-phone')).toHaveLength(1)
})

it('all devices dead is a failure, and nothing is left of them', async () => {
  await fcm.behave({ at: 'received', for: 'eli-phone', answer: { code: 'UNREGISTERED' } })
  await register('eli', 'eli-phone')
  await postTo(['eli'])
  expect(await readDelivery('eli', 'FAILED')).toMatchObject({ reason: 'push_no_live_device' })
  expect(await listDevices('eli')).toBe(0)
})

it('a service that is busy for a moment is asked again when it said', async () => {
  await fcm.behave({ at: 'received', for: 'fay-phone', times: 1, answer: { code: 'UNAVAILABLE', retryAfter: '1' } })
  await register('fay', 'fay-phone')
  await postTo(['fay'])
  expect(await readDelivery('fay', 'SENT')).toMatchObject({ possiblySent: false })
  expect(await acceptedFor('fay-phone')).toHaveLength(1)
})

it('an answer that was lost is repeated under the same id, and the row says so', async () => {
  await fcm.behave({ at: 'accepted', for: 'gil-phone', times: 1, drop: 'break_stream' })
  await register('gil', 'gil-phone')
  await postTo(['gil'])
  expect(await readDelivery('gil', 'SENT')).toMatchObject({ possiblySent: true })
  const tags = (await acceptedFor('gil-phone')).map(({ deliveryId }) => deliveryId)
  expect(tags).toHaveLength(2)
  expect(new Set(tags).size).toBe(1)
})

it('an event for a topic reaches every device of its subscribers, whatever service it is known at, and nobody else', async () => {
  const { token, endpoint } = await webPush.subscribe()
  for (const name of ['fan-a', 'fan-b', 'stranger']) await register(name, `${name}-phone`)
  await register('fan-a', 'fan-a-tablet')
  await registerBrowser('fan-c', token)
  const userIds = ['fan-a', 'fan-b', 'fan-c']
  const { status } = await stage.api.call('POST', '/api/topics/match:42/subscribers', { body: { userIds } })
  expect(status).toBe(200)
  const words = { title: 'Goal', message: 'One to nil.' }
  await stage.api.post({ type: 'GOAL', ...words, audience: { topic: 'match:42' }, channels: ['PUSH'] })
  for (const userId of userIds) await readDelivery(userId, 'SENT')
  for (const name of ['fan-a-phone', 'fan-a-tablet', 'fan-b-phone']) expect(await acceptedFor(name)).toHaveLength(1)
  expect(await acceptedFor('stranger-phone')).toEqual([])
  expect((await webPush.accepted()).filter((one) => one.token === endpoint)).toHaveLength(1)
})
