import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import {
  type BrokerEvent,
  type BrokerLimits,
  type BrokerOptions,
  defaultConnectionsMax,
  defaultFrameBytesMax,
  defaultLimits,
} from './broker-options.ts'
import { type Clock, systemClock } from './clock.ts'
import { openCommittedOffsets } from './groups/committed-offsets.ts'
import { createGroupRegistry } from './groups/group-registry.ts'
import { sessionTimeoutMaxMs, sessionTimeoutMinMs } from './handlers/group-membership.ts'
import { offsetMetadataBytesMax } from './handlers/group-offsets.ts'
import { createRoutes } from './handlers/routes.ts'
import type { CutTail } from './log/recover-log.ts'
import { type Listener, listen } from './server/listen.ts'
import { createAnswerFrame } from './server/routes.ts'
import { lockDirectory } from './storage/lock-directory.ts'
import { openTopicStore } from './topics/topic-store.ts'

export interface Broker {
  // host:port, as clients want it.
  readonly address: string
  readonly host: string
  readonly port: number
  readonly recovered: Recovered
  stats(): BrokerStats
  close(): Promise<void>
}

// What the last process left half-written and this one cut off. Nothing that acks=all acknowledged is in it.
export interface Recovered {
  readonly cuts: readonly CutTail[]
  readonly offsetBytesCut: number
}

export interface BrokerStats {
  readonly connections: number
  readonly topics: number
  readonly partitions: number
  readonly fdatasyncs: number
  readonly storageFailures: number
}

const nodeId = 1
const closeGraceMs = 300

export async function openBroker(options: BrokerOptions): Promise<Broker> {
  const { dataDir, clock = systemClock, log = () => {} } = options
  const startedAtMs = performance.now()
  mkdirSync(dataDir, { recursive: true })
  const unlock = lockDirectory(dataDir)
  let storage: Storage | undefined
  try {
    storage = openStorage(dataDir, clock, log)
    const broker = await serve(options, storage, unlock)
    log({ event: 'broker.opened', host: broker.host, port: broker.port, durationMs: performance.now() - startedAtMs })
    return broker
  } catch (cause) {
    await storage?.close()
    unlock()
    throw cause
  }
}

async function serve(options: BrokerOptions, storage: Storage, unlock: () => void): Promise<Broker> {
  const { host = '127.0.0.1', clock = systemClock, log = () => {} } = options
  const limits = { ...defaultLimits, ...options.limits }
  const listener = await openListener(options, storage, limits)
  const stopRetention = keepRetention(storage, clock, limits.retentionCheckMs)
  let closed: Promise<void> | undefined

  async function close(): Promise<void> {
    const closingAtMs = performance.now()
    stopRetention()
    storage.groups.stop()
    try {
      await listener.close(closeGraceMs)
      await storage.close()
    } finally {
      unlock()
    }
    log({ event: 'broker.closed', durationMs: performance.now() - closingAtMs })
  }

  return {
    address: `${host}:${listener.port}`,
    host,
    port: listener.port,
    recovered: storage.recovered,
    stats: () => ({ connections: listener.connectionCount(), ...storage.stats() }),
    close() {
      closed ??= close()
      return closed
    },
  }
}

type Storage = ReturnType<typeof openStorage>

function openStorage(dataDir: string, clock: Clock, log: (event: BrokerEvent) => void) {
  let fdatasyncs = 0
  let storageFailures = 0
  const deps = {
    countSync() {
      fdatasyncs++
    },
    reportFailure(action: string, cause: unknown) {
      storageFailures++
      log({ event: 'storage.failed', action, cause })
    },
    reportDropped: (topic: string, partition: number, segments: number) =>
      log({ event: 'segments.dropped', topic, partition, segments }),
  }
  const topics = openTopicStore(dataDir, deps)
  const offsets = openCommittedOffsets(join(dataDir, 'offsets.log'), deps)
  const groups = createGroupRegistry({
    clock,
    reportGeneration: (groupId, generation, members) =>
      log({ event: 'group.rebalanced', groupId, generation, members }),
    reportEviction: (groupId, memberId, reason) => log({ event: 'member.evicted', groupId, memberId, reason }),
  })
  for (const cut of topics.cuts) log({ event: 'log.cut', ...cut })
  const recovered: Recovered = { cuts: topics.cuts, offsetBytesCut: offsets.bytesCut }

  return {
    topics,
    offsets,
    groups,
    recovered,
    reportFailure: deps.reportFailure,
    stats: () => ({
      topics: topics.list().length,
      partitions: topics.list().reduce((sum, topic) => sum + topic.partitions.length, 0),
      fdatasyncs,
      storageFailures,
    }),
    async close() {
      await offsets.close()
      await topics.close()
    },
  }
}

function openListener(options: BrokerOptions, storage: Storage, limits: BrokerLimits): Promise<Listener> {
  const { dataDir, host = '127.0.0.1', port = 0, clock = systemClock, log = () => {} } = options
  const connectionsMax = options.connectionsMax ?? defaultConnectionsMax
  const frameBytesMax = options.frameBytesMax ?? defaultFrameBytesMax
  const settings = new Map([
    ['auto.create.topics.enable', 'false'],
    ['default.replication.factor', '1'],
    ['group.initial.rebalance.delay.ms', '0'],
    ['group.max.session.timeout.ms', String(sessionTimeoutMaxMs)],
    ['group.min.session.timeout.ms', String(sessionTimeoutMinMs)],
    ['log.dirs', dataDir],
    ['max.connections', String(connectionsMax)],
    ['num.partitions', '1'],
    ['offset.metadata.max.bytes', String(offsetMetadataBytesMax)],
    ['socket.request.max.bytes', String(frameBytesMax)],
  ])
  const parts = { nodeId, dataDir, clock, ...storage, fetchBytesMax: limits.fetchBytesMax, settings }
  return listen({
    host,
    port,
    advertisedHost: options.advertisedHost,
    limits: { ...limits, connectionsMax, frameBytesMax },
    now: clock.now,
    answerFrame: createAnswerFrame(createRoutes(parts)),
    reportClosed: (remote, reason) => log({ event: 'connection.closed', remote, reason }),
    reportFailed: (remote, cause) => log({ event: 'request.failed', remote, cause }),
  })
}

function keepRetention(storage: Storage, clock: Clock, everyMs: number): () => void {
  const timer = setInterval(() => {
    try {
      storage.topics.dropExpired(clock.now())
    } catch (cause) {
      storage.reportFailure('drop expired segments', cause)
    }
  }, everyMs)
  return () => clearInterval(timer)
}
