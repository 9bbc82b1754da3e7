import { expect, test } from 'vitest'
import { createCarillon } from '../create-carillon.ts'
import { createKafkaSender, type KafkaProducer } from './create-kafka-sender.ts'

type Batch = Parameters<KafkaProducer['sendBatch']>[0]

function open(failures = 0) {
  const batches: Batch[] = []
  const producer: KafkaProducer = {
    async sendBatch(batch) {
      batches.push(batch)
      if (batches.length <= failures) throw new Error('not the leader')
    },
  }
  const events = createKafkaSender({ producer, tenantId: 'acme', now: () => new Date('2026-11-21T10:00:00Z') })
  return { batches, carillon: createCarillon({ url: 'http://unused.test', token: '', events }) }
}

const content = { type: 'NEWS', message: 'There are news' }

test('an event is one record that waits for all copies, with its tenant and an id of its own', async () => {
  const { batches, carillon } = open()
  const { eventId, recipientCount } = await carillon.sendToUsers(['ann'], content)
  expect(recipientCount).toBe(1)
  const [batch] = batches
  const [message] = batch?.topicMessages[0]?.messages ?? []
  expect([batch?.acks, batch?.topicMessages[0]?.topic, message?.key]).toEqual([-1, 'notification.events', eventId])
  expect(message?.headers).toEqual({ 'tenant-id': 'acme', 'accepted-at': '2026-11-21T10:00:00.000Z' })
  expect(JSON.parse(message?.value ?? '')).toMatchObject({ id: eventId, recipientIds: ['ann'], ...content })
})

test('what is urgent goes another way, and what has a cancel key stays in order', async () => {
  const { batches, carillon } = open()
  await carillon.sendToUsers(['ann'], { ...content, notificationPriority: 'CRITICAL', cancelKey: 'slot-7' })
  expect(batches[0]?.topicMessages).toMatchObject([
    { topic: 'notification.events.urgent', messages: [{ key: 'slot-7' }] },
  ])
})

test('a repeat with the same key is the same event', async () => {
  const { batches, carillon } = open(1)
  const send = () => carillon.sendToUsers(['ann'], content, { idempotencyKey: 'order-7' })
  await expect(send()).rejects.toMatchObject({ code: 'not_accepted', cause: new Error('not the leader') })
  expect(await send()).toMatchObject({ eventId: 'sdk_order-7' })
  expect(batches[0]).toEqual(batches[1])
})

test('what the fleet would refuse is refused before it is produced', async () => {
  const { batches, carillon } = open()
  await expect(carillon.sendToUsers([], { type: '' })).rejects.toThrow('either message or templateCode is needed')
  expect(batches).toEqual([])
})

test('of a batch, only what is right is produced', async () => {
  const { batches, carillon } = open()
  const sent = await carillon.publishBatchNotification(['ann', 'x'.repeat(400)], content)
  expect(sent).toMatchObject({ eventIds: [], refused: [{ error: { code: 'invalid_event' } }] })
  expect(batches).toEqual([])
})
