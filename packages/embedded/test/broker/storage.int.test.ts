import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { appendFileSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { openBroker } from '../../src/broker/index.ts'
import { errorCode } from '../../src/broker/protocol/error-codes.ts'
import { type Client, createTopic, fetchFrom, openClient, produceTo } from './ask.ts'
import { buildBatch } from './build-batch.ts'
import { createFakeClock } from './fake-clock.ts'
import { openTestBroker, type TestBroker } from './open-test-broker.ts'

const cleanups: (() => unknown)[] = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function open(options?: Parameters<typeof openTestBroker>[0]): Promise<TestBroker> {
  const broker = await openTestBroker(options)
  cleanups.push(() => broker.remove())
  return broker
}

async function openTracked(broker: { port: number }): Promise<Client> {
  const client = await openClient(broker)
  cleanups.push(() => client.close())
  return client
}

function segmentsOf(dataDir: string, topic: string): string[] {
  const directory = join(dataDir, 'topics', topic, '0')
  return readdirSync(directory)
    .filter((name) => name.endsWith('.log'))
    .sort()
    .map((name) => join(directory, name))
}

interface Child {
  readonly port: number
  readonly recovered: string
  order(word: string): Promise<string>
  kill(): Promise<void>
}

const script = fileURLToPath(new URL('./broker-process.ts', import.meta.url))

async function spawnBroker(command: string[]): Promise<Child> {
  const [program = '', ...args] = command
  const child: ChildProcessByStdio<Writable, Readable, null> = spawn(program, args, {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const kill = async () => {
    child.kill('SIGKILL')
    await exited
  }
  cleanups.push(kill)
  const ready: string = (await lines.next()).value ?? ''
  const [, port = '', recovered = ''] = /^ready (\d+) (.*)$/.exec(ready) ?? []
  if (port === '') throw new Error(`the broker did not start: ${ready}`)
  return {
    port: Number(port),
    recovered,
    async order(word) {
      child.stdin.write(`${word}\n`)
      return (await lines.next()).value ?? ''
    },
    kill,
  }
}

function makeDataDir(): string {
  const dataDir = mkdtempSync(join(tmpdir(), 'broker-'))
  cleanups.push(() => rmSync(dataDir, { recursive: true, force: true }))
  return dataDir
}

test('every acknowledged record survives kill -9, and a torn tail is cut and reported', async () => {
  const dataDir = makeDataDir()
  const first = await spawnBroker([process.execPath, script, dataDir])
  const client = await openTracked(first)
  await createTopic(client, 't')
  for (const value of ['a', 'b']) await produceTo(client, 't', buildBatch({ values: [value] }))
  await first.kill()
  const [segment = ''] = segmentsOf(dataDir, 't')
  const intactBytes = statSync(segment).size
  appendFileSync(segment, buildBatch({ values: ['torn'] }).subarray(0, 50))
  const second = await spawnBroker([process.execPath, script, dataDir])
  expect(JSON.parse(second.recovered)).toEqual({
    cuts: [{ file: segment, bytesKept: intactBytes, bytesCut: 50, nextOffset: 2 }],
    offsetBytesCut: 0,
  })
  const again = await openTracked(second)
  expect((await fetchFrom(again, 't')).records?.length).toBe(intactBytes)
  expect(await produceTo(again, 't', buildBatch({ values: ['c'] }))).toMatchObject({ errorCode: 0, baseOffset: 2 })
})

test('a batch whose bytes changed on disk is cut with all that follows it', async () => {
  const broker = await open()
  const client = await openTracked(broker)
  await createTopic(client, 't')
  const batch = buildBatch({ values: ['a'] })
  for (let count = 0; count < 3; count++) await produceTo(client, 't', Buffer.from(batch))
  await broker.close()
  const [segment = ''] = segmentsOf(broker.dataDir, 't')
  rmSync(join(broker.dataDir, 'clean-ends.json'))
  appendFileSync(segment, 'x')
  truncateSync(segment, batch.length * 3)
  const fs = await import('node:fs/promises')
  const file = await fs.open(segment, 'r+')
  await file.write(Buffer.from([0xff]), 0, 1, batch.length + 62)
  await file.close()
  const reopened = await open({ dataDir: broker.dataDir })
  expect(reopened.recovered.cuts).toMatchObject([
    { bytesKept: batch.length, bytesCut: batch.length * 2, nextOffset: 1 },
  ])
})

test('an idempotent producer is recognised after a crash and after a clean restart', async () => {
  const dataDir = makeDataDir()
  const send = async (client: Client) =>
    (await produceTo(client, 't', buildBatch({ values: ['a'], producerId: 3, producerEpoch: 0, baseSequence: 0 })))
      .baseOffset
  const killed = await spawnBroker([process.execPath, script, dataDir])
  const before = await openTracked(killed)
  await createTopic(before, 't')
  await produceTo(before, 't', buildBatch({ values: ['first'] }))
  expect(await send(before)).toBe(1)
  await killed.kill()
  const broker = await openTestBroker({ dataDir })
  expect(await send(await openTracked(broker))).toBe(1)
  const reopened = await broker.reopen()
  cleanups.push(() => reopened.close())
  expect(await send(await openTracked(reopened))).toBe(1)
})

test('a log of several segments is read through from any offset, also after a restart', async () => {
  const broker = await open()
  const client = await openTracked(broker)
  await createTopic(client, 't', { 'segment.bytes': '2000' })
  for (let count = 0; count < 40; count++) await produceTo(client, 't', buildBatch({ values: ['x'.repeat(300)] }))
  expect(segmentsOf(broker.dataDir, 't').length).toBeGreaterThan(5)
  const readAll = async (reader: Client) => {
    const offsets: number[] = []
    for (let offset = 0; offset < 40; offset++) {
      const { records } = await fetchFrom(reader, 't', { offset, maxBytes: 1 })
      offsets.push(Number(records?.readBigInt64BE(0)))
    }
    return offsets
  }
  const all = Array.from({ length: 40 }, (_, offset) => offset)
  expect(await readAll(client)).toEqual(all)
  const reopened = await broker.reopen()
  cleanups.push(() => reopened.close())
  expect(await readAll(await openTracked(reopened))).toEqual(all)
})

test('segments that are too old or too many are dropped, the newest records stay', async () => {
  const clock = createFakeClock()
  const broker = await open({ clock, limits: { retentionCheckMs: 20 } })
  const client = await openTracked(broker)
  await createTopic(client, 'big', { 'segment.bytes': '2000', 'retention.bytes': '4000' })
  await createTopic(client, 'old', { 'segment.bytes': '2000', 'retention.ms': '60000' })
  const timestamps = [clock.now()]
  for (let count = 0; count < 20; count++) {
    await produceTo(client, 'big', buildBatch({ values: ['x'.repeat(300)], timestamps }))
    await produceTo(client, 'old', buildBatch({ values: ['x'.repeat(300)], timestamps }))
  }
  await waitFor(() => !segmentsOf(broker.dataDir, 'big')[0]?.endsWith('/00000000000000000000.log'))
  expect((await fetchFrom(client, 'big', { offset: 19 })).errorCode).toBe(0)
  expect((await fetchFrom(client, 'big', { offset: 0 })).errorCode).toBe(errorCode.offsetOutOfRange)
  expect((await fetchFrom(client, 'old', { offset: 0 })).errorCode).toBe(0)
  clock.pass(60_001)
  await waitFor(() => segmentsOf(broker.dataDir, 'old').length === 0)
  expect((await fetchFrom(client, 'old', { offset: 20 })).errorCode).toBe(0)
  expect((await produceTo(client, 'old', buildBatch({ values: ['new'] }))).baseOffset).toBe(20)
})

async function waitFor(condition: () => boolean, limitMs = 5_000): Promise<void> {
  const deadline = performance.now() + limitMs
  while (!condition()) {
    if (performance.now() > deadline) throw new Error('it did not happen in time')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

test('a directory that another broker holds is refused with a sentence that names the holder', async () => {
  const broker = await open()
  await expect(openBroker({ dataDir: broker.dataDir })).rejects.toThrow(
    `${broker.dataDir} is in use by process ${process.pid}`,
  )
})

test('the directory is free again when its holder was killed', async () => {
  const dataDir = makeDataDir()
  const child = await spawnBroker([process.execPath, script, dataDir])
  await child.kill()
  const broker = await openBroker({ dataDir })
  await broker.close()
})

test('topics without their catalog are not taken for deleted ones', async () => {
  const broker = await open()
  const client = await openTracked(broker)
  await createTopic(client, 't')
  await produceTo(client, 't', buildBatch({ values: ['a'] }))
  await broker.close()
  rmSync(join(broker.dataDir, 'topics.json'))
  await expect(openBroker({ dataDir: broker.dataDir })).rejects.toThrow('topics.json is missing')
  expect(existsSync(segmentsOf(broker.dataDir, 't')[0] ?? '')).toBe(true)
})

test('an existing directory is open in less than 300 ms', async () => {
  const broker = await open()
  const client = await openTracked(broker)
  for (let count = 0; count < 20; count++) {
    await createTopic(client, `t${count}`)
    for (let batch = 0; batch < 5; batch++)
      await produceTo(client, `t${count}`, buildBatch({ values: ['x'.repeat(900_000)] }))
  }
  await broker.close()
  const startMs = performance.now()
  const reopened = await open({ dataDir: broker.dataDir })
  expect(performance.now() - startMs).toBeLessThan(300)
  expect(reopened.recovered.cuts).toEqual([])
})

// A disk of its own that can be filled: a small tmpfs in a mount namespace that ends with the process.
const onSmallDisk = ['unshare', '-rm', 'sh', '-c', 'mount -t tmpfs -o size=4m tmpfs "$0" && exec "$@"']

test('on a full disk producers get an error, nothing acknowledged is lost, and it goes on when there is room', async () => {
  const dataDir = makeDataDir()
  const child = await spawnBroker([...onSmallDisk, dataDir, process.execPath, script, dataDir])
  const client = await openTracked(child)
  await createTopic(client, 't')
  const large = () => buildBatch({ values: ['x'.repeat(300_000)] })
  expect((await produceTo(client, 't', large())).baseOffset).toBe(0)
  await child.order('fill')
  for (const acks of [-1, 1])
    expect((await produceTo(client, 't', large(), acks)).errorCode).toBe(errorCode.storageError)
  await expect(createTopic(client, 'other')).rejects.toThrow('error 56')
  // Nothing of the batches that did not fit is left behind.
  expect(await child.order('measure')).toBe(String(large().length))
  expect((await fetchFrom(client, 't')).highWatermark).toBe(1)
  expect(await child.order('reopen')).toBe('done')
  const again = await openTracked(child)
  expect((await fetchFrom(again, 't')).highWatermark).toBe(1)
  await child.order('free')
  expect(await produceTo(again, 't', large())).toMatchObject({ errorCode: 0, baseOffset: 1 })
  await createTopic(again, 'other')
  const { records } = await fetchFrom(again, 't')
  expect(records?.length).toBe(large().length * 2)
})
