import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { readTestConfig } from '@carillon/testkit'
import { createTopics, type KafkaAccess } from '../src/index.ts'

const run = promisify(execFile)
const script = join(import.meta.dirname, '../../../infra/kafka-local/kafka.sh')

export interface TestBroker {
  readonly address: string
  close(): Promise<void>
}

export interface KillableBroker extends TestBroker {
  /** Resolves once the process is gone: a script that starts it again would find it still there, and do nothing. */
  kill(): Promise<void>
  restart(): Promise<void>
}

/** Apache Kafka of its own, on an empty data directory. */
export async function startKafka(properties = ''): Promise<KillableBroker> {
  const data = await mkdtemp(join(tmpdir(), 'carillon-kafka-'))
  const file = join(data, 'extra.properties')
  await writeFile(file, properties)
  const { stdout } = await run(script, ['start', '--port', '0', '--data', data, '--properties', file])
  return {
    address: stdout.trim(),
    async kill() {
      const pid = Number(await readFile(join(data, 'kafka.pid'), 'utf8'))
      process.kill(pid, 'SIGKILL')
      await waitUntil(
        () => !isRunning(pid),
        () => `process ${pid} is still there`,
      )
    },
    restart: async () => void (await run(script, ['start', '--data', data])),
    async close() {
      await run(script, ['stop', '--data', data])
      await rm(data, { recursive: true, force: true })
    },
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** The endpoint that the run names, else an Apache Kafka for this file. */
export async function openBroker(): Promise<TestBroker> {
  const { kafka: address } = readTestConfig()
  if (address === undefined) return startKafka()
  return { address, close: async () => undefined }
}

const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
const loud = {
  ...quiet,
  warn: (...line: unknown[]) => console.warn(...line),
  error: (...line: unknown[]) => console.error(...line),
}

export function accessTo(address: string): KafkaAccess {
  const log = readTestConfig().isLoud ? loud : quiet
  return { connection: { brokers: [address], clientId: 'carillon-test' }, log }
}

/** A topic that no other test or run uses. */
export async function createTopic(access: KafkaAccess, partitions = 3, configs = {}): Promise<string> {
  const name = `test.${randomUUID()}`
  const topics = createTopics(access)
  await topics.ensureTopics([{ name, partitions, configs }])
  await topics.close()
  return name
}

export interface RawRecord {
  readonly partition: number
  readonly offset: number
  readonly ts: number
  readonly key: string | null
  readonly payload: string | null
  readonly headers?: readonly string[]
}

/** All that the topic holds, read by a client that is not ours. */
export async function readTopic(address: string, topic: string, extra: readonly string[] = []): Promise<RawRecord[]> {
  const args = ['-b', address, '-C', '-t', topic, '-e', '-q', '-J', ...extra]
  const { stdout } = await run('kcat', args, { maxBuffer: 256 * 1024 * 1024, timeout: 30_000 })
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
}

export async function produceWithKcat(
  address: string,
  topic: string,
  args: readonly string[],
  lines: readonly string[],
) {
  const child = execFile('kcat', ['-b', address, '-P', '-t', topic, ...args])
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  child.stdin?.end(lines.map((line) => `${line}\n`).join(''))
  const code = await ended
  if (code !== 0) throw new Error(`kcat ended with ${code}`)
}

/** Resolves when `claim` holds; fails after the limit with what was last seen. */
export async function waitUntil(claim: () => boolean | Promise<boolean>, describe: () => string, limitMs = 20_000) {
  const endMs = Date.now() + limitMs
  while (!(await claim())) {
    if (Date.now() > endMs) throw new Error(`waited ${limitMs} ms: ${describe()}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
