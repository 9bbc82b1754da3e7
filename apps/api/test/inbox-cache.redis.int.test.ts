import { randomUUID } from 'node:crypto'
import { deriveNotificationId, inboxAnswerSchema } from '@carillon/contracts'
import { readRedisUrl } from '@carillon/testkit'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type ApiStage, openApiStage } from './open-api-stage.ts'

const tenantId = randomUUID()
const id = deriveNotificationId(tenantId, 'order-7', 'ann')
let stage: ApiStage

beforeAll(async () => {
  stage = await openApiStage(tenantId, { REDIS_URL: readRedisUrl(), NOTIFICATION_CACHE: 'true' })
})

afterAll(async () => {
  await stage?.close()
})

async function call(path: string, method = 'GET') {
  const { status, json } = await stage.call(method, path)
  expect(status).toBe(200)
  return json
}

async function readInbox() {
  const { notifications } = inboxAnswerSchema.parse(await call('/api/notifications?userId=ann'))
  return notifications.map(({ id, title, read }) => ({ id, title, read }))
}

it('the API answers an inbox from Redis until its person changes it there', async () => {
  const text = `INSERT INTO "Notification"(id, "tenantId", "recipientId", title, type, category, priority, "inInbox",
    "plannedAt", "createdAt") VALUES ($1, $2, 'ann', 'first', 'ORDER', 'orders', 'MEDIUM', true, now(), now())`
  await stage.pool.query(text, [id, tenantId])
  expect(await readInbox()).toEqual([{ id, title: 'first', read: false }])
  await stage.pool.query(`UPDATE "Notification" SET title = 'second' WHERE id = $1`, [id])
  expect(await readInbox()).toEqual([{ id, title: 'first', read: false }])
  await call('/api/notifications/read-all?userId=ann', 'POST')
  expect(await readInbox()).toEqual([{ id, title: 'second', read: true }])
})
