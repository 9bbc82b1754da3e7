import type { KafkaAccess } from './connection.ts'
import { createLane, type Lane } from './producer-lane.ts'
import { PublishError } from './publish-error.ts'
import { createPublication, measureRecord, type Publication, type QueuedRecord } from './publish-queue.ts'
import type { OutgoingRecord, PublishedRecord } from './record.ts'
import { injectTraceContext } from './trace-context.ts'

export interface ProducerOptions extends KafkaAccess {
  /** Records of different lanes never wait for each other. Default: topics that end in `.urgent`, and the others. */
  readonly laneOf?: (topic: string) => string
  readonly batchRecordsMax?: number
  readonly batchBytesMax?: number
  /** Bounds of each lane; beyond them a call is refused with `queue_full`. */
  readonly queueRecordsMax?: number
  readonly queueBytesMax?: number
  /** A caller is answered within this time, whatever the broker does. */
  readonly deliveryTimeoutMs?: number
  readonly closeTimeoutMs?: number
}

export interface Producer {
  /** Settles once the batch that holds the record is acknowledged with acks=all; rejects with a PublishError. */
  publish(record: OutgoingRecord): Promise<PublishedRecord>
  /** Answers in the order of the records; rejects as soon as one of them failed, though others may be in the log. */
  publishMany(records: readonly OutgoingRecord[]): Promise<PublishedRecord[]>
  /** Connects ahead of the first record, so that a start-up check can fail. */
  connect(): Promise<void>
  readQueue(): { readonly records: number; readonly bytes: number }
  /** Refuses new records, sends what is queued, then disconnects. */
  close(): Promise<void>
}

/** Connects with the first record. */
export function createProducer(options: ProducerOptions): Producer {
  const { laneOf = laneOfTopic, queueRecordsMax = 20_000, queueBytesMax = 64 * 1024 * 1024 } = options
  const lanes = new Map<string, Lane>()
  let isClosed = false

  function findLane(name: string) {
    const known = lanes.get(name)
    if (known !== undefined) return known
    const lane = createLane(options, {
      batchRecordsMax: options.batchRecordsMax ?? 500,
      batchBytesMax: options.batchBytesMax ?? 512 * 1024,
      deliveryTimeoutMs: options.deliveryTimeoutMs ?? 10_000,
    })
    lanes.set(name, lane)
    return lane
  }

  // An empty lane takes whatever comes, or a single large call could never be made.
  function hasRoom(lane: Lane, count: number, bytes: number): boolean {
    const records = lane.countRecords()
    return records === 0 || (records + count <= queueRecordsMax && lane.countBytes() + bytes <= queueBytesMax)
  }

  // All or nothing: a call that is refused has sent none of its records.
  function enqueue(byLane: ReadonlyMap<string, readonly QueuedRecord[]>): PublishError | undefined {
    if (isClosed) return refuseClosed()
    for (const [name, added] of byLane) {
      const bytes = added.reduce((sum, queued) => sum + queued.bytes, 0)
      if (!hasRoom(findLane(name), added.length, bytes)) return refuseFull(name)
    }
    for (const [name, added] of byLane) findLane(name).add(added)
    return undefined
  }

  function enqueueOne(name: string, queued: QueuedRecord): PublishError | undefined {
    if (isClosed) return refuseClosed()
    const lane = findLane(name)
    if (!hasRoom(lane, 1, queued.bytes)) return refuseFull(name)
    lane.add([queued])
    return undefined
  }

  function publish(record: OutgoingRecord): Promise<PublishedRecord> {
    return new Promise((resolve, reject) => {
      const publication = { acknowledge: (_: number, published: PublishedRecord) => resolve(published), fail: reject }
      const queued = queueRecord(record, publication, 0, Date.now())
      const refusal = enqueueOne(laneOf(record.topic), queued)
      if (refusal !== undefined) reject(refusal)
    })
  }

  function publishMany(records: readonly OutgoingRecord[]): Promise<PublishedRecord[]> {
    if (records.length === 0) return Promise.resolve([])
    return new Promise((resolve, reject) => {
      const publication = createPublication(records.length, resolve, reject)
      const nowMs = Date.now()
      const queued = records.map((record, index) => queueRecord(record, publication, index, nowMs))
      const refusal = enqueue(Map.groupBy(queued, ({ record }) => laneOf(record.topic)))
      if (refusal !== undefined) reject(refusal)
    })
  }

  return {
    publish,
    publishMany,
    connect: () => findLane(laneOf('')).connect(),
    readQueue() {
      const all = [...lanes.values()]
      return {
        records: all.reduce((sum, lane) => sum + lane.countRecords(), 0),
        bytes: all.reduce((sum, lane) => sum + lane.countBytes(), 0),
      }
    },
    async close() {
      isClosed = true
      await Promise.all([...lanes.values()].map((lane) => lane.close(options.closeTimeoutMs ?? 10_000)))
    },
  }
}

function refuseClosed(): PublishError {
  return new PublishError('closed', 'the producer is closed')
}

function refuseFull(name: string): PublishError {
  return new PublishError('queue_full', `the ${name} lane is full`)
}

function laneOfTopic(topic: string): string {
  return topic.endsWith('.urgent') ? 'urgent' : 'normal'
}

function queueRecord(given: OutgoingRecord, publication: Publication, index: number, queuedAtMs: number): QueuedRecord {
  const headers = injectTraceContext(given.headers)
  const record = headers === undefined || headers === given.headers ? given : { ...given, headers }
  return { record, bytes: measureRecord(record), publication, index, queuedAtMs }
}
