import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type KafkaAccess, runConsumer } from '../src/index.ts'
import { accessTo, createTopic, openBroker, produceWithKcat, type TestBroker, waitUntil } from './broker.ts'

let broker: TestBroker
let access: KafkaAccess

beforeAll(async () => {
  broker = await openBroker()
  access = accessTo(broker.address)
}, 60_000)
afterAll(() => broker.close())

// Compressible and not, short and long: each codec has a way of its own for both.
const noise = Array.from({ length: 400 }, (_, i) => ((i * 7919) % 1_000_003).toString(36)).join('')
const lines = Array.from({ length: 500 }, (_, i) => `${i}:${i % 5 === 0 ? noise : 'ab'.repeat(i)}`)

async function consume(topic: string): Promise<string[]> {
  const seen: string[] = []
  const consumer = await runConsumer({
    ...access,
    topic,
    handle: async ({ records }) => void seen.push(...records.map(({ value }) => `${value}`)),
    onFatal: ({ reason }) => seen.push(reason),
  })
  await waitUntil(
    () => seen.length >= lines.length,
    () => `${seen.length} records`,
  )
  await consumer.close()
  return seen
}

test.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'])('records that kcat wrote with %s are read', async (codec) => {
  const topic = await createTopic(access, 1)
  await produceWithKcat(broker.address, topic, ['-z', codec], lines)
  expect(await consume(topic)).toEqual(lines)
})

test.each(['snappy', 'lz4', 'zstd'])("records that Java's producer wrote with %s are read", async (codec) => {
  const topic = await createTopic(access, 1)
  const tool = join(import.meta.dirname, '../../../infra/kafka-local/tool.sh')
  const args = ['kafka-console-producer', '--bootstrap-server', broker.address, '--topic', topic]
  const child = execFile(tool, [...args, '--compression-codec', codec])
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.stdin?.end(lines.map((line) => `${line}\n`).join(''))
  expect(await ended).toBe(0)
  expect(await consume(topic)).toEqual(lines)
})
