import { resolve } from 'node:path'
import type { BrokerParts } from '../broker-parts.ts'
import { type ErrorCode, errorCode } from '../protocol/error-codes.ts'
import { deleteRecords, describeLogDirs } from '../protocol/topic-admin.ts'
import { type Route, route } from '../server/routes.ts'
import { attempt } from './topic-admin.ts'

export function logAdminRoutes(parts: BrokerParts): Route[] {
  return [deleteRecordsRoute(parts), describeLogDirsRoute(parts)]
}

const upToHighWatermark = -1

function deleteRecordsRoute({ topics, reportFailure }: BrokerParts): Route {
  async function moveStart(name: string, index: number, wanted: number) {
    const log = topics.findPartition(name, index)
    if (!log) return failed(index, errorCode.unknownTopicOrPartition)
    await log.whenDurable()
    const offset = wanted === upToHighWatermark ? log.highWatermark() : wanted
    if (offset < 0 || offset > log.highWatermark()) return failed(index, errorCode.offsetOutOfRange)
    const before = log.startOffset()
    const outcome = attempt(`move the start of ${name}/${index}`, reportFailure, () => {
      if (offset > before) topics.moveStart(name, index, offset)
    })
    return { index, lowWatermark: log.startOffset(), errorCode: outcome.errorCode }
  }

  return route(deleteRecords, async (request) => ({
    throttleTimeMs: 0,
    topics: await Promise.all(
      request.topics.map(async ({ name, partitions }) => ({
        name,
        partitions: await Promise.all(partitions.map(({ index, offset }) => moveStart(name, index, offset))),
      })),
    ),
  }))
}

function describeLogDirsRoute({ topics, dataDir }: BrokerParts): Route {
  function describe(name: string, indexes: readonly number[]) {
    return {
      name,
      partitions: indexes.flatMap((index) => {
        const log = topics.findPartition(name, index)
        return log ? [{ index, sizeBytes: log.sizeBytes(), offsetLag: 0, isFuture: false }] : []
      }),
    }
  }

  return route(describeLogDirs, (request) => {
    const all = topics.list().map(({ name, partitions }) => ({ name, partitions: [...partitions.keys()] }))
    const wanted = (request.topics ?? all).filter(({ name }) => topics.find(name))
    return {
      throttleTimeMs: 0,
      results: [
        {
          errorCode: errorCode.none,
          logDir: resolve(dataDir),
          topics: wanted.map(({ name, partitions }) => describe(name, partitions)),
        },
      ],
    }
  })
}

function failed(index: number, code: ErrorCode) {
  return { index, lowWatermark: -1, errorCode: code }
}
