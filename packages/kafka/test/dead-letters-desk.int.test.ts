import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  createDeadLetterDesk,
  createDeadLetters,
  createProducer,
  createTopics,
  type KafkaAccess,
  type Producer,
  type Topics,
} from '../src/index.ts'
import { readSpans } from '../src/read-spans.ts'
import { accessTo, createTopic, openBroker, type TestBroker } from './broker.ts'

let broker: TestBroker
let access: KafkaAccess
let topics: Topics
let producer: Producer
let desk: ReturnType<typeof createDeadLetterDesk>
let dlq: string
let source: string

beforeAll(async () => {
  broker = await openBroker()
  access = accessTo(broker.address)
  topics = createTopics(access)
  producer = createProducer(access)
  desk = createDeadLetterDesk({ access, topics, producer, tenantHeader: 'tenant-id', defaultTenant: 'default' })
  dlq = await createTopic(access, 2)
  source = `notification.${await createTopic(access, 1)}`
  await topics.ensureTopics([{ name: source, partitions: 1 }])
  await refuse(5, 'acme')
  await refuse(2, 'other')
}, 60_000)
afterAll(async () => {
  await producer.close()
  await topics.close()
  await broker.close()
})

async function refuse(count: number, tenant: string): Promise<void> {
  const letters = createDeadLetters(producer)
  for (let offset = 0; offset < count; offset++) {
    const headers = { 'tenant-id': Buffer.from(tenant), mine: Buffer.from([0xff]) }
    const value = offset === 0 ? Buffer.from([0xc3, 0x28]) : Buffer.from(`{"n":${offset}}`)
    const record = { offset, key: Buffer.from(`${tenant}-${offset}`), value, headers, timestampMs: 1_000 + offset }
    await letters.send(dlq, { topic: source, partition: 0, record, reason: 'malformed', message: 'no message' })
  }
}

async function listAll(tenantId: string, limit: number) {
  const pages: string[][] = []
  for (let before: string | undefined; ; ) {
    const page = await desk.listDeadLetters({ tenantId, topic: dlq, before, limit })
    pages.push(page.deadLetters.map(({ key }) => key ?? ''))
    if (page.before === null) return pages
    before = page.before
  }
}

test('a tenant sees its own dead letters page by page, each once and the newest first', async () => {
  const pages = await listAll('acme', 2)
  expect(pages.flat()).toEqual(['acme-4', 'acme-3', 'acme-2', 'acme-1', 'acme-0'])
  expect(pages.slice(0, 2).map((page) => page.length)).toEqual([2, 2])
  expect((await listAll('other', 50)).flat()).toEqual(['other-1', 'other-0'])
  expect(await listAll('nobody', 50)).toEqual([[]])
}, 30_000)

test('a dead letter says why and where from, and a value that is no text is null', async () => {
  const { deadLetters } = await desk.listDeadLetters({ tenantId: 'other', topic: dlq, before: undefined, limit: 10 })
  expect(deadLetters).toMatchObject([
    { ...{ reason: 'malformed', message: 'no message', attempts: 1, originalOffset: '1' }, value: '{"n":1}' },
    { originalTopic: source, originalPartition: 0, originalOffset: '0', value: null, tenantId: 'other' },
  ])
}, 30_000)

test('what is replayed comes back byte for byte where it came from, and nobody replays the letters of others', async () => {
  const { deadLetters } = await desk.listDeadLetters({ tenantId: 'acme', topic: dlq, before: undefined, limit: 10 })
  const places = deadLetters.slice(3).map(({ partition, offset }) => ({ partition, offset }))
  const unknown = { partition: 0, offset: '999999' }
  expect((await desk.replayDeadLetters('acme', dlq, [...places, unknown])).map(({ answer }) => answer)).toEqual([
    'replayed',
    'replayed',
    'not_found',
  ])
  expect((await desk.replayDeadLetters('other', dlq, places)).map(({ answer }) => answer)).toEqual(
    Array(2).fill('not_found'),
  )
  const records = await readSpans(access, source, [{ partition: 0, from: 0, to: 2 }])
  expect(records.map(({ key }) => String(key)).sort()).toEqual(['acme-0', 'acme-1'])
  expect(records.map(({ value }) => value).find((value) => value?.[0] === 0xc3)).toEqual(Buffer.from([0xc3, 0x28]))
  const { headers = {} } = records[0] ?? {}
  const kept = { 'tenant-id': Buffer.from('acme'), mine: Buffer.from([0xff]), 'x-attempts': Buffer.from('1') }
  expect(headers).toEqual({ ...kept, 'x-first-seen': expect.any(Buffer) })
}, 30_000)
