import { type FleetStage, readTopic, readTopicEnds, type TopicRecord } from '@carillon/testkit'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { malformedRecords } from './malformed-records.ts'
import { guest, OPEN_MS_MAX, openSharedStage, readMails, waitForEmail } from './open-shared-stage.ts'

const TOPIC = 'notification.events'
const DLQ = 'notification.events.dlq'
const bytesOf = (value: string | Buffer | null) => (value === null ? null : Buffer.from(value))

let stage: FleetStage

beforeAll(async () => {
  stage = await openSharedStage({ apps: ['router', 'email', 'escalation'] })
}, OPEN_MS_MAX)

afterAll(async () => {
  await stage?.close()
})

it('records of every wrong kind are set aside as they came, with their reason, and the next one is delivered', async () => {
  const since = await readTopicEnds(stage.kafka, DLQ)
  const wrong = Object.entries(malformedRecords)
  expect(wrong.length).toBeGreaterThanOrEqual(50)
  const written = await stage.producer.publishMany(
    wrong.map(([name, value]) => ({ topic: TOPIC, key: name, value: bytesOf(value), headers: { 'x-mine': name } })),
  )
  const event = { type: 'X', message: 'hi', recipients: [guest('after-rubbish')], channels: ['EMAIL'] }
  await stage.producer.publishMany(
    [0, 1, 2].map((partition) => ({ topic: TOPIC, partition, value: JSON.stringify({ ...event, id: 'good' }) })),
  )

  await waitForEmail(stage, 'after-rubbish', { status: 'SENT' })
  const letters = await waitForLetters(wrong.length, since)
  for (const [index, [name, value]] of wrong.entries()) {
    const letter = letters.find(({ key }) => String(key) === name)
    expect(letter?.value, name).toEqual(bytesOf(value))
    expect(describeHeaders(letter), name).toEqual({
      'x-mine': name,
      'x-original-topic': TOPIC,
      'x-original-partition': String(written[index]?.partition),
      'x-original-offset': String(written[index]?.offset),
      'x-reason-code': 'malformed',
      'x-attempts': '1',
    })
    expect(String(letter?.headers['x-reason-message']).length, name).toBeGreaterThan(3)
    expect(Date.parse(String(letter?.headers['x-original-time'])), name).toBeGreaterThan(0)
    expect(Date.parse(String(letter?.headers['x-first-seen'])), name).toBeGreaterThan(0)
  }
  expect(await readMails(stage, 'nobody@example.com')).toEqual([])
})

it('a record that names a template which nobody has is set aside and says so', async () => {
  const since = await readTopicEnds(stage.kafka, DLQ)
  const value = JSON.stringify({ type: 'X', templateCode: 'NO_SUCH', recipientIds: ['ann'] })
  await stage.producer.publish({ topic: TOPIC, key: 'template', value })
  const [letter] = await waitForLetters(1, since)
  expect(String(letter?.headers['x-reason-code'])).toBe('template_unknown')
  expect(String(letter?.headers['x-reason-message'])).toContain('NO_SUCH')
})

it('a tenant that is no name is set aside', async () => {
  const since = await readTopicEnds(stage.kafka, DLQ)
  const value = JSON.stringify({ type: 'X', message: 'hi', recipients: [guest('tenantless')] })
  await stage.producer.publish({ topic: TOPIC, key: 'tenant', value, headers: { 'tenant-id': 'a\nb' } })
  const [letter] = await waitForLetters(1, since)
  expect(String(letter?.headers['x-reason-message'])).toContain('tenant-id')
})

it('an event of last week is set aside: it would reach people as stale news', async () => {
  const since = await readTopicEnds(stage.kafka, DLQ)
  const value = JSON.stringify({ type: 'X', message: 'hi', recipients: [guest('old')], channels: ['EMAIL'] })
  const timestampMs = Date.now() - 7 * 86_400_000 + 3_600_000
  await stage.producer.publish({ topic: TOPIC, key: 'old', value, timestampMs })
  const [letter] = await waitForLetters(1, since)
  expect(String(letter?.headers['x-reason-code'])).toBe('too_old')
  expect(await readMails(stage, 'old@example.com')).toEqual([])
})

it('a wrong read is set aside, and the next one is applied', async () => {
  const since = await readTopicEnds(stage.kafka, 'notification.read.dlq')
  const values = ['{', '{"notificationId":"x"}', '{"notificationId":"x","userId":"y","readAt":"yesterday"}']
  await stage.producer.publishMany(values.map((value) => ({ topic: 'notification.read', key: 'k', value })))
  const good = { notificationId: 'after-wrong-reads', userId: 'reader' }
  await stage.producer.publish({ topic: 'notification.read', key: 'k', value: JSON.stringify(good) })
  await vi.waitFor(
    async () => {
      const { rows } = await stage.pool.query(`SELECT FROM "Notification" WHERE "recipientId" = 'reader'`)
      expect(rows).toHaveLength(1)
    },
    { timeout: 20_000, interval: 50 },
  )
  const letters = await readTopic(stage.kafka, 'notification.read.dlq', since)
  expect(letters.map(({ value }) => String(value))).toEqual(values)
})

function describeHeaders(letter: TopicRecord | undefined): Record<string, string> {
  const told = ['x-original-time', 'x-first-seen', 'x-reason-message']
  return Object.fromEntries(
    Object.entries(letter?.headers ?? {}).flatMap(([name, value]) =>
      told.includes(name) ? [] : [[name, String(value)]],
    ),
  )
}

async function waitForLetters(count: number, since: ReadonlyMap<number, number>): Promise<TopicRecord[]> {
  return vi.waitFor(
    async () => {
      const letters = await readTopic(stage.kafka, DLQ, since)
      expect(letters).toHaveLength(count)
      return letters
    },
    { timeout: 20_000, interval: 200 },
  )
}
