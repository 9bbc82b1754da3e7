import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from './expect.ts'
import { run } from './tools.ts'

// A broker in a process of its own, on a port that stays the same when it is killed and started again.
export interface Target {
  readonly name: 'embedded' | 'kafka'
  readonly address: string
  // Where a topic's first partition keeps its segments.
  logDirectory(topic: string): string
  kill(): Promise<void>
  start(): Promise<void>
  stop(): Promise<void>
}

const brokerProcess = fileURLToPath(new URL('./broker-process.ts', import.meta.url))
const kafkaScript = fileURLToPath(new URL('../../infra/kafka-local/kafka.sh', import.meta.url))

export async function startEmbedded(): Promise<Target> {
  const dataDir = await mkdtemp(join(tmpdir(), 'conformance-embedded-'))
  let child = await spawnBroker(dataDir, 0).catch(async (cause: unknown) => {
    await rm(dataDir, { recursive: true, force: true })
    throw cause
  })
  const { port } = child
  return {
    name: 'embedded',
    address: `127.0.0.1:${port}`,
    logDirectory: (topic) => join(dataDir, 'topics', topic, '0'),
    async kill() {
      child.process.kill('SIGKILL')
      await child.process.exited
    },
    async start() {
      child = await spawnBroker(dataDir, port)
    },
    async stop() {
      child.process.kill('SIGTERM')
      await child.process.exited
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

async function spawnBroker(dataDir: string, port: number) {
  const child = Bun.spawn([process.execPath, brokerProcess, dataDir, String(port)], {
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'inherit',
  })
  for await (const chunk of child.stdout) {
    const ready = /^ready (\d+)/.exec(Buffer.from(chunk).toString())
    if (ready) return { process: child, port: Number(ready[1]) }
  }
  throw new Error('the embedded broker ended before it was ready')
}

export async function startKafka(): Promise<Target> {
  const dataDir = await mkdtemp(join(tmpdir(), 'conformance-kafka-'))
  const address = await callKafka(['start', '--port', '0', '--data', dataDir])
  return {
    name: 'kafka',
    address,
    logDirectory: (topic) => join(dataDir, 'logs', `${topic}-0`),
    async kill() {
      const pid = Number(await readFile(join(dataDir, 'kafka.pid'), 'utf8'))
      process.kill(pid, 'SIGKILL')
      while (isAlive(pid)) await Bun.sleep(20)
    },
    async start() {
      await callKafka(['start', '--data', dataDir])
    },
    async stop() {
      await callKafka(['stop', '--data', dataDir])
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

async function callKafka(args: string[]): Promise<string> {
  const { code, out, err } = await run([kafkaScript, ...args])
  expect(code === 0, `kafka.sh ${args[0]} ended with ${code}: ${err.trim().slice(-300)}`)
  return out.trim()
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
