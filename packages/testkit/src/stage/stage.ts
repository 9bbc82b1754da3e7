import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { channelTopic, type Lane, SENT_CHANNELS, topicDefinitions } from '@carillon/contracts'
import { mintApiKey, SCOPES } from '@carillon/http-api'
import { createProducer, createTopics, type KafkaAccess, type Producer, type Topics } from '@carillon/kafka'
import { createCredentialStore, openPool } from '@carillon/store'
import type { Pool } from 'pg'
import { type AppName, type Fleet, openFleet } from '../fleet/index.ts'
import { openTestDatabase } from '../postgres.ts'
import { type FakeSmtp, spawnFakeSmtp } from '../smtp/index.ts'
import { type ApiClient, createApiClient } from './api-client.ts'
import { type BrokerKind, type StageBroker, startBroker } from './broker.ts'
import { findFreePort } from './free-port.ts'
import { FLEET_GROUPS, moveGroups } from './kafka-groups.ts'
import { waitForTurn } from './turn.ts'

type Settings = Readonly<Record<string, string>>

export interface StageOptions {
  /** A broker of its own that can be killed, or the address of one that others use too, one stage after the other. */
  readonly broker: BrokerKind | { readonly address: string }
  /** A Postgres of its own, that can be killed; else the run's. */
  readonly postgres?: string
  readonly apps?: readonly AppName[]
  /** Of every topic that a channel reads. */
  readonly channelPartitions?: number
  /** Over QUICK_SETTINGS; a function where it depends on the database that was made. */
  readonly env?: Settings | ((databaseUrl: string) => Settings)
  readonly envOf?: Partial<Readonly<Record<AppName, Readonly<Record<string, string>>>>>
}

/** Everything that a fleet needs, and the fleet itself as processes of their own. */
export interface FleetStage {
  /** Absent where the broker is not ours to kill. */
  readonly broker?: StageBroker
  readonly kafka: KafkaAccess
  readonly producer: Producer
  readonly topics: Topics
  readonly databaseUrl: string
  readonly pool: Pool
  readonly smtp: FakeSmtp & { readonly pid: number }
  readonly fleet: Fleet
  readonly api: ApiClient
  /** What every process of the fleet is told, for one more beside them. */
  readonly env: Readonly<Record<string, string>>
  readonly logDir: string
  /** In reverse order, and the rest also when one of them fails. `keepLogs` for somebody who wants to know why. */
  close(options?: { keepLogs?: boolean }): Promise<void>
}

/** Milliseconds instead of the minutes of a real fleet, so that a fault and its repair fit into a test. */
export const QUICK_SETTINGS: Readonly<Record<string, string>> = {
  CARILLON_UNKNOWN_AFTER: '500',
  CARILLON_RESEND_AFTER: '100',
  CARILLON_WATCH_AFTER: '1000',
  CARILLON_WATCH_AFTER_URGENT: '500',
  EMAIL_WORKER_TIMEOUT: '5000',
  EMAIL_WORKER_BACKOFF: '500,1000,2000',
}

export const STAGE_SECRET = 'a secret for tests alone'

const ALL_APPS: readonly AppName[] = ['api', 'router', 'email', 'escalation']
const PARTITIONS = 3
const LANES: readonly Lane[] = ['urgent', 'normal']
const silence = { debug() {}, info() {}, warn() {}, error() {} }

/** Broker, database, mail server, topics and fleet; what was opened is closed again also when a later part fails. */
export async function openStage(options: StageOptions): Promise<FleetStage> {
  const closers: (() => Promise<unknown>)[] = []
  const keep = <T>(opened: T, close: (opened: T) => Promise<unknown>): T => {
    closers.push(() => close(opened))
    return opened
  }
  try {
    return await openParts(options, keep, () => closeAll(closers))
  } catch (error) {
    await closeAll(closers).catch(() => undefined)
    throw error
  }
}

type Keep = <T>(opened: T, close: (opened: T) => Promise<unknown>) => T

async function openParts(options: StageOptions, keep: Keep, closeParts: () => Promise<void>): Promise<FleetStage> {
  const dir = keep(await mkdtemp(join(tmpdir(), 'carillon-stage-')), async () => undefined)
  const opening = [
    openBroker(options.broker, dir, keep),
    openTestDatabase({ server: options.postgres }).then((opened) => keep(opened, ({ drop }) => drop())),
    spawnFakeSmtp({ file: join(dir, 'accepted.jsonl') }).then((opened) => keep(opened, (one) => one.close())),
  ] as const
  // What opens after another one has failed would be closed by nobody.
  await Promise.allSettled(opening)
  const [{ address, broker }, database, smtp] = await Promise.all(opening)
  const kafka = { connection: { brokers: [address], clientId: 'testkit' }, log: silence }
  const topics = keep(createTopics(kafka), (one) => one.close())
  await topics.ensureTopics(defineTopics(options.channelPartitions))
  if (broker === undefined) await moveGroups(address, FLEET_GROUPS, 'latest')
  const pool = keep(openPool({ connectionString: database.url, max: 4, applicationName: 'testkit' }), (one) =>
    one.end(),
  )
  const producer = keep(createProducer({ ...kafka }), (one) => one.close())
  const port = await findFreePort()
  const api = createApiClient(`http://127.0.0.1:${port}`, await saveApiKey(pool))
  const logDir = join(dir, 'logs')
  const own = typeof options.env === 'function' ? options.env(database.url) : options.env
  const env = { ...environmentOf(address, database.url, smtp.port), WEBHOOKS_URL: `${api.url}/webhooks`, ...own }
  const fleet = keep(
    await openFleet({
      apps: options.apps ?? ALL_APPS,
      env,
      envOf: { ...options.envOf, api: { PORT: String(port), ...options.envOf?.api } },
      logDir,
    }),
    (one) => one.close(),
  )
  return {
    ...(broker && { broker }),
    ...{ kafka, producer, topics, databaseUrl: database.url, pool, smtp, fleet, api, env, logDir },
    async close({ keepLogs = false } = {}) {
      await closeParts()
      if (!keepLogs) await rm(dir, { recursive: true, force: true })
    },
  }
}

function defineTopics(channelPartitions = PARTITIONS) {
  const ofChannels = new Set(SENT_CHANNELS.flatMap((channel) => LANES.map((lane) => channelTopic(channel, lane))))
  return topicDefinitions(PARTITIONS).map((topic) =>
    ofChannels.has(topic.name) ? { ...topic, partitions: channelPartitions } : topic,
  )
}

async function openBroker(wanted: StageOptions['broker'], dir: string, keep: Keep) {
  if (typeof wanted === 'object') {
    keep(await waitForTurn(), (turn) => turn.end())
    return { address: wanted.address, broker: undefined }
  }
  const broker = keep(await startBroker(wanted, join(dir, 'broker')), (one) => one.stop())
  return { address: broker.address, broker }
}

function environmentOf(address: string, databaseUrl: string, smtpPort: number): Record<string, string> {
  return {
    ...QUICK_SETTINGS,
    DATABASE_URL: databaseUrl,
    KAFKA_BROKER: address,
    CARILLON_SECRET: STAGE_SECRET,
    SMTP_HOST: '127.0.0.1',
    SMTP_PORT: String(smtpPort),
    SENDER_EMAIL: 'hello@carillon.test',
  }
}

async function saveApiKey(pool: Pool): Promise<string> {
  const { id, secretHash, token } = mintApiKey()
  const key = { id, secretHash, tenantId: 'default', name: 'stage', scopes: SCOPES, expiresAt: null }
  await createCredentialStore({ pool }).saveApiKey(key)
  return token
}

async function closeAll(closers: (() => Promise<unknown>)[]): Promise<void> {
  const failures: unknown[] = []
  for (let close = closers.pop(); close; close = closers.pop()) {
    await close().catch((error: unknown) => failures.push(error))
  }
  if (failures.length > 0) throw new AggregateError(failures, 'close the stage')
}
