import type { BrokerParts } from '../broker-parts.ts'
import { type ErrorCode, errorCode } from '../protocol/error-codes.ts'
import { earliestTimestamp, latestTimestamp, listOffsets } from '../protocol/list-offsets.ts'
import { type Route, route } from '../server/routes.ts'

export function listOffsetsRoute({ topics }: BrokerParts): Route {
  async function find(name: string, index: number, timestamp: number) {
    const log = topics.findPartition(name, index)
    if (!log) return failed(index, errorCode.unknownTopicOrPartition)
    if (timestamp === earliestTimestamp) return found(index, log.startOffset())
    if (timestamp === latestTimestamp) {
      // Whoever produced with acks=1 and asks now expects its record to be counted.
      await log.whenDurable()
      return found(index, log.highWatermark())
    }
    if (timestamp < 0) return failed(index, errorCode.unsupportedVersion)
    const place = await log.findByTime(timestamp)
    return found(index, place?.offset ?? -1, place?.timestamp ?? -1)
  }

  return route(listOffsets, async (request) => ({
    throttleTimeMs: 0,
    topics: await Promise.all(
      request.topics.map(async ({ name, partitions }) => ({
        name,
        partitions: await Promise.all(partitions.map(({ index, timestamp }) => find(name, index, timestamp))),
      })),
    ),
  }))
}

function found(index: number, offset: number, timestamp = -1) {
  return { index, errorCode: errorCode.none, timestamp, offset }
}

function failed(index: number, code: ErrorCode) {
  return { index, errorCode: code, timestamp: -1, offset: -1 }
}
