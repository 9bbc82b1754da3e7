import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deriveNotificationId, inboxAnswerSchema, topicDefinitions } from '@carillon/contracts'
import { type Broker, openBroker } from '@carillon/embedded'
import { mintApiKey, SCOPES } from '@carillon/http-api'
import { createTopics } from '@carillon/kafka'
import { parseConfig } from '@carillon/process'
import { createCredentialStore, openPool } from '@carillon/store'
import { createLogger, createMetrics } from '@carillon/telemetry'
import { openTestDatabase, readRedisUrl, type TestDatabase } from '@carillon/testkit'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type ApiApp, openApi, settings } from '../src/index.ts'

const redisUrl = readRedisUrl()
const REDIS_URL = redisUrl
const log = createLogger({ service: 'api', level: 'silent' })
const metrics = createMetrics('api')
const tenantId = randomUUID()
const id = deriveNotificationId(tenantId, 'order-7', 'ann')
let database: TestDatabase
let pool: ReturnType<typeof openPool>
let broker: Broker
let dataDir: string
let api: ApiApp
let token: string

beforeAll(async () => {
  database = await openTestDatabase()
  pool = openPool({ connectionString: database.url, max: 2, applicationName: 'test' })
  dataDir = await mkdtemp(join(tmpdir(), 'carillon-api-'))
  broker = await openBroker({ dataDir })
  const topics = createTopics({ connection: { brokers: [broker.address], clientId: 'test' }, log })
  await topics.ensureTopics(topicDefinitions(2))
  await topics.close()
  const { token: minted, ...minting } = mintApiKey()
  token = minted
  const key = { ...minting, tenantId, name: 'test', scopes: SCOPES, expiresAt: null }
  await createCredentialStore({ pool }).saveApiKey(key)
  const environment = { DATABASE_URL: database.url, KAFKA_BROKER: broker.address, PORT: '0', REDIS_URL }
  const config = { ...environment, CARILLON_SECRET: 'a secret of the test', NOTIFICATION_CACHE: 'true' }
  api = await openApi(parseConfig(settings, config), { log, metrics, onFatal: (error) => Promise.reject(error) })
})

afterAll(async () => {
  await api?.close()
  await broker?.close()
  metrics.close()
  await pool?.end()
  await database?.drop()
  await rm(dataDir, { recursive: true, force: true })
})

async function call(path: string, method = 'GET') {
  const response = await fetch(`${api.url}${path}`, { method, headers: { authorization: `Bearer ${token}` } })
  expect(response.status).toBe(200)
  return response.json()
}

async function readInbox() {
  const { notifications } = inboxAnswerSchema.parse(await call('/api/notifications?userId=ann'))
  return notifications.map(({ id, title, read }) => ({ id, title, read }))
}

it('the API answers an inbox from Redis until its person changes it there', async () => {
  const text = `INSERT INTO "Notification"(id, "tenantId", "recipientId", title, type, category, priority, "inInbox",
    "plannedAt", "createdAt") VALUES ($1, $2, 'ann', 'first', 'ORDER', 'orders', 'MEDIUM', true, now(), now())`
  await pool.query(text, [id, tenantId])
  expect(await readInbox()).toEqual([{ id, title: 'first', read: false }])
  await pool.query(`UPDATE "Notification" SET title = 'second' WHERE id = $1`, [id])
  expect(await readInbox()).toEqual([{ id, title: 'first', read: false }])
  await call('/api/notifications/read-all?userId=ann', 'POST')
  expect(await readInbox()).toEqual([{ id, title: 'second', read: true }])
})
