import type { BrokerParts } from '../broker-parts.ts'
import { type ErrorCode, errorCode } from '../protocol/error-codes.ts'
import { createPartitions, createTopics, deleteTopics } from '../protocol/topic-admin.ts'
import { type Route, route } from '../server/routes.ts'
import { findSettingProblem } from '../topics/topic-settings.ts'
import type { Value } from '../wire/schema.ts'
import { removeOffsets } from './group-offsets.ts'

type TopicWish = Value<typeof createTopics.request>['topics'][number]
type GrowthWish = Value<typeof createPartitions.request>['topics'][number]

interface Outcome {
  readonly errorCode: ErrorCode
  readonly errorMessage: string | null
}

const done: Outcome = { errorCode: errorCode.none, errorMessage: null }
const useDefault = -1
const defaultPartitionCount = 1
const partitionsMax = 10_000

export function topicAdminRoutes(parts: BrokerParts): Route[] {
  return [createRoute(parts), deleteRoute(parts), growRoute(parts)]
}

function createRoute({ topics, nodeId, reportFailure }: BrokerParts): Route {
  function create(wish: TopicWish, validateOnly: boolean): Outcome {
    const problem = findNameProblem(wish.name) ?? findShapeProblem(wish, nodeId)
    if (problem) return problem
    if (topics.find(wish.name)) return refused(errorCode.topicAlreadyExists, `Topic '${wish.name}' already exists.`)
    const overrides = Object.fromEntries(
      wish.configs.flatMap(({ name, value }) => (value === null ? [] : [[name, value]])),
    )
    const settingProblem = findSettingProblem(overrides)
    if (settingProblem) return refused(errorCode.invalidConfig, settingProblem)
    if (validateOnly) return done
    return attempt(`create topic ${wish.name}`, reportFailure, () =>
      topics.create(wish.name, partitionCountOf(wish), overrides),
    )
  }

  return route(createTopics, ({ topics: wishes, validateOnly }) => ({
    throttleTimeMs: 0,
    topics: wishes.map((wish) => ({ name: wish.name, ...create(wish, validateOnly) })),
  }))
}

function partitionCountOf({ assignments, partitionCount }: TopicWish): number {
  if (assignments.length > 0) return assignments.length
  return partitionCount === useDefault ? defaultPartitionCount : partitionCount
}

function findNameProblem(name: string): Outcome | undefined {
  const isValid = /^[a-zA-Z0-9._-]{1,249}$/.test(name) && name !== '.' && name !== '..'
  return isValid ? undefined : refused(errorCode.invalidTopic, `'${name}' is no valid topic name.`)
}

function findShapeProblem(wish: TopicWish, nodeId: number): Outcome | undefined {
  const { assignments, partitionCount, replicationFactor } = wish
  if (assignments.length > 0) return findAssignmentProblem(wish, nodeId)
  if (partitionCount !== useDefault && (partitionCount < 1 || partitionCount > partitionsMax))
    return refused(errorCode.invalidPartitions, `Number of partitions must be 1 to ${partitionsMax}.`)
  if (replicationFactor !== useDefault && replicationFactor !== 1)
    return refused(errorCode.invalidReplicationFactor, `Replication factor ${replicationFactor}: there is one broker.`)
  return undefined
}

function findAssignmentProblem({ assignments, partitionCount }: TopicWish, nodeId: number): Outcome | undefined {
  if (partitionCount !== useDefault && partitionCount !== assignments.length)
    return refused(errorCode.invalidRequest, 'Both a partition count and assignments are given.')
  const indexes = new Set(assignments.map(({ index }) => index))
  const isWhole = assignments.every((_, index) => indexes.has(index))
  const isHere = assignments.every(({ brokerIds }) => brokerIds.length === 1 && brokerIds[0] === nodeId)
  return isWhole && isHere ? undefined : refused(errorCode.invalidReplicaAssignment, `Only broker ${nodeId} exists.`)
}

function deleteRoute({ topics, offsets, clock, reportFailure }: BrokerParts): Route {
  async function remove(name: string): Promise<ErrorCode> {
    if (!topics.find(name)) return errorCode.unknownTopicOrPartition
    const outcome = attempt(`delete topic ${name}`, reportFailure, () => topics.remove(name))
    // A new topic of this name must not begin where the old one's consumers stood.
    if (outcome === done) await removeOffsets({ offsets, clock }, offsets.listTopicEntries(name))
    return outcome.errorCode
  }

  return route(deleteTopics, async ({ names }) => ({
    throttleTimeMs: 0,
    topics: await Promise.all(names.map(async (name) => ({ name, errorCode: await remove(name) }))),
  }))
}

function growRoute({ topics, nodeId, reportFailure }: BrokerParts): Route {
  function grow({ name, count, assignments }: GrowthWish, validateOnly: boolean): Outcome {
    const topic = topics.find(name)
    if (!topic) return refused(errorCode.unknownTopicOrPartition, null)
    const before = topic.partitions.length
    if (count <= before || count > partitionsMax)
      return refused(errorCode.invalidPartitions, `The topic has ${before} partitions; ${count} is no increase.`)
    const isHere = (assignments ?? []).every(({ brokerIds }) => brokerIds.length === 1 && brokerIds[0] === nodeId)
    if (assignments && (assignments.length !== count - before || !isHere))
      return refused(errorCode.invalidReplicaAssignment, `Only broker ${nodeId} exists.`)
    if (validateOnly) return done
    return attempt(`add partitions to ${name}`, reportFailure, () => topics.addPartitions(name, count))
  }

  return route(createPartitions, ({ topics: wishes, validateOnly }) => ({
    throttleTimeMs: 0,
    topics: wishes.map((wish) => ({ name: wish.name, ...grow(wish, validateOnly) })),
  }))
}

export function refused(code: ErrorCode, errorMessage: string | null): Outcome {
  return { errorCode: code, errorMessage }
}

// What the disk refuses has not happened; the client is told so, and the report says why.
export function attempt(action: string, report: BrokerParts['reportFailure'], change: () => void): Outcome {
  try {
    change()
    return done
  } catch (cause) {
    report(action, cause)
    return refused(errorCode.storageError, `Could not ${action}.`)
  }
}
