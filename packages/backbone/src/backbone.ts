import { groupOf } from '@carillon/contracts'
import {
  type Consumer,
  type ConsumerOptions,
  createDeadLetters,
  createProducer,
  createTopics,
  type DeadLetters,
  type KafkaAccess,
  type KafkaLog,
  type Producer,
  runConsumer,
  type Topics,
} from '@carillon/kafka'
import type { DependencyCheck } from '@carillon/process'
import { createOutboxAnnouncer } from '@carillon/routing'
import { type Announce, createClockStore, isPostgresOutage, openPool, PLANS_KEPT_SECONDS } from '@carillon/store'

import { CACHES_INBOXES, type InboxCache, openInboxCache } from './inbox-cache.ts'
import { createOutageGate } from './outage-gate.ts'
import { type BackboneConfig, dataKeysOf, kafkaConnectionOf } from './settings.ts'

/**
 * What every process of the fleet holds on to: Postgres and Kafka, opened in one order and closed in the other. A
 * database that is away pauses the consumers and is waited for; a consumer that dies ends the process.
 */
type Pool = ReturnType<typeof openPool>

export interface Backbone {
  readonly pool: Pool
  /** For who reads Kafka on the side. */
  readonly kafka: KafkaAccess
  readonly producer: Producer
  readonly topics: Topics
  readonly deadLetters: DeadLetters
  /** Publishes an outbox row right after its commit. */
  readonly announce: Announce
  /** Lists of inboxes; every commit through `pool` forgets what it changed. */
  readonly inboxCache: InboxCache | undefined
  readonly persist: <T>(statement: () => Promise<T>) => Promise<T>
  consume(options: ConsumeOptions): Promise<Consumer>
  checkReadiness(): Promise<readonly DependencyCheck[]>
  /** Consumers first; `drain` runs once they fetch nothing more, while what they hold is still waited for. */
  close(drain?: () => Promise<void>): Promise<void>
}

export type ConsumeOptions = Omit<ConsumerOptions, 'connection' | 'log' | 'onFatal' | 'groupId'>

export interface BackboneOptions {
  readonly name: string
  readonly config: BackboneConfig
  readonly log: KafkaLog
  readonly onFatal: (error: unknown) => void
  /** For a process whose statements are for a few rows each: planning them would take longer than they do. */
  readonly keepsPlans?: boolean
}

const READINESS_MS_MAX = 2_000

export async function openBackbone(options: BackboneOptions): Promise<Backbone> {
  const { name, config, log, onFatal, keepsPlans = false } = options
  const connection = kafkaConnectionOf(config, `carillon-${name}`)
  const inboxCache = await openInboxCache(name, config, log)
  const pool = openPool({
    connectionString: config.DATABASE_URL,
    applicationName: `carillon-${name}${inboxCache ? CACHES_INBOXES : ''}`,
    max: config.POSTGRES_POOL,
    hot: true,
    ...(keepsPlans && { plansKeptSeconds: PLANS_KEPT_SECONDS }),
    dataKeys: dataKeysOf(config),
    ...(inboxCache && { onInboxChange: inboxCache.forget }),
  })
  const producer = createProducer({ connection, log })
  const topics = createTopics({ connection, log })
  const consumers: Consumer[] = []
  const gate = createOutageGate({
    isOutage: isPostgresOutage,
    onDown(error) {
      log.warn({ err: error }, 'postgres.down')
      for (const consumer of consumers) consumer.pause()
    },
    onUp(downMs) {
      log.info({ downMs }, 'postgres.up')
      for (const consumer of consumers) consumer.resume()
    },
  })
  const { deleteOutbox } = createClockStore({ pool, announce: () => undefined })
  const outbox = createOutboxAnnouncer({
    publisher: producer,
    deleteOutbox,
    onFailure: (error, rows) => log.warn({ err: error, rows }, 'outbox.unpublished'),
  })

  async function consume(options: ConsumeOptions): Promise<Consumer> {
    const groupId = groupOf(options.topic)
    const onConsumerFatal: ConsumerOptions['onFatal'] = (reason) =>
      onFatal(
        new Error(`consume ${options.topic}: ${reason.reason}`, { cause: 'error' in reason ? reason.error : reason }),
      )
    const sessionTimeoutMs = config.KAFKA_SESSION_TIMEOUT
    const consumer = await runConsumer({
      sessionTimeoutMs,
      ...options,
      connection,
      log,
      groupId,
      onFatal: onConsumerFatal,
    })
    consumers.push(consumer)
    if (!gate.isOpen()) consumer.pause()
    return consumer
  }

  async function close(drain: () => Promise<void> = async () => undefined): Promise<void> {
    gate.close()
    const closed = consumers.map((consumer) => consumer.close())
    await drain()
    await Promise.all(closed)
    await outbox.close()
    await Promise.all([producer.close(), topics.close()])
    await pool.end()
    await inboxCache?.close()
  }

  return {
    pool,
    kafka: { connection, log },
    producer,
    topics,
    deadLetters: createDeadLetters(producer),
    announce: outbox.announce,
    inboxCache,
    persist: gate.persist,
    consume,
    checkReadiness: () => Promise.all([checkPostgres(pool), checkKafka(topics)]),
    close,
  }
}

async function checkPostgres(pool: Pool): Promise<DependencyCheck> {
  const limit = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error('no answer in time')), READINESS_MS_MAX).unref()
  })
  try {
    await Promise.race([pool.query('SELECT 1'), limit])
    return { name: 'postgres', ok: true }
  } catch (error) {
    return { name: 'postgres', ok: false, problem: error instanceof Error ? error.message : String(error) }
  }
}

async function checkKafka(topics: Topics): Promise<DependencyCheck> {
  const ok = await topics.isReachable(READINESS_MS_MAX)
  return ok ? { name: 'kafka', ok } : { name: 'kafka', ok, problem: 'no broker answers' }
}
