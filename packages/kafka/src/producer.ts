import type { KafkaAccess } from './connection.ts'
import type { OutgoingRecord, PublishedRecord } from './record.ts'

export interface ProducerOptions extends KafkaAccess {
  /** Records of different lanes never wait for each other. Default: topics that end in `.urgent`, and the others. */
  readonly laneOf?: (topic: string) => string
  readonly batchRecordsMax?: number
  readonly batchBytesMax?: number
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

export function createProducer(_options: ProducerOptions): Producer {
  throw new Error('not built yet')
}
