import {
  type ICustomPartitioner,
  type IHeaders,
  type Kafka,
  type Producer as KafkaProducer,
  type Message,
  Partitioners,
} from 'kafkajs'
import { PublishError, type PublishErrorCode } from './publish-error.ts'
import type { QueuedRecord } from './publish-queue.ts'
import type { OutgoingHeaders, OutgoingRecord } from './record.ts'

export function createKafkaProducer(client: Kafka): KafkaProducer {
  return client.producer({
    createPartitioner: createRecordingPartitioner,
    allowAutoTopicCreation: false,
    // Known to lose or tear in kafkajs, and it would not cover Postgres or a provider anyway.
    idempotent: false,
  })
}

// kafkajs answers a base offset for each partition but not which record went where. The choice is written on the message, which
// also keeps a retried record on its partition.
const createRecordingPartitioner: ICustomPartitioner = () => {
  const choose = Partitioners.DefaultPartitioner()
  return (args) => {
    const partition = choose(args)
    args.message.partition = partition
    return partition
  }
}

/** Sends one batch with acks=all and acknowledges each record with the offset that it got. */
export async function sendBatch(
  producer: KafkaProducer,
  batch: readonly QueuedRecord[],
  timeoutMs: number,
): Promise<void> {
  const messages = batch.map(({ record }) => messageOf(record))
  const byTopic = new Map<string, Message[]>()
  for (const [index, { record }] of batch.entries()) {
    const message = messages[index]
    if (message === undefined) continue
    const ofTopic = byTopic.get(record.topic)
    if (ofTopic === undefined) byTopic.set(record.topic, [message])
    else ofTopic.push(message)
  }
  const topicMessages = [...byTopic].map(([topic, ofTopic]) => ({ topic, messages: ofTopic }))
  const answers = await producer.sendBatch({ acks: -1, timeout: timeoutMs, topicMessages })
  const nextOffsets = new Map<string, number>()
  for (const { topicName, partition, baseOffset } of answers) {
    const slot = `${topicName}/${partition}`
    if (!nextOffsets.has(slot)) nextOffsets.set(slot, Number(baseOffset))
  }
  for (const [index, queued] of batch.entries()) acknowledge(queued, messages[index]?.partition, nextOffsets)
}

// Records of one partition keep their order, so the n-th of them lies n behind the base offset.
function acknowledge(queued: QueuedRecord, partition: number | undefined, nextOffsets: Map<string, number>): void {
  const slot = `${queued.record.topic}/${partition}`
  const offset = nextOffsets.get(slot)
  if (partition === undefined || offset === undefined || !Number.isSafeInteger(offset)) {
    queued.publication.fail(new PublishError('unavailable', `no acknowledgement for ${slot}`))
    return
  }
  nextOffsets.set(slot, offset + 1)
  queued.publication.acknowledge(queued.index, { partition, offset })
}

function messageOf({ key, value, headers, partition, timestampMs }: OutgoingRecord): Message {
  const message: Message = { key: key ?? null, value: value ?? null }
  if (headers !== undefined) message.headers = headersOf(headers)
  if (partition !== undefined) message.partition = partition
  if (timestampMs !== undefined) message.timestamp = String(timestampMs)
  return message
}

function headersOf(headers: OutgoingHeaders): IHeaders {
  const present: IHeaders = {}
  for (const name of Object.keys(headers)) {
    const value = headers[name]
    // kafkajs cannot encode a header without a value; an empty one keeps the name.
    if (value !== undefined) present[name] = value ?? ''
  }
  return present
}

const CODE_BY_TYPE: Readonly<Record<string, PublishErrorCode>> = {
  MESSAGE_TOO_LARGE: 'too_large',
  RECORD_LIST_TOO_LARGE: 'too_large',
  UNKNOWN_TOPIC_OR_PARTITION: 'unknown_topic',
  INVALID_TOPIC_EXCEPTION: 'unknown_topic',
  TOPIC_AUTHORIZATION_FAILED: 'refused',
  CLUSTER_AUTHORIZATION_FAILED: 'refused',
  INVALID_TIMESTAMP: 'refused',
  INVALID_RECORD: 'refused',
  CORRUPT_MESSAGE: 'refused',
  UNSUPPORTED_FOR_MESSAGE_FORMAT: 'refused',
}

export function classifySendError(error: unknown): PublishError {
  if (error instanceof PublishError) return error
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    const code = 'type' in cause && typeof cause.type === 'string' ? CODE_BY_TYPE[cause.type] : undefined
    if (code !== undefined) return new PublishError(code, cause.message, error)
  }
  return new PublishError('unavailable', 'the broker did not acknowledge in time', error)
}
