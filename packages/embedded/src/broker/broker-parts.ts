import type { Clock } from './clock.ts'
import type { CommittedOffsets } from './groups/committed-offsets.ts'
import type { Group } from './groups/group.ts'
import type { TopicStore } from './topics/topic-store.ts'

// What the handlers work on.
export interface BrokerParts {
  readonly nodeId: number
  readonly dataDir: string
  readonly clock: Clock
  readonly topics: TopicStore
  readonly groups: GroupRegistry
  readonly offsets: CommittedOffsets
  readonly fetchBytesMax: number
  readonly settings: ReadonlyMap<string, string>
  readonly reportFailure: (action: string, cause: unknown) => void
}

export interface GroupRegistry {
  find(groupId: string): Group | undefined
  findOrCreate(groupId: string): Group
  listIds(): string[]
  // Forgets a group that has nobody in it. Its offsets stay.
  tidy(groupId: string): void
  stop(): void
}
