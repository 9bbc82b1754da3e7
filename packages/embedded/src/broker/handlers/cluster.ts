import type { BrokerParts } from '../broker-parts.ts'
import { apiVersions } from '../protocol/api-versions.ts'
import { errorCode } from '../protocol/error-codes.ts'
import { metadata } from '../protocol/metadata.ts'
import { type Route, route } from '../server/routes.ts'
import type { Topic } from '../topics/topic-store.ts'

export function apiVersionsRoute(routes: () => readonly Route[]): Route {
  const describeRanges = () => ({
    errorCode: errorCode.none,
    apiKeys: routes().map(({ key, minVersion, maxVersion }) => ({ apiKey: key, minVersion, maxVersion })),
    throttleTimeMs: 0,
  })
  let ranges: ReturnType<typeof describeRanges> | undefined
  return route(apiVersions, () => {
    // Routes never change, and this one is not among them yet when it is made.
    ranges ??= describeRanges()
    return ranges
  })
}

export function metadataRoute({ nodeId, topics }: BrokerParts): Route {
  function describe(topic: Topic) {
    return {
      errorCode: errorCode.none,
      name: topic.name,
      isInternal: false,
      partitions: topic.partitions.map((_, partitionIndex) => ({
        errorCode: errorCode.none,
        partitionIndex,
        leaderId: nodeId,
        replicaNodes: [nodeId],
        isrNodes: [nodeId],
      })),
    }
  }

  return route(metadata, (request, { version, connection }) => {
    const wantsAll = request.topics === null || (version === 0 && request.topics.length === 0)
    const named = (request.topics ?? []).map((name) => {
      const topic = topics.find(name)
      const unknown = { errorCode: errorCode.unknownTopicOrPartition, name, isInternal: false, partitions: [] }
      return topic ? describe(topic) : unknown
    })
    return {
      throttleTimeMs: 0,
      brokers: [{ nodeId, ...connection.advertised, rack: null }],
      clusterId: topics.clusterId,
      controllerId: nodeId,
      topics: wantsAll ? topics.list().map(describe) : named,
    }
  })
}
