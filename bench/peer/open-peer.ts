import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FleetStage } from '@carillon/testkit'
import { Queue } from 'bullmq'
import type { Lap } from '../figure.ts'
import { untilCount } from '../fleet-laps.ts'
import { buildMessages, type PeerMessage } from './messages.ts'
import { EMPTY_PEER_TABLES, PEER_TABLES } from './statements.ts'

export type PeerKind = 'a job a message' | 'two stages in batches' | 'one stage, tuned'

const MESSAGES_A_JOB: Readonly<Record<PeerKind, number>> = {
  'a job a message': 1,
  'two stages in batches': 100,
  'one stage, tuned': 500,
}
const STAGES: Readonly<Record<PeerKind, readonly string[]>> = {
  'a job a message': ['plan', 'send'],
  'two stages in batches': ['plan', 'send'],
  'one stage, tuned': ['both'],
}

/** BullMQ on a Redis of its own, and the same Postgres: a process a stage, as ours has one an app. */
export async function openPeer(kind: PeerKind, { pool, databaseUrl }: FleetStage) {
  const redis = await startRedis()
  await pool.query(PEER_TABLES)
  const workers = await Promise.all(STAGES[kind].map((stage) => startWorker(stage, redis.port, databaseUrl)))
  const queue = new Queue<readonly PeerMessage[]>('plan', { connection: { host: '127.0.0.1', port: redis.port } })
  return {
    async drain(count: number): Promise<Lap> {
      for (const worker of workers) worker.kill('SIGSTOP')
      await pool.query(EMPTY_PEER_TABLES)
      await addJobs(queue, buildMessages(count), MESSAGES_A_JOB[kind])
      const startedMs = performance.now()
      for (const worker of workers) worker.kill('SIGCONT')
      await untilCount(pool, 'peer_delivery', `status = 'SENT'`, count)
      return { count, ms: performance.now() - startedMs }
    },
    async close() {
      for (const worker of workers) worker.kill('SIGKILL')
      await queue.close()
      await redis.close()
    },
  }
}

async function addJobs(queue: Queue, messages: readonly PeerMessage[], messagesAJob: number): Promise<void> {
  const jobs = []
  for (let from = 0; from < messages.length; from += messagesAJob)
    jobs.push({ name: 'plan', data: messages.slice(from, from + messagesAJob), opts: JOB_OPTIONS })
  for (let from = 0; from < jobs.length; from += 1_000) await queue.addBulk(jobs.slice(from, from + 1_000))
}

const JOB_OPTIONS = { removeOnComplete: true, attempts: 3 }

async function startWorker(stage: string, redisPort: number, databaseUrl: string): Promise<ChildProcess> {
  const worker = spawn(
    process.execPath,
    [join(import.meta.dirname, 'worker-process.ts'), stage, String(redisPort), databaseUrl],
    { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] },
  )
  await once(worker, 'message')
  return worker
}

/** Durable as Redis is by habit: an append-only file, synced every second. */
async function startRedis() {
  const dir = await mkdtemp(join(tmpdir(), 'carillon-bench-redis-'))
  const port = await findFreePort()
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'yes', '--dir', dir]
  const server = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'inherit'] })
  for await (const chunk of server.stdout) if (String(chunk).includes('Ready to accept')) break
  return {
    port,
    async close() {
      const exited = once(server, 'exit')
      server.kill('SIGTERM')
      await exited
      await rm(dir, { recursive: true, force: true })
    },
  }
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('find a free port: none')
  return address.port
}
