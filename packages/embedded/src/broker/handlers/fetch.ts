import type { BrokerParts } from '../broker-parts.ts'
import type { PartitionLog } from '../log/partition-log.ts'
import { type ErrorCode, errorCode } from '../protocol/error-codes.ts'
import { fetch } from '../protocol/fetch.ts'
import { type Caller, type Route, route } from '../server/routes.ts'
import type { Value } from '../wire/schema.ts'

type FetchRequest = Value<typeof fetch.request>
type FetchedTopics = Value<typeof fetch.response>['topics']
type FetchedPartition = FetchedTopics[number]['partitions'][number]
type WantedPartition = FetchRequest['topics'][number]['partitions'][number]

interface Wanted {
  readonly topic: string
  readonly partition: WantedPartition
}

interface Fetched {
  readonly results: Map<Wanted, FetchedPartition>
  readonly bytes: number
  readonly hasError: boolean
}

const noRecords: Buffer = Buffer.alloc(0)
// What an answer may hold while slow readers hold the memory for answers: enough for those who keep up.
const crowdedBytesMax = 32 * 1024

export function fetchRoute({ topics, clock, fetchBytesMax }: BrokerParts): Route {
  let turn = 0

  function logOf({ topic, partition }: Wanted): PartitionLog | undefined {
    return topics.findPartition(topic, partition.index)
  }

  function readPartition(wanted: Wanted, bytesLeft: number, firstBatchBytesMax: number): FetchedPartition {
    const { index, fetchOffset, maxBytes } = wanted.partition
    const log = logOf(wanted)
    if (!log) return failed(index, errorCode.unknownTopicOrPartition)
    const records = log.read(fetchOffset, {
      bytesMax: Math.max(0, Math.min(maxBytes, bytesLeft)),
      firstBatchBytesMax,
    })
    if (records === 'out of range') return failed(index, errorCode.offsetOutOfRange)
    const highWatermark = log.highWatermark()
    return {
      index,
      errorCode: errorCode.none,
      highWatermark,
      lastStableOffset: highWatermark,
      logStartOffset: log.startOffset(),
      abortedTransactions: [],
      preferredReadReplica: -1,
      records,
    }
  }

  // Every fetch begins with another partition: with little room, the ones that are named last get their turn too.
  function readAll(all: readonly Wanted[], bytesMax: number, firstBatchBytesMax: number): Fetched {
    const results = new Map<Wanted, FetchedPartition>()
    let bytes = 0
    let hasError = false
    const first = all.length === 0 ? 0 : turn++ % all.length
    for (const wanted of [...all.slice(first), ...all.slice(0, first)]) {
      const bytesLeft = Math.max(0, bytesMax - bytes)
      const result = readPartition(wanted, bytesLeft, bytes === 0 ? firstBatchBytesMax : bytesLeft)
      results.set(wanted, result)
      bytes += result.records?.length ?? 0
      hasError ||= result.errorCode !== errorCode.none
    }
    return { results, bytes, hasError }
  }

  // Resolves when that many bytes more can be read, a topic goes away, the time is up, or nobody is there any more.
  function waitForBytes(all: readonly Wanted[], bytes: number, delayMs: number, caller: Caller): Promise<void> {
    const logs = all.map((wanted) => ({ wanted, log: logOf(wanted) }))
    const countReadable = () => logs.reduce((sum, { log }) => sum + (log?.readableBytesEver() ?? 0), 0)
    const enough = countReadable() + bytes
    return new Promise((resolve) => {
      const finish = () => {
        for (const cancel of cancels) cancel()
        resolve()
      }
      const check = () => {
        if (countReadable() >= enough || logs.some(({ wanted, log }) => logOf(wanted) !== log)) finish()
      }
      const cancels = [clock.wait(delayMs, finish), caller.onClose(finish)]
      for (const { log } of logs) if (log) cancels.push(log.onAdvance(check))
    })
  }

  async function poll(request: FetchRequest, all: readonly Wanted[], caller: Caller): Promise<Fetched> {
    const deadline = clock.now() + request.maxWaitMs
    let isOpen = true
    const stopWatching = caller.onClose(() => {
      isOpen = false
    })
    for (;;) {
      const isCrowded = caller.isCrowded()
      const bytesMax = Math.min(request.maxBytes, isCrowded ? crowdedBytesMax : fetchBytesMax)
      const bytesMin = Math.min(request.minBytes, bytesMax)
      const fetched = readAll(all, bytesMax, isCrowded ? crowdedBytesMax : Number.POSITIVE_INFINITY)
      if (isCrowded && fetched.bytes === 0 && isOpen && hasMore(fetched)) {
        await caller.roomToAnswer()
        continue
      }
      const leftMs = deadline - clock.now()
      if (fetched.bytes >= bytesMin || fetched.hasError || leftMs <= 0 || !isOpen) {
        stopWatching()
        return fetched
      }
      await waitForBytes(all, bytesMin - fetched.bytes, leftMs, caller)
    }
  }

  function hasMore({ results }: Fetched): boolean {
    return [...results].some(([{ partition }, { highWatermark }]) => highWatermark > partition.fetchOffset)
  }

  return route(fetch, async (request, { connection }) => {
    const refusal = findSessionProblem(request)
    if (refusal) return { throttleTimeMs: 0, errorCode: refusal, sessionId: 0, topics: [] }
    const wantedTopics = request.topics.map(({ name, partitions }) => ({
      name,
      wanted: partitions.map((partition) => ({ topic: name, partition })),
    }))
    const all = wantedTopics.flatMap(({ wanted }) => wanted)
    const { results } = await poll(request, all, connection)
    const answered = wantedTopics.map(({ name, wanted }) => ({
      name,
      partitions: wanted.flatMap((each) => results.get(each) ?? []),
    }))
    return { throttleTimeMs: 0, errorCode: errorCode.none, sessionId: 0, topics: answered }
  })
}

// Sessions are declined by answering id 0, so nobody can name one that exists.
function findSessionProblem({ sessionId, sessionEpoch }: FetchRequest): ErrorCode | undefined {
  if (sessionId !== 0) return errorCode.fetchSessionIdNotFound
  return sessionEpoch > 0 ? errorCode.invalidFetchSessionEpoch : undefined
}

function failed(index: number, code: ErrorCode): FetchedPartition {
  return {
    index,
    errorCode: code,
    highWatermark: -1,
    lastStableOffset: -1,
    logStartOffset: -1,
    abortedTransactions: [],
    preferredReadReplica: -1,
    records: noRecords,
  }
}
