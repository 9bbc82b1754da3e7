import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openEmbeddedPostgres } from '@carillon/embedded'
import {
  type AppName,
  type BrokerKind,
  type FakeSms,
  type FleetStage,
  openStage,
  spawnFakeSms,
} from '@carillon/testkit'
import { waitUntil } from '../fleet/wait-until.ts'
import { type CutProxy, openCutProxy } from './cut-proxy.ts'
import { type OwnRedis, openOwnRedis } from './own-redis.ts'

export const APPS = [
  'api',
  'router',
  'fanout',
  'email',
  'sms',
  'receipts',
  'escalation',
] as const satisfies readonly AppName[]

export interface FaultStage extends FleetStage {
  readonly postgres: {
    /** Of the server, if it runs. */
    findPid(): Promise<number | undefined>
    /** kill -9 of the server, which nobody else uses; it is started again at once, as a supervisor would. */
    kill(): Promise<void>
    waitUntilUp(): Promise<void>
  }
  /** Between the fleet and Postgres. */
  readonly proxy: CutProxy
  readonly redis: OwnRedis
  readonly twilio: FakeSms
  /** What a process alone is told, from its next start on. */
  readonly ownEnv: Record<'router' | 'email' | 'escalation', Record<string, string>>
}

const ACCOUNT = { accountSid: `AC${'0'.repeat(32)}`, authToken: 'a token for tests alone' }

const settings = {
  // The shortest that Kafka allows: a process that is killed leaves its seat for as long.
  KAFKA_SESSION_TIMEOUT: '6000',
  NOTIFICATION_CACHE: 'true',
  CARILLON_USER_HOURLY_MAX: '100000',
  CARILLON_FANOUT_LEASE: '2000',
  CARILLON_ASK_EVERY: '500',
  CARILLON_ASK_FOR: '8000',
  EMAIL_WORKER_CONCURRENCY: '20',
  SMS_WORKER_TIMEOUT: '5000',
  SMS_WORKER_BACKOFF: '500,1000,2000',
  TWILIO_ACCOUNT_SID: ACCOUNT.accountSid,
  TWILIO_AUTH_TOKEN: ACCOUNT.authToken,
  TWILIO_PHONE_NUMBER: '+15005550006',
}

/** A fleet with a broker, a Postgres and a Redis of its own, so that all may be killed; limits of providers are 5 s. */
export async function openFaultStage(broker: BrokerKind): Promise<FaultStage> {
  const closers: (() => Promise<unknown>)[] = []
  const closeParts = async () => {
    for (let close = closers.pop(); close; close = closers.pop()) await close().catch(() => undefined)
  }
  try {
    return await openParts(broker, closers, closeParts)
  } catch (error) {
    await closeParts()
    throw error
  }
}

async function openParts(
  broker: BrokerKind,
  closers: (() => Promise<unknown>)[],
  closeParts: () => Promise<void>,
): Promise<FaultStage> {
  const dataDir = await mkdtemp(join(tmpdir(), 'carillon-faults-'))
  closers.push(() => rm(dataDir, { recursive: true, force: true }))
  const postgres = await openEmbeddedPostgres({ dataDir })
  closers.push(() => postgres.close())
  const redis = await openOwnRedis(dataDir)
  closers.push(() => redis.kill())
  const twilio = await spawnFakeSms('twilio', ACCOUNT)
  closers.push(() => twilio.close())
  const proxy = await openCutProxy(join(postgres.socketDir, `.s.PGSQL.${new URL(postgres.url).port}`))
  closers.push(() => proxy.close())
  const ownEnv: FaultStage['ownEnv'] = { router: {}, email: {}, escalation: {} }
  const stage = await openStage({
    ...{ broker, postgres: postgres.url, apps: APPS, envOf: ownEnv },
    env: (databaseUrl) => ({
      ...settings,
      DATABASE_URL: throughProxy(databaseUrl, proxy.port),
      REDIS_URL: redis.url,
      TWILIO_BASE_URL: twilio.url,
    }),
  })
  const waitUntilUp = async () => {
    await waitUntil('Postgres up', BACK_MS_MAX, async () => {
      const seen = await readServerPid(stage.pool)
      return { isSo: seen > 0, seen }
    })
  }
  const findPid = async () => {
    const text = await readFile(join(dataDir, 'pgdata', 'postmaster.pid'), 'utf8').catch(() => '')
    const pid = Number.parseInt(text, 10)
    // A full disk leaves half a number there, which is somebody else's.
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    return command.includes(postgres.socketDir) ? pid : undefined
  }
  return {
    ...stage,
    ...{ proxy, redis, twilio, ownEnv },
    postgres: {
      findPid,
      waitUntilUp,
      async kill() {
        const pid = await findPid()
        if (pid !== undefined) process.kill(pid, 'SIGKILL')
        await waitUntilUp()
      },
    },
    async close(options) {
      await stage.close(options).finally(closeParts)
    },
  }
}

/** The same user and database by another way. */
function throughProxy(databaseUrl: string, port: number): string {
  const url = new URL(databaseUrl)
  url.hostname = '127.0.0.1'
  url.port = String(port)
  url.searchParams.delete('host')
  return url.href
}

/** Connections that were open when it was killed answer with an error; a new one is let in after the recovery. */
async function readServerPid(pool: FaultStage['pool']): Promise<number> {
  const { rows } = await pool.query<{ pid: number }>('SELECT pg_backend_pid() AS pid').catch(() => ({ rows: [] }))
  return rows[0]?.pid ?? 0
}

const BACK_MS_MAX = 60_000
