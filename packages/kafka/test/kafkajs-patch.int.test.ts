import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import { afterAll, expect, test, vi } from 'vitest'
import { openTwoVersions } from './original-kafkajs.ts'

// The client without the patch is the specification: same input, same bytes.
const { original, patched, remove } = openTwoVersions()
afterAll(remove)

const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array))
const text = fc.string({ unit: 'grapheme', maxLength: 60 })
const field = fc.oneof(bytes, text, fc.constant(null))
const header = fc.oneof(bytes, text, fc.array(fc.oneof(bytes, text), { maxLength: 3 }))
const message = fc.record({
  key: field,
  value: field,
  headers: fc.dictionary(text, header, { maxKeys: 4, noNullPrototype: true }),
})
const NOW = 1_795_000_000_000

function both<Module, Input, Output>(path: string, run: (module: Module, input: Input) => Output) {
  const [before, after]: [Module, Module] = [original(path), patched(path)]
  return async (input: Input) => {
    const [expected, actual] = [await run(before, input), await run(after, input)]
    expect(actual).toEqual(expected)
  }
}

test('the patch is in force, and the copy is without it', () => {
  const source = (version: typeof patched) => String(version('protocol/recordBatch/crc32C/crc32C.js'))
  expect(source(patched)).toContain('SLICES')
  expect(source(original)).not.toContain('SLICES')
})

test('produce requests have the same bytes', async () => {
  vi.spyOn(Date, 'now').mockReturnValue(NOW)
  type Request = (options: object) => { encode(): Promise<{ buffer: Buffer }> }
  const isSame = both('protocol/requests/produce/v7/request.js', async (request: Request, topicData: object[]) => {
    const { buffer } = await request({ acks: -1, timeout: 30_000, topicData }).encode()
    return buffer.toString('hex')
  })
  const partition = (messages: fc.Arbitrary<object>) =>
    fc.record({ partition: fc.nat(99), messages: fc.array(messages, { minLength: 1, maxLength: 40 }) })
  const timed = fc
    .tuple(message, fc.integer({ min: -2_000, max: 2_000_000 }))
    .map(([of, ms]) => ({ ...of, timestamp: String(NOW + ms) }))
  const farApart = fc
    .tuple(message, fc.integer({ min: 1_000_000_000_000, max: NOW }))
    .map(([of, ms]) => ({ ...of, timestamp: String(ms) }))
  const topic = fc.record({
    topic: text,
    partitions: fc.array(fc.oneof(partition(message), partition(timed), partition(farApart)), {
      minLength: 1,
      maxLength: 3,
    }),
  })
  await fc.assert(fc.asyncProperty(fc.array(topic, { minLength: 1, maxLength: 3 }), isSame), { numRuns: 150 })
  vi.restoreAllMocks()
})

test('compressed produce requests have the same bytes', async () => {
  vi.spyOn(Date, 'now').mockReturnValue(NOW)
  type Request = (options: object) => { encode(): Promise<{ buffer: Buffer }> }
  const isSame = both('protocol/requests/produce/v7/request.js', async (request: Request, messages: object[]) => {
    const topicData = [{ topic: 't', partitions: [{ partition: 0, messages }] }]
    const { buffer } = await request({ acks: -1, timeout: 30_000, compression: 1, topicData }).encode()
    return buffer.toString('hex')
  })
  await fc.assert(fc.asyncProperty(fc.array(message, { minLength: 1, maxLength: 30 }), isSame), { numRuns: 50 })
  vi.restoreAllMocks()
})

test('numbers have the same bytes and sizes', async () => {
  interface Encoding {
    new (): { buffer: Buffer } & Record<string, (value: unknown) => unknown>
    sizeOfVarInt(value: number): number
    sizeOfVarLong(value: unknown): number
  }
  const isSame = both('protocol/encoder.js', (Encoder: Encoding, [method, value]: [string, unknown]) => {
    const encoder = new Encoder()
    encoder[method]?.(value)
    const size = method === 'writeVarLong' ? Encoder.sizeOfVarLong(value) : Encoder.sizeOfVarInt(Number(value))
    return [encoder.buffer.toString('hex'), size]
  })
  const int32 = fc.oneof(
    fc.integer(),
    fc.constantFrom(0, -1, 63, 64, -64, -65, 8191, 8192, 2 ** 30, -(2 ** 30), 2 ** 31 - 1, -(2 ** 31)),
  )
  const safe = fc.oneof(
    int32,
    fc.maxSafeInteger(),
    fc.constantFrom(2 ** 30 - 1, 2 ** 31, -(2 ** 31) - 1, 2 ** 32, 2 ** 53 - 1, -(2 ** 53) + 1),
  )
  const calls = fc.oneof(
    fc.tuple(fc.constantFrom('writeVarInt', 'writeUVarInt', 'writeInt32'), int32),
    fc.tuple(fc.constantFrom('writeVarLong', 'writeInt64'), safe),
    fc.tuple(fc.constant('writeInt64'), safe.map(String)),
  )
  await fc.assert(fc.asyncProperty(calls, isSame), { numRuns: 3_000 })
})

test('checksums are the same at every length', async () => {
  const isSame = both('protocol/recordBatch/crc32C/index.js', (crc32C: (of: Buffer) => number, of: Buffer) =>
    crc32C(of),
  )
  for (let length = 0; length < 40; length++) await isSame(Buffer.alloc(length, 0xe7))
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 5_000 }).map((of) => Buffer.from(of)),
      isSame,
    ),
  )
  // From RFC 3720, B.4.
  const crc32C: (of: Buffer) => number = patched('protocol/recordBatch/crc32C/index.js')
  expect(crc32C(Buffer.alloc(32))).toBe(0x8a9136aa)
  expect(crc32C(Buffer.from(Array.from({ length: 32 }, (_, i) => i)))).toBe(0x46dd794e)
})

test('keys hash to the same partitions', async () => {
  const isSame = both('producer/partitioners/default/murmur2.js', (murmur2: (of: unknown) => number, of: unknown) =>
    murmur2(of),
  )
  await fc.assert(fc.asyncProperty(fc.oneof(bytes, text, fc.integer()), isSame), { numRuns: 3_000 })
  // From Java's Utils.murmur2.
  const murmur2: (of: string) => number = patched('producer/partitioners/default/murmur2.js')
  expect(['user-1', 'u', '', 'ключ'].map(murmur2)).toEqual([1404122828, -1111134317, 275646681, 2122343024])
})

test('messages are grouped by partition in the same order', async () => {
  const isSame = both('producer/groupMessagesPerPartition.js', (group: (of: object) => object, partitions: number[]) =>
    group({
      topic: 't',
      partitionMetadata: [{ partitionId: 0, leader: 1 }],
      messages: partitions.map((partition, i) => ({ partition, value: `${i}` })),
      partitioner: ({ message }: { message: { partition: number } }) => message.partition,
    }),
  )
  await fc.assert(fc.asyncProperty(fc.array(fc.nat(6), { maxLength: 60 }), isSame))
})

// The original takes what every object inherits for an earlier value of the header.
function hasOwnNames({ headers }: { readonly headers: object }): boolean {
  return Object.keys(headers).every((name) => !(name in Object.prototype))
}

interface GivenBatch {
  readonly records: readonly { readonly of: object; readonly timestampDelta: number }[]
}

async function encodeBatch({ records, ...rest }: GivenBatch): Promise<Buffer> {
  const { RecordBatch } = original('protocol/recordBatch/v0/index.js') as {
    RecordBatch(of: object): Promise<{ buffer: Buffer }>
  }
  const Record = original('protocol/recordBatch/record/v0/index.js') as (of: object) => object
  const encoded = records.map(({ of, timestampDelta }, i) => Record({ ...of, timestampDelta, offsetDelta: i }))
  return (await RecordBatch({ ...rest, records: encoded })).buffer
}

/** What a fetch answered with these bytes is read as. */
function readFetched(version: typeof patched, bytes: Buffer): Promise<object[]> {
  const Encoder = original('protocol/encoder.js') as new () => {
    writeInt32(size: number): { writeBuffer(of: Buffer): { buffer: Buffer } }
  }
  const Decoder = version('protocol/decoder.js') as new (of: Buffer) => object
  const decode = version('protocol/requests/fetch/v4/decodeMessages.js') as (decoder: object) => Promise<object[]>
  return decode(new Decoder(new Encoder().writeInt32(bytes.length).writeBuffer(bytes).buffer))
}

test('record batches are read the same, whatever their offsets, times and headers', async () => {
  const offset = fc.oneof(fc.nat(), fc.maxSafeInteger().map(Math.abs), fc.bigInt({ min: 2n ** 52n, max: 2n ** 62n }))
  const delta = fc.oneof(fc.integer({ min: -100, max: 100_000 }), fc.maxSafeInteger())
  const record = fc.record({ of: message.filter(hasOwnNames), timestampDelta: delta })
  const batch = fc.record({
    firstOffset: offset,
    firstTimestamp: offset,
    compression: fc.constantFrom(0, 1),
    records: fc.array(record, { minLength: 1, maxLength: 20 }),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(batch, { minLength: 1, maxLength: 3 }), fc.nat(200), async (batches, cut) => {
      const all = Buffer.concat(await Promise.all(batches.map(encodeBatch)))
      // A fetch may cut the last batch anywhere.
      const bytes = all.subarray(0, Math.max(61, all.length - cut))
      expect(await readFetched(patched, bytes)).toEqual(await readFetched(original, bytes))
    }),
    { numRuns: 150 },
  )
})

test('a header is what was sent, also where every object inherits something of its name', async () => {
  const headers = { toString: 'a', valueOf: ['b', 'c'], constructor: '' }
  const records = [{ of: { key: null, value: 'x', headers }, timestampDelta: 0 }]
  const [read] = await readFetched(patched, await encodeBatch({ records }))
  const sent = {
    toString: Buffer.from('a'),
    valueOf: [Buffer.from('b'), Buffer.from('c')],
    constructor: Buffer.alloc(0),
  }
  expect(read).toHaveProperty('headers', sent)
})

test('an idle request queue holds no timer, a throttled one still sends', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
  const RequestQueue = patched('network/requestQueue/index.js') as new (
    options: object,
  ) => {
    push(request: object): void
    fulfillRequest(response: object): void
    maybeThrottle(ms: number): void
    inflight: Map<number, unknown>
  }
  const logger = { debug: () => undefined, warn: () => undefined }
  const queue = new RequestQueue({ maxInFlightRequests: 1, requestTimeout: 1_000, clientId: 'c', broker: 'b', logger })
  const sent: number[] = []
  const push = (correlationId: number) =>
    queue.push({
      entry: { correlationId, resolve: () => undefined, reject: () => undefined },
      expectResponse: true,
      sendRequest: () => sent.push(correlationId),
    })
  push(1)
  queue.fulfillRequest({ correlationId: 1, payload: null, size: 0 })
  expect(vi.getTimerCount()).toBe(0)
  queue.maybeThrottle(300)
  push(2)
  push(3)
  expect(sent).toEqual([1])
  await vi.advanceTimersByTimeAsync(301)
  expect(sent).toEqual([1, 2])
  queue.fulfillRequest({ correlationId: 2, payload: null, size: 0 })
  await vi.advanceTimersByTimeAsync(50)
  expect(sent).toEqual([1, 2, 3])
  vi.useRealTimers()
  await setImmediate()
})
