import type { BrokerParts } from '../broker-parts.ts'
import type { PartitionLog } from '../log/partition-log.ts'
import { type ErrorCode, errorCode } from '../protocol/error-codes.ts'
import { initProducerId, produce } from '../protocol/produce.ts'
import { type Route, route } from '../server/routes.ts'
import { checkProducedBatch, isTransactional } from '../wire/record-batch.ts'

interface PartitionResult {
  readonly index: number
  errorCode: ErrorCode
  baseOffset: number
  readonly logAppendTimeMs: number
  readonly logStartOffset: number
}

const acksAll = -1
const acksKnown = [acksAll, 0, 1]

export function produceRoute({ topics }: BrokerParts): Route {
  function store(name: string, index: number, records: Buffer | null, acks: number): PartitionResult {
    const topic = topics.find(name)
    const log = topic?.partitions[index]
    if (!acksKnown.includes(acks)) return failed(index, errorCode.invalidRequiredAcks)
    if (!topic || !log) return failed(index, errorCode.unknownTopicOrPartition)
    const checked = checkProducedBatch(records, topic.settings.messageBytesMax)
    if ('errorCode' in checked || records === null)
      return failed(index, 'errorCode' in checked ? checked.errorCode : errorCode.invalidRecord)
    if (isTransactional(records)) return failed(index, errorCode.invalidTxnState)
    const appended = log.append(records, checked.header)
    if ('errorCode' in appended) return failed(index, appended.errorCode)
    return {
      index,
      errorCode: errorCode.none,
      baseOffset: appended.baseOffset,
      logAppendTimeMs: -1,
      logStartOffset: log.startOffset(),
    }
  }

  async function confirm(log: PartitionLog | undefined, result: PartitionResult): Promise<void> {
    if (!log || (await log.whenDurable())) return
    result.errorCode = errorCode.storageError
    result.baseOffset = -1
  }

  return route(produce, async (request) => {
    const confirmations: Promise<void>[] = []
    const answered = request.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ index, records }) => {
        const result = store(name, index, records, request.acks)
        // Also without acks=all: consumers see a record only after its sync.
        if (result.errorCode === errorCode.none) confirmations.push(confirm(topics.findPartition(name, index), result))
        return result
      }),
    }))
    if (request.acks === acksAll) await Promise.all(confirmations)
    if (request.acks !== 0) return { topics: answered, throttleTimeMs: 0 }
    const hasFailed = answered.some(({ partitions }) =>
      partitions.some((result) => result.errorCode !== errorCode.none),
    )
    return hasFailed ? 'hang up' : 'no answer'
  })
}

export function initProducerIdRoute({ topics, reportFailure }: BrokerParts): Route {
  return route(initProducerId, ({ transactionalId }) => {
    if (transactionalId !== null) return refused(errorCode.transactionalIdAuthorizationFailed)
    try {
      const producerId = topics.reserveProducerId()
      return { throttleTimeMs: 0, errorCode: errorCode.none, producerId, producerEpoch: 0 }
    } catch (cause) {
      reportFailure('reserve producer ids', cause)
      return refused(errorCode.coordinatorNotAvailable)
    }
  })
}

function refused(code: ErrorCode) {
  return { throttleTimeMs: 0, errorCode: code, producerId: -1, producerEpoch: -1 }
}

function failed(index: number, code: ErrorCode): PartitionResult {
  return { index, errorCode: code, baseOffset: -1, logAppendTimeMs: -1, logStartOffset: -1 }
}
