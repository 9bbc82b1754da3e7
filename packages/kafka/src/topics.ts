import type { KafkaAccess } from './connection.ts'

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
  /** Only what was set on the topic itself. */
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

/** Connects with the first call. */
export function createTopics(_access: KafkaAccess): Topics {
  throw new Error('not built yet')
}

/** `notification.email.urgent` is consumed by the group `email.urgent`. */
export function groupOf(topic: string): string {
  return topic.startsWith('notification.') ? topic.slice('notification.'.length) : topic
}
