import { afterAll, beforeAll, expect, test } from 'vitest'
import { apiVersions } from '../../src/broker/protocol/api-versions.ts'
import { errorCode } from '../../src/broker/protocol/error-codes.ts'
import { listOffsets } from '../../src/broker/protocol/list-offsets.ts'
import { produce } from '../../src/broker/protocol/produce.ts'
import { deleteRecords, deleteTopics } from '../../src/broker/protocol/topic-admin.ts'
import { readBatchHeader } from '../../src/broker/wire/record-batch.ts'
import { type Client, createTopic, fetchAnswer, fetchFrom, openClient, produceTo } from './ask.ts'
import { buildBatch } from './build-batch.ts'
import { openTestBroker, type TestBroker } from './open-test-broker.ts'

let broker: TestBroker
let client: Client

beforeAll(async () => {
  broker = await openTestBroker()
  client = await openClient(broker)
})

afterAll(async () => {
  client.close()
  await broker.remove()
})

test('the ranges that it speaks are the ones that it announces', async () => {
  const { apiKeys } = await client.ask(apiVersions, 2, {})
  const ranges = Object.fromEntries(
    apiKeys.map(({ apiKey, minVersion, maxVersion }) => [apiKey, `${minVersion}-${maxVersion}`]),
  )
  expect(ranges).toEqual({
    0: '0-7',
    1: '4-11',
    2: '1-2',
    3: '0-4',
    8: '2-5',
    9: '1-4',
    10: '0-1',
    11: '0-5',
    12: '0-3',
    13: '0-1',
    14: '0-3',
    15: '0-2',
    16: '0-2',
    18: '0-2',
    19: '2-4',
    20: '1-1',
    21: '0-1',
    22: '0-1',
    32: '1-2',
    33: '0-1',
    35: '1-1',
    37: '0-1',
    42: '0-1',
    44: '0-0',
    47: '0-0',
  })
})

test('an ApiVersions that is too new is answered in the oldest form and the connection goes on', async () => {
  const tooNew = { ...apiVersions, request: apiVersions.request }
  const body = { read: () => ({}), write: () => {} }
  const oldest = {
    read: (from: Parameters<typeof apiVersions.response.read>[0]) => apiVersions.response.read(from, 0),
    write: () => {},
  }
  const answer = await client.ask({ ...tooNew, request: body, response: oldest }, 4, {})
  expect(answer).toEqual({
    errorCode: errorCode.unsupportedVersion,
    apiKeys: [{ apiKey: 18, minVersion: 0, maxVersion: 2 }],
    throttleTimeMs: 0,
  })
  expect((await client.ask(apiVersions, 0, {})).errorCode).toBe(0)
})

test('any other version that was not announced ends the connection', async () => {
  const other = await openClient(broker)
  await expect(
    other.ask({ ...produce, key: 68 }, 0, { transactionalId: null, acks: 1, timeoutMs: 1, topics: [] }),
  ).rejects.toThrow('closed')
})

test('a batch comes back byte for byte but for the offset and epoch that the broker sets', async () => {
  await createTopic(client, 'bytes')
  await produceTo(client, 'bytes', buildBatch({ values: ['a', 'b'] }))
  const sent = buildBatch({ values: ['c', 'd', 'e'] })
  expect(await produceTo(client, 'bytes', Buffer.from(sent))).toMatchObject({ errorCode: 0, baseOffset: 2 })
  const { records } = await fetchFrom(client, 'bytes', { offset: 3 })
  expect(records?.subarray(16)).toEqual(sent.subarray(16))
  expect(readBatchHeader(records ?? Buffer.alloc(0)).baseOffset).toBe(2)
})

test('what cannot be stored is refused with the code that says why', async () => {
  await createTopic(client, 'strict', { 'max.message.bytes': '200' })
  const batch = () => buildBatch({ values: ['a'] })
  const damaged = batch()
  damaged.writeUInt8(damaged.readUInt8(damaged.length - 1) ^ 1, damaged.length - 1)
  expect((await produceTo(client, 'strict', damaged)).errorCode).toBe(errorCode.corruptMessage)
  expect((await produceTo(client, 'strict', null)).errorCode).toBe(errorCode.invalidRecord)
  expect((await produceTo(client, 'strict', buildBatch({ values: ['x'.repeat(200)] }))).errorCode).toBe(
    errorCode.messageTooLarge,
  )
  expect((await produceTo(client, 'strict', batch(), 2)).errorCode).toBe(errorCode.invalidRequiredAcks)
  expect((await produceTo(client, 'nowhere', batch())).errorCode).toBe(errorCode.unknownTopicOrPartition)
  expect((await fetchFrom(client, 'strict')).highWatermark).toBe(0)
})

test('produces without acknowledgement get no answer; one that fails ends the connection', async () => {
  await createTopic(client, 'silent')
  const other = await openClient(broker)
  const wish = (name: string) => ({
    transactionalId: null,
    acks: 0,
    timeoutMs: 1_000,
    topics: [{ name, partitions: [{ index: 0, records: buildBatch({ values: ['a'] }) }] }],
  })
  void other.ask(produce, 7, wish('silent')).catch(() => {})
  expect((await other.ask(apiVersions, 0, {})).errorCode).toBe(0)
  void other.ask(produce, 7, wish('nowhere')).catch(() => {})
  await other.closed
  expect((await fetchFrom(client, 'silent', { maxWaitMs: 1_000 })).highWatermark).toBe(1)
})

test('produces that follow each other on one connection share their syncs', async () => {
  await createTopic(client, 'shared')
  const before = broker.stats().fdatasyncs
  const results = await Promise.all(
    Array.from({ length: 50 }, (_, index) => produceTo(client, 'shared', buildBatch({ values: [`v${index}`] }))),
  )
  expect(results.map(({ baseOffset }) => baseOffset)).toEqual(Array.from({ length: 50 }, (_, index) => index))
  expect(broker.stats().fdatasyncs - before).toBeLessThan(25)
})

test('answers leave in the order of the requests, also where a later one is done first', async () => {
  await createTopic(client, 'ordered')
  const answered: number[] = []
  const send = async (index: number, acks: number) => {
    await produceTo(client, 'ordered', buildBatch({ values: ['a'] }), acks)
    answered.push(index)
  }
  await Promise.all([send(0, -1), send(1, 1), send(2, -1), send(3, 1)])
  expect(answered).toEqual([0, 1, 2, 3])
})

test('an idempotent batch that is sent again gets its first offset, and nothing is stored twice', async () => {
  await createTopic(client, 'idempotent')
  const send = (baseSequence: number) =>
    produceTo(client, 'idempotent', buildBatch({ values: ['a', 'b'], producerId: 5, producerEpoch: 1, baseSequence }))
  expect(await send(0)).toMatchObject({ errorCode: 0, baseOffset: 0 })
  expect(await send(2)).toMatchObject({ errorCode: 0, baseOffset: 2 })
  expect(await send(0)).toMatchObject({ errorCode: 0, baseOffset: 0 })
  expect((await send(7)).errorCode).toBe(errorCode.outOfOrderSequence)
  expect((await fetchFrom(client, 'idempotent')).highWatermark).toBe(4)
})

test('a poll waits for its time, and a produce wakes it', async () => {
  await createTopic(client, 'polled')
  const startMs = performance.now()
  await fetchFrom(client, 'polled', { maxWaitMs: 150 })
  expect(performance.now() - startMs).toBeGreaterThanOrEqual(145)
  const other = await openClient(broker)
  const polled = fetchFrom(client, 'polled', { maxWaitMs: 20_000 })
  await produceTo(other, 'polled', buildBatch({ values: ['wake'] }))
  expect((await polled).records?.length).toBeGreaterThan(0)
  other.close()
})

test('a poll for many bytes is not woken by few', async () => {
  await createTopic(client, 'patient')
  const batch = () => buildBatch({ values: ['x'.repeat(500)] })
  const other = await openClient(broker)
  const polled = fetchFrom(client, 'patient', { maxWaitMs: 20_000, minBytes: batch().length * 3 })
  for (let count = 0; count < 3; count++) await produceTo(other, 'patient', batch())
  expect((await polled).records?.length).toBe(batch().length * 3)
  other.close()
})

test('a poll on a topic that is deleted ends with the error', async () => {
  await createTopic(client, 'deleted')
  const other = await openClient(broker)
  const polled = fetchFrom(client, 'deleted', { maxWaitMs: 20_000 })
  await other.ask(deleteTopics, 1, { names: ['deleted'], timeoutMs: 1_000 })
  expect((await polled).errorCode).toBe(errorCode.unknownTopicOrPartition)
  other.close()
})

test('one byte is asked, one whole batch comes; more batches come only as far as they fit', async () => {
  await createTopic(client, 'limited')
  const batch = buildBatch({ values: ['x'.repeat(100)] })
  for (let count = 0; count < 4; count++) await produceTo(client, 'limited', Buffer.from(batch))
  expect((await fetchFrom(client, 'limited', { maxBytes: 1 })).records?.length).toBe(batch.length)
  expect((await fetchFrom(client, 'limited', { maxBytes: batch.length * 2 + 5 })).records?.length).toBe(
    batch.length * 2,
  )
})

test('an offset that does not exist, a topic that does not exist and a session that was never given are refused', async () => {
  await createTopic(client, 'refusing')
  const nothing = { highWatermark: -1, lastStableOffset: -1, logStartOffset: -1 }
  expect(await fetchFrom(client, 'refusing', { offset: 1, maxWaitMs: 5_000 })).toMatchObject({
    errorCode: 1,
    ...nothing,
  })
  expect(await fetchFrom(client, 'nowhere', { maxWaitMs: 5_000 })).toMatchObject({ errorCode: 3, ...nothing })
  expect((await fetchAnswer(client, 'refusing', { sessionId: 9 })).errorCode).toBe(errorCode.fetchSessionIdNotFound)
})

async function offsetOf(topic: string, timestamp: number) {
  const answer = await client.ask(listOffsets, 2, {
    replicaId: -1,
    isolationLevel: 0,
    topics: [{ name: topic, partitions: [{ index: 0, timestamp }] }],
  })
  const { errorCode: code, offset, timestamp: found } = answer.topics[0]?.partitions[0] ?? {}
  return [code, offset, found]
}

test('a time leads to the first record at or after it', async () => {
  await createTopic(client, 'timed')
  await produceTo(client, 'timed', buildBatch({ values: ['a', 'b'], timestamps: [100, 200] }))
  await produceTo(client, 'timed', buildBatch({ values: ['c', 'd'], timestamps: [300, 400] }))
  expect(await offsetOf('timed', -1)).toEqual([0, 4, -1])
  expect(await offsetOf('timed', -2)).toEqual([0, 0, -1])
  expect(await offsetOf('timed', 150)).toEqual([0, 1, 200])
  expect(await offsetOf('timed', 300)).toEqual([0, 2, 300])
  expect(await offsetOf('timed', 401)).toEqual([0, -1, -1])
  expect(await offsetOf('timed', -3)).toEqual([errorCode.unsupportedVersion, -1, -1])
})

test('records before the new start are gone, also after a restart', async () => {
  await createTopic(client, 'shortened')
  for (const value of ['a', 'b', 'c']) await produceTo(client, 'shortened', buildBatch({ values: [value] }))
  const cut = async (offset: number) => {
    const topics = [{ name: 'shortened', partitions: [{ index: 0, offset }] }]
    const answer = await client.ask(deleteRecords, 1, { topics, timeoutMs: 1_000 })
    return answer.topics[0]?.partitions[0]
  }
  expect(await cut(4)).toMatchObject({ errorCode: errorCode.offsetOutOfRange })
  expect(await cut(2)).toMatchObject({ errorCode: 0, lowWatermark: 2 })
  expect((await fetchFrom(client, 'shortened', { offset: 1 })).errorCode).toBe(errorCode.offsetOutOfRange)
  client.close()
  broker = await broker.reopen()
  client = await openClient(broker)
  expect(await offsetOf('shortened', -2)).toEqual([0, 2, -1])
  expect(await cut(-1)).toMatchObject({ errorCode: 0, lowWatermark: 3 })
})
