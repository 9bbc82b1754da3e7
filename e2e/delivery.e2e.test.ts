import { deriveNotificationId } from '@carillon/contracts'
import { type FleetStage, readTopic, readTopicEnds, type TopicEnds } from '@carillon/testkit'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { type Collector, openCollector } from './open-collector.ts'
import { guest, OPEN_MS_MAX, openSharedStage, readDeliveries, readMails, waitForEmail } from './open-shared-stage.ts'

let stage: FleetStage
let collector: Collector

beforeAll(async () => {
  collector = openCollector()
  stage = await openSharedStage({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_BSP_SCHEDULE_DELAY: '200' } })
}, OPEN_MS_MAX)

afterAll(async () => {
  await stage?.close()
  await collector?.close()
})

it('what the README shows: from one call to the mailbox, and who asks is told', async () => {
  const since = await readEnds(['notification.events', 'notification.email'])
  const saved = await stage.api.call('PUT', '/api/users/ann', { body: { email: 'ann@example.com' } })
  expect(saved.status).toBe(200)
  const { status, body } = await stage.api.post({
    type: 'EVENT_APPROVAL',
    title: 'Approved',
    message: 'Your event has been approved',
    recipientIds: ['ann'],
    channels: ['EMAIL', 'IN_APP'],
    metadata: { actionUrl: 'https://example.com/events/7', actionText: 'Open the event' },
  })
  expect({ status, ...body }).toMatchObject({
    status: 202,
    success: true,
    message: 'Notification queued for delivery',
    recipientCount: 1,
    statusUrl: `/api/events/${body.eventId}`,
  })

  const { notificationId, id } = await waitForEmail(stage, 'ann', { status: 'SENT', attemptCount: 1 })
  const [accepted] = await readMails(stage, 'ann@example.com')
  const mail = await stage.smtp.readMail(accepted?.number ?? 0)
  expect(mail.headers['content-type']?.[0]).toMatch(/^multipart\/alternative/)
  expect(mail.messageId).toContain(id)
  expect(mail.subject).toBe('Approved')
  expect(mail.text).toContain('Your event has been approved')
  expect(mail.html).toContain('https://example.com/events/7')

  const told = await stage.api.readDeliveryStatus(notificationId)
  expect(told.body.deliveries.map(({ channel, status }) => `${channel} ${status}`).sort()).toEqual([
    'EMAIL SENT',
    'IN_APP DELIVERED',
  ])
  const event = await stage.api.call<object>('GET', body.statusUrl)
  expect(event.body).toMatchObject({ state: 'PLANNED', notifications: 1, deliveries: { SENT: 1, DELIVERED: 1 } })

  const [published] = await readTopic(stage.kafka, 'notification.events', since.get('notification.events'))
  expect(JSON.parse(String(published?.value))).toMatchObject({ id: body.eventId, type: 'EVENT_APPROVAL' })
  const [wakeUp] = await readTopic(stage.kafka, 'notification.email', since.get('notification.email'))
  expect(JSON.parse(String(wakeUp?.value))).toEqual({ tenantId: 'default', notificationId, deliveryId: id })
})

it('a bare record that a service wrote to the topic itself is delivered', async () => {
  await stage.api.call('PUT', '/api/users/u1', { body: { email: 'u1@example.com' } })
  const value = JSON.stringify({ message: 'hi', recipientIds: ['u1'], type: 'X', channels: ['EMAIL'] })
  await stage.producer.publish({ topic: 'notification.events', value })
  await waitForEmail(stage, 'u1', { status: 'SENT' })
  expect(await readMails(stage, 'u1@example.com')).toHaveLength(1)
})

it('an event that stands twice in a chunk, and comes again later, is one notification', async () => {
  const event = { type: 'X', message: 'once', id: 'twin-1', recipients: [guest('twin')], channels: ['EMAIL', 'IN_APP'] }
  const record = { topic: 'notification.events', key: 'twin-1', value: JSON.stringify(event) }
  await stage.producer.publishMany([record, record])
  await waitForEmail(stage, 'twin', { status: 'SENT' })
  await stage.producer.publish(record)
  await deliverOneMore('after-twin')
  expect(await readDeliveries(stage, 'twin')).toHaveLength(2)
  expect(await readMails(stage, 'twin@example.com')).toHaveLength(1)
})

it('an id that comes again with other content is set aside and changes nothing', async () => {
  const since = await readEnds(['notification.events.dlq'])
  const write = (message: string) => {
    const event = { type: 'X', message, id: 'same-id', recipients: [guest('same-id')], channels: ['EMAIL'] }
    return stage.producer.publish({ topic: 'notification.events', key: 'same-id', value: JSON.stringify(event) })
  }
  await write('the first')
  await waitForEmail(stage, 'same-id', { status: 'SENT' })
  await write('another')
  const [letter] = await waitForLetters(1, since.get('notification.events.dlq'))
  expect(String(letter?.headers['x-reason-code'])).toBe('id_conflict')
  expect(await readMails(stage, 'same-id@example.com')).toHaveLength(1)
})

it('a read that comes before its event stops what waits for a read, and nothing else', async () => {
  const read = { notificationId: 'early-read', userId: 'early' }
  await stage.producer.publish({ topic: 'notification.read', key: 'early', value: JSON.stringify(read) })
  const id = deriveNotificationId('default', 'early-read', 'early')
  await waitForNotification(id, { tenantId: 'default', isPlanned: false })
  const ladder = [0, 1].map((afterSeconds) => ({ channel: 'EMAIL', afterSeconds }))
  await stage.api.post({
    type: 'X',
    message: 'too late',
    notificationId: 'early-read',
    recipients: [guest('early')],
    deliveryStrategy: 'ESCALATION',
    ladder: [{ channel: 'IN_APP', afterSeconds: 0 }, ...ladder],
  })
  await waitForNotification(id, { tenantId: 'default', isPlanned: true })
  expect((await readDeliveries(stage, 'early')).map(({ channel, status }) => `${channel} ${status}`)).toEqual([
    'EMAIL CANCELLED',
    'EMAIL CANCELLED',
    'IN_APP DELIVERED',
  ])
  await deliverOneMore('after-early')
  expect(await readMails(stage, 'early@example.com')).toEqual([])
})

it('what another tenant left under the same id stays as it is', async () => {
  const since = await readEnds(['notification.events.dlq'])
  const id = deriveNotificationId('default', 'squatted', 'squat')
  await stage.producer.publish({
    topic: 'notification.read',
    key: 'squat',
    value: JSON.stringify({ notificationId: id, userId: 'squat' }),
    headers: { 'tenant-id': 'other' },
  })
  await waitForNotification(id, { tenantId: 'other', isPlanned: false })
  const event = { type: 'X', message: 'mine', notificationId: 'squatted', recipients: [guest('squat')] }
  await stage.producer.publish({ topic: 'notification.events', key: 'squatted', value: JSON.stringify(event) })
  const [letter] = await waitForLetters(1, since.get('notification.events.dlq'))
  expect(String(letter?.headers['x-reason-code'])).toBe('id_conflict')
  await waitForNotification(id, { tenantId: 'other', isPlanned: false })
  expect(await readDeliveries(stage, 'squat')).toEqual([])
})

it("the caller's trace goes through topic, row and clock to the mail server", async () => {
  const since = await readEnds(['notification.events.urgent'])
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
  const event = {
    type: 'X',
    message: 'traced',
    recipients: [guest('traced')],
    notificationPriority: 'HIGH',
    deliveryStrategy: 'ESCALATION',
    ladder: [{ channel: 'EMAIL', afterSeconds: 1 }],
  }
  await stage.api.post(event, { headers: { traceparent: `00-${traceId}-00f067aa0ba902b7-01` } })
  const { id } = await waitForEmail(stage, 'traced', { status: 'SENT' })
  const [record] = await readTopic(stage.kafka, 'notification.events.urgent', since.get('notification.events.urgent'))
  expect(String(record?.headers.traceparent)).toContain(traceId)
  await vi.waitFor(
    () => {
      const spans = collector.spans.filter((span) => span.traceId === traceId)
      expect(spans.map(({ service, name }) => `${service} ${name}`)).toEqual(
        expect.arrayContaining(['carillon-api POST /api/notifications', 'carillon-email deliver EMAIL']),
      )
      expect(spans.map(({ attributes }) => attributes['carillon.delivery.id'])).toContain(id)
    },
    { timeout: 10_000, interval: 100 },
  )
})

/** Lets one event go all the way, behind whatever was written before it. */
async function deliverOneMore(name: string): Promise<void> {
  await stage.api.post({ type: 'X', message: 'next', recipients: [guest(name)], channels: ['EMAIL'] })
  await waitForEmail(stage, name, { status: 'SENT' })
}

async function waitForNotification(id: string, expected: { tenantId: string; isPlanned: boolean }): Promise<void> {
  await vi.waitFor(
    async () => {
      const { rows } = await stage.pool.query(
        `SELECT "tenantId", "plannedAt" IS NOT NULL AS "isPlanned" FROM "Notification" WHERE id = $1`,
        [id],
      )
      expect(rows).toEqual([expected])
    },
    { timeout: 20_000, interval: 50 },
  )
}

async function waitForLetters(count: number, since: TopicEnds | undefined) {
  return vi.waitFor(
    async () => {
      const letters = await readTopic(stage.kafka, 'notification.events.dlq', since)
      expect(letters).toHaveLength(count)
      return letters
    },
    { timeout: 20_000, interval: 200 },
  )
}

/** Others may have used the run's broker before. */
async function readEnds(topics: readonly string[]): Promise<ReadonlyMap<string, TopicEnds>> {
  return new Map(
    await Promise.all(topics.map(async (topic) => [topic, await readTopicEnds(stage.kafka, topic)] as const)),
  )
}
