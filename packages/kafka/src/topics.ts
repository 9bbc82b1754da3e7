import { type Admin, ConfigResourceTypes, KafkaJSProtocolError } from 'kafkajs'
import { createClient } from './client.ts'
import type { KafkaAccess } from './connection.ts'
import { countLag, joinOffsets } from './offsets.ts'

export interface TopicDefinition {
  readonly name: string
  readonly partitions: number
  /** Without it the broker's default. */
  readonly replicationFactor?: number
  readonly configs?: Readonly<Record<string, string>>
}

export interface TopicDifference {
  readonly what: string
  readonly wanted: string
  readonly actual: string
}

export type EnsuredTopic =
  | { readonly name: string; readonly status: 'created' | 'exists' }
  | { readonly name: string; readonly status: 'different'; readonly differences: readonly TopicDifference[] }

export interface TopicDescription {
  readonly name: string
  readonly partitions: number
  readonly replicationFactor: number
  /** Every setting that is in force, the broker's defaults included. */
  readonly configs: Readonly<Record<string, string>>
}

export interface PartitionOffsets {
  readonly partition: number
  readonly logStart: number
  readonly logEnd: number
  /** null: the group has committed nothing here. */
  readonly committed: number | null
}

export interface PartitionLag extends PartitionOffsets {
  readonly groupId: string
  readonly topic: string
  readonly lag: number
}

export interface Topics {
  /** Creates what is missing, changes nothing that exists. */
  ensureTopics(definitions: readonly TopicDefinition[]): Promise<EnsuredTopic[]>
  /** Without names: all but internal ones. Unknown names are left out. */
  describeTopics(names?: readonly string[]): Promise<TopicDescription[]>
  readOffsets(groupId: string, topic: string): Promise<PartitionOffsets[]>
  readLag(groups: readonly { readonly groupId: string; readonly topic: string }[]): Promise<PartitionLag[]>
  isReachable(timeoutMs: number): Promise<boolean>
  close(): Promise<void>
}

const RETRY = { initialRetryTime: 100, multiplier: 2, factor: 0.2, maxRetryTime: 1_000, retries: 4 }

/** Connects with the first call. */
export function createTopics(access: KafkaAccess): Topics {
  let connecting: Promise<Admin> | undefined

  async function openAdmin(): Promise<Admin> {
    const admin = createClient(access, { requestTimeoutMs: 15_000, retry: RETRY }).admin()
    try {
      await admin.connect()
      return admin
    } catch (error) {
      void admin.disconnect().catch(() => undefined)
      throw error
    }
  }

  async function dropAdmin(): Promise<void> {
    const dropped = connecting
    connecting = undefined
    await dropped?.then((admin) => admin.disconnect()).catch(() => undefined)
  }

  // A client that lost its brokers does not always find back; the next call gets a fresh one.
  async function withAdmin<T>(action: string, work: (admin: Admin) => Promise<T>, retriesLeft = 4): Promise<T> {
    connecting ??= openAdmin()
    try {
      return await work(await connecting)
    } catch (cause) {
      void dropAdmin()
      if (retriesLeft === 0 || !isPassing(cause)) throw new Error(action, { cause })
    }
    await new Promise((resolve) => setTimeout(resolve, 800 / 2 ** retriesLeft))
    return withAdmin(action, work, retriesLeft - 1)
  }

  const readOffsets = (groupId: string, topic: string): Promise<PartitionOffsets[]> =>
    withAdmin(`read offsets of ${groupId} on ${topic}`, async (admin) => {
      const [log, committed] = await Promise.all([
        admin.fetchTopicOffsets(topic),
        admin.fetchOffsets({ groupId, topics: [topic] }),
      ])
      return joinOffsets(log, committed.find((of) => of.topic === topic)?.partitions ?? [])
    })

  return {
    ensureTopics: (definitions) => withAdmin('ensure topics', (admin) => ensureTopics(admin, definitions)),
    describeTopics: (names) => withAdmin('describe topics', (admin) => describeTopics(admin, names)),
    readOffsets,
    async readLag(groups) {
      const all = await Promise.all(
        groups.map(async ({ groupId, topic }) => {
          const offsets = await readOffsets(groupId, topic)
          return offsets.map((of) => ({ ...of, groupId, topic, lag: countLag(of) }))
        }),
      )
      return all.flat()
    },
    async isReachable(timeoutMs) {
      const isUp = withAdmin('describe cluster', (admin) => admin.describeCluster()).then(
        () => true,
        () => false,
      )
      return Promise.race([isUp, new Promise<boolean>((resolve) => setTimeout(resolve, timeoutMs, false).unref())])
    },
    close: dropAdmin,
  }
}

/** A broker that is there and says "not now": its coordinator or a leader is just moving. */
function isPassing(error: unknown): boolean {
  return error instanceof KafkaJSProtocolError && error.retriable
}

async function ensureTopics(admin: Admin, definitions: readonly TopicDefinition[]): Promise<EnsuredTopic[]> {
  const before = new Set(await admin.listTopics())
  const created = new Set<string>()
  for (const { name, partitions, replicationFactor = -1, configs = {} } of definitions) {
    if (before.has(name)) continue
    const configEntries = Object.entries(configs).map(([key, value]) => ({ name: key, value }))
    const topics = [{ topic: name, numPartitions: partitions, replicationFactor, configEntries }]
    // False: another process was faster, and its topic is compared like any that exists.
    if (await admin.createTopics({ topics, waitForLeaders: true })) created.add(name)
  }
  const others = definitions.filter(({ name }) => !created.has(name))
  const found = new Map(
    (
      await describeTopics(
        admin,
        others.map(({ name }) => name),
      )
    ).map((topic) => [topic.name, topic]),
  )
  return definitions.map((wanted): EnsuredTopic => {
    const actual = found.get(wanted.name)
    if (actual === undefined) return { name: wanted.name, status: 'created' }
    const differences = compareTopic(wanted, actual)
    return differences.length === 0
      ? { name: wanted.name, status: 'exists' }
      : { name: wanted.name, status: 'different', differences }
  })
}

function compareTopic(wanted: TopicDefinition, actual: TopicDescription): TopicDifference[] {
  const pairs: [what: string, wanted: string, actual: string][] = [
    ['partitions', String(wanted.partitions), String(actual.partitions)],
    ...Object.entries(wanted.configs ?? {}).map(([what, value]): [string, string, string] => [
      what,
      value,
      actual.configs[what] ?? '',
    ]),
  ]
  if (wanted.replicationFactor !== undefined) {
    pairs.push(['replicationFactor', String(wanted.replicationFactor), String(actual.replicationFactor)])
  }
  return pairs
    .filter(([, want, have]) => want !== have)
    .map(([what, want, have]) => ({ what, wanted: want, actual: have }))
}

async function describeTopics(admin: Admin, names?: readonly string[]): Promise<TopicDescription[]> {
  const existing = new Set(await admin.listTopics())
  const chosen = (names ?? [...existing].filter((name) => !name.startsWith('__'))).filter((name) => existing.has(name))
  if (chosen.length === 0) return []
  const { topics } = await admin.fetchTopicMetadata({ topics: chosen })
  const { resources } = await admin.describeConfigs({
    resources: chosen.map((name) => ({ type: ConfigResourceTypes.TOPIC, name })),
    includeSynonyms: false,
  })
  const configsOf = new Map(
    resources.map(({ resourceName, configEntries }) => [
      resourceName,
      Object.fromEntries(configEntries.map(({ configName, configValue }) => [configName, configValue ?? ''])),
    ]),
  )
  return topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.length,
    replicationFactor: partitions[0]?.replicas.length ?? 0,
    configs: configsOf.get(name) ?? {},
  }))
}

/** `notification.email.urgent` is consumed by the group `email.urgent`. */
export function groupOf(topic: string): string {
  return topic.startsWith('notification.') ? topic.slice('notification.'.length) : topic
}
