import type { BrokerParts } from '../broker-parts.ts'
import type { OffsetEntry } from '../groups/offset-entry.ts'
import { subscribedTopics } from '../groups/subscription.ts'
import { type ErrorCode, errorCode } from '../protocol/error-codes.ts'
import { offsetCommit, offsetDelete, offsetFetch } from '../protocol/group-offsets.ts'
import { type Route, route } from '../server/routes.ts'

export const offsetMetadataBytesMax = 4_096

export function groupOffsetsRoutes(parts: BrokerParts): Route[] {
  return [commitRoute(parts), fetchRoute(parts), deleteRoute(parts)]
}

function commitRoute({ groups, offsets, topics, clock }: BrokerParts): Route {
  function checkGroup(groupId: string, memberId: string, generationId: number): ErrorCode {
    if (groupId === '') return errorCode.invalidGroupId
    const group = groups.find(groupId)
    if (group) return group.checkCommit(memberId, generationId)
    return generationId < 0 ? errorCode.none : errorCode.illegalGeneration
  }

  function checkPartition(topic: string, index: number, metadata: string | null): ErrorCode {
    if (!topics.findPartition(topic, index)) return errorCode.unknownTopicOrPartition
    if (Buffer.byteLength(metadata ?? '') > offsetMetadataBytesMax) return errorCode.offsetMetadataTooLarge
    return errorCode.none
  }

  return route(offsetCommit, async ({ groupId, memberId, generationId, topics: committed }) => {
    const groupError = checkGroup(groupId, memberId, generationId)
    const entries: OffsetEntry[] = []
    const checked = committed.map(({ name: topic, partitions }) => ({
      name: topic,
      partitions: partitions.map(({ index: partition, offset, metadata }) => {
        const code = groupError || checkPartition(topic, partition, metadata)
        const committedAtMs = clock.now()
        if (code === errorCode.none)
          entries.push({ groupId, topic, partition, offset, metadata, committedAtMs, isRemoval: false })
        return { index: partition, errorCode: code }
      }),
    }))
    const isStored = entries.length === 0 || (offsets.store(entries) && (await offsets.whenDurable()))
    // Kafka answers a coordinator that cannot write its log like this; clients try again.
    const storeError = isStored ? errorCode.none : errorCode.coordinatorNotAvailable
    return {
      throttleTimeMs: 0,
      topics: checked.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map((each) => ({ index: each.index, errorCode: each.errorCode || storeError })),
      })),
    }
  })
}

function fetchRoute({ offsets }: BrokerParts): Route {
  function findStored(groupId: string, topic: string, index: number) {
    const entry = offsets.find(groupId, topic, index)
    return { index, offset: entry?.offset ?? -1, metadata: entry?.metadata ?? '', errorCode: errorCode.none }
  }

  function listStored(groupId: string) {
    const indexesByTopic = Map.groupBy(offsets.listEntries(groupId), (entry) => entry.topic)
    return [...indexesByTopic].map(([name, entries]) => ({ name, partitions: entries.map((each) => each.partition) }))
  }

  return route(offsetFetch, ({ groupId, topics }) => ({
    throttleTimeMs: 0,
    topics: (topics ?? listStored(groupId)).map(({ name, partitions }) => ({
      name,
      partitions: partitions.map((index) => findStored(groupId, name, index)),
    })),
    errorCode: errorCode.none,
  }))
}

function deleteRoute({ groups, offsets, clock }: BrokerParts): Route {
  return route(offsetDelete, async ({ groupId, topics }) => {
    const group = groups.find(groupId)
    const known = offsets.listEntries(groupId).length > 0 || (group && !group.isUnused())
    if (!known) return { errorCode: errorCode.groupIdNotFound, throttleTimeMs: 0, topics: [] }
    const inUse = group ? subscribedTopics(group) : new Set<string>()
    const wanted = topics.flatMap(({ name, partitions }) =>
      inUse.has(name) ? [] : partitions.flatMap(({ index }) => offsets.find(groupId, name, index) ?? []),
    )
    const isStored = await removeOffsets({ offsets, clock }, wanted)
    return {
      errorCode: isStored ? errorCode.none : errorCode.coordinatorNotAvailable,
      throttleTimeMs: 0,
      topics: topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ index }) => ({
          index,
          errorCode: inUse.has(name) ? errorCode.groupSubscribedToTopic : errorCode.none,
        })),
      })),
    }
  })
}

export async function removeOffsets(
  { offsets, clock }: Pick<BrokerParts, 'offsets' | 'clock'>,
  entries: readonly OffsetEntry[],
): Promise<boolean> {
  if (entries.length === 0) return true
  const removals = entries.map((entry) => ({ ...entry, committedAtMs: clock.now(), isRemoval: true }))
  return offsets.store(removals) && (await offsets.whenDurable())
}
