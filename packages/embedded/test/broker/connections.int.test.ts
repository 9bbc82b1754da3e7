import { connect, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import type { BrokerEvent, BrokerOptions } from '../../src/broker/index.ts'
import { askMetadata, type Client, createTopic, fetchFrom, openClient, produceTo } from './ask.ts'
import { buildBatch } from './build-batch.ts'
import { openTestBroker, type TestBroker } from './open-test-broker.ts'

const opened: { close(): void }[] = []
const brokers: TestBroker[] = []

afterEach(async () => {
  for (const client of opened.splice(0)) client.close()
  for (const broker of brokers.splice(0)) await broker.remove()
})

async function open(options?: Partial<BrokerOptions>): Promise<TestBroker> {
  const broker = await openTestBroker(options)
  brokers.push(broker)
  return broker
}

async function openTracked(broker: TestBroker): Promise<Client> {
  const client = await openClient(broker)
  opened.push(client)
  return client
}

function reasons(broker: TestBroker): string[] {
  return broker.events.flatMap((event: BrokerEvent) => (event.event === 'connection.closed' ? [event.reason] : []))
}

function openSocket(broker: TestBroker): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port: broker.port })
  opened.push({ close: () => socket.destroy() })
  socket.on('error', () => {})
  return new Promise((resolve) => socket.once('connect', () => resolve(socket)))
}

function frameHead(size: number): Buffer {
  const head = Buffer.alloc(14)
  head.writeInt32BE(size)
  return head
}

test('garbage and oversized frames end their own connection, which says why', async () => {
  const broker = await open({ frameBytesMax: 1_000_000 })
  const good = await openTracked(broker)
  for (const rubbish of [Buffer.from('GET / HTTP/1.1\r\n\r\n'), frameHead(2 ** 31 - 1), frameHead(-7)]) {
    const bad = await openTracked(broker)
    bad.sendRaw(rubbish)
    await bad.closed
  }
  expect(reasons(broker)).toEqual([
    'a frame of 1195725856 bytes is larger than 1000000',
    'a frame of 2147483647 bytes is larger than 1000000',
    'a frame of -7 bytes cannot hold a request',
  ])
  expect((await askMetadata(good)).brokers).toHaveLength(1)
})

test('a request that cannot be read ends the connection, with the cause', async () => {
  const broker = await open()
  const bad = await openTracked(broker)
  const frame = Buffer.alloc(4 + 30, 0xff)
  frame.writeInt32BE(30)
  // Metadata 4 with a topic list of 2^31 - 1.
  frame.writeInt16BE(3, 4)
  frame.writeInt16BE(4, 6)
  frame.writeInt32BE(1, 8)
  frame.writeInt16BE(-1, 12)
  frame.writeInt32BE(2 ** 31 - 1, 14)
  bad.sendRaw(frame)
  await bad.closed
  const failed = broker.events.find((event) => event.event === 'request.failed')
  expect(String(failed?.cause)).toMatch('read an array of 2147483647')
})

test('half a frame, a connection that asks nothing and one that is idle are closed after their time', async () => {
  const broker = await open({ limits: { frameMs: 100, firstRequestMs: 200, idleMs: 300 } })
  const half = await openTracked(broker)
  half.sendRaw(frameHead(500))
  await half.closed
  const silent = await openTracked(broker)
  await silent.closed
  const idle = await openTracked(broker)
  await askMetadata(idle)
  await idle.closed
  expect(reasons(broker)).toEqual([
    'a frame was not complete after 100 ms',
    'it asked nothing for 200 ms',
    'it was idle for 300 ms',
  ])
})

test('a poll that waits longer than the idle time is no idle connection', async () => {
  const broker = await open({ limits: { idleMs: 100, frameMs: 50 } })
  const client = await openTracked(broker)
  await createTopic(client, 't')
  expect((await fetchFrom(client, 't', { maxWaitMs: 400 })).errorCode).toBe(0)
})

test('strangers that take every place make way for a client that asks', async () => {
  const broker = await open({ connectionsMax: 20 })
  for (let count = 0; count < 20; count++) await openSocket(broker)
  const client = await openTracked(broker)
  expect((await askMetadata(client)).brokers).toHaveLength(1)
  expect(reasons(broker)).toEqual(['it asked nothing and its place was needed'])
  expect(broker.stats().connections).toBe(20)
})

test('when every place is taken by clients, a further connection is refused', async () => {
  const broker = await open({ connectionsMax: 3 })
  for (let count = 0; count < 3; count++) await askMetadata(await openTracked(broker))
  const refused = await openTracked(broker)
  await refused.closed
  expect(reasons(broker)).toEqual(['there are too many connections'])
})

test('unfinished frames cannot fill the memory: whoever holds the most is closed', async () => {
  const broker = await open({ limits: { incomingBytesMax: 1_000_000 } })
  const good = await openTracked(broker)
  const greedy = await Promise.all(Array.from({ length: 5 }, () => openTracked(broker)))
  for (const client of greedy) client.sendRaw(Buffer.concat([frameHead(10_000_000), Buffer.alloc(400_000)]))
  await Promise.any(greedy.map(({ closed }) => closed))
  expect(reasons(broker)[0]).toMatch(/^unfinished requests hold \d+ bytes/)
  expect((await askMetadata(good)).brokers).toHaveLength(1)
})

test('a request almost as large as a frame may be is taken while others hold half frames', async () => {
  const broker = await open()
  const client = await openTracked(broker)
  await createTopic(client, 't', { 'max.message.bytes': String(32 * 1024 * 1024) })
  const halves = await Promise.all(Array.from({ length: 3 }, () => openTracked(broker)))
  for (const half of halves) half.sendRaw(Buffer.concat([frameHead(30_000_000), Buffer.alloc(1_000_000)]))
  expect((await produceTo(client, 't', buildBatch({ values: ['x'.repeat(30_000_000)] }))).errorCode).toBe(0)
  expect(reasons(broker)).toEqual([])
})

test('a reader that stops reading is closed, and does not keep others from their records', async () => {
  const broker = await open({ limits: { drainMs: 500, outgoingBytesMax: 4_000_000, frameMs: 100 } })
  const good = await openTracked(broker)
  await createTopic(good, 't')
  for (let count = 0; count < 12; count++) await produceTo(good, 't', buildBatch({ values: ['x'.repeat(1_000_000)] }))
  const slow = await Promise.all(Array.from({ length: 8 }, () => openTracked(broker)))
  for (const client of slow) {
    client.pause()
    for (let count = 0; count < 4; count++) void fetchFrom(client, 't', { maxBytes: 8_000_000 }).catch(() => {})
  }
  await Promise.all(slow.map(({ resume, closed }) => waitWhilePaused(broker, resume).then(() => closed)))
  expect(reasons(broker)).toContain('an answer was not read for 500 ms')
  expect((await fetchFrom(good, 't')).errorCode).toBe(0)
})

// A paused socket does not notice that it was closed, so it is read again once the broker has given up on all of them.
async function waitWhilePaused(broker: TestBroker, resume: () => void): Promise<void> {
  while (broker.stats().connections > 1) await new Promise((resolve) => setTimeout(resolve, 20))
  resume()
}

test('1,000 idle connections and half frames leave it serving', async () => {
  const broker = await open()
  const before = process.memoryUsage().rss
  const sockets: Socket[] = []
  for (let count = 0; count < 1_000; count++) sockets.push(await openSocket(broker))
  for (const socket of sockets.slice(0, 500)) socket.write(frameHead(30_000_000))
  const client = await openTracked(broker)
  await createTopic(client, 't')
  expect((await produceTo(client, 't', buildBatch({ values: ['a'] }))).errorCode).toBe(0)
  expect(broker.stats().connections).toBe(1_001)
  expect(process.memoryUsage().rss - before).toBeLessThan(150_000_000)
})

test('a port that is taken is a problem that names the port, and leaves the directory free and clean', async () => {
  const taken = await open()
  const broker = await open()
  const client = await openTracked(broker)
  await createTopic(client, 't')
  await produceTo(client, 't', buildBatch({ values: ['a'] }))
  await broker.close()
  const { dataDir } = broker
  await expect(openTestBroker({ dataDir, port: taken.port })).rejects.toThrow(`listen on 127.0.0.1:${taken.port}`)
  const reopened = await open({ dataDir })
  expect((await fetchFrom(await openTracked(reopened), 't')).highWatermark).toBe(1)
})

test('closing takes less than a second, also with polls under way', async () => {
  const broker = await open()
  const client = await openTracked(broker)
  await createTopic(client, 't')
  const polled = fetchFrom(client, 't', { maxWaitMs: 60_000 })
  polled.catch(() => {})
  const startMs = performance.now()
  await broker.close()
  expect(performance.now() - startMs).toBeLessThan(900)
  await expect(polled).rejects.toThrow('closed')
})
