import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as rest } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

export type BrokerKind = 'embedded' | 'kafka'

/** A broker in a process of its own; killed and started again, it serves the same data on the same port. */
export interface StageBroker {
  readonly address: string
  /** Of the process that serves now, for whoever stops or starves it. */
  readPid(): Promise<number>
  /** Also when it is gone already. */
  kill(): Promise<void>
  start(): Promise<void>
  stop(): Promise<void>
}

export function startBroker(kind: BrokerKind, dataDir: string): Promise<StageBroker> {
  return kind === 'kafka' ? startApacheKafka(dataDir) : startEmbedded(dataDir)
}

const EMBEDDED_MAIN = fileURLToPath(new URL('./embedded-broker.ts', import.meta.url))
const KAFKA_SCRIPT = fileURLToPath(new URL('../../../../infra/kafka-local/kafka.sh', import.meta.url))
const GONE_MS_MAX = 10_000

async function startEmbedded(dataDir: string): Promise<StageBroker> {
  await mkdir(dataDir, { recursive: true })
  let running = await spawnEmbedded(dataDir, 0)
  const { port } = running
  return {
    address: `127.0.0.1:${port}`,
    async readPid() {
      if (running.child.pid === undefined) throw new Error('the embedded broker has no pid')
      return running.child.pid
    },
    async kill() {
      await end(running.child, 'SIGKILL')
    },
    async start() {
      running = await spawnEmbedded(dataDir, port)
    },
    async stop() {
      await end(running.child, 'SIGTERM')
    },
  }
}

async function spawnEmbedded(dataDir: string, port: number): Promise<{ child: ChildProcess; port: number }> {
  const child = spawn(process.execPath, [EMBEDDED_MAIN, dataDir, String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit').then(([code]) =>
    Promise.reject(new Error(`start the embedded broker: it ended with ${code}`)),
  )
  ended.catch(() => undefined)
  const [line] = await Promise.race([once(createInterface(child.stdout), 'line'), ended])
  return { child, port: Number(/^ready (\d+)/.exec(line)?.[1]) }
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill(signal)
  await exited
}

async function startApacheKafka(dataDir: string): Promise<StageBroker> {
  const address = await callScript(['start', '--port', '0', '--data', dataDir])
  const readPid = async () => Number(await readFile(join(dataDir, 'kafka.pid'), 'utf8'))
  return {
    address,
    readPid,
    async kill() {
      const pid = await readPid()
      if (isRunning(pid)) process.kill(pid, 'SIGKILL')
      await waitUntilGone(pid)
    },
    async start() {
      await callScript(['start', '--data', dataDir])
    },
    async stop() {
      await callScript(['stop', '--data', dataDir])
    },
  }
}

/** Its broker is no child of ours but of a session of its own. */
async function waitUntilGone(pid: number): Promise<void> {
  for (const deadlineMs = performance.now() + GONE_MS_MAX; performance.now() < deadlineMs; await rest(20)) {
    if (!isRunning(pid)) return
  }
  throw new Error(`kill Apache Kafka: process ${pid} is still there`)
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

async function callScript(args: readonly string[]): Promise<string> {
  const child = spawn('sh', [KAFKA_SCRIPT, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  const output = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk) => {
    output.stdout += chunk
  })
  child.stderr.on('data', (chunk) => {
    output.stderr += chunk
  })
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`Apache Kafka: ${output.stderr.trim() || `kafka.sh ended with ${code}`}`)
  return output.stdout.trim()
}
