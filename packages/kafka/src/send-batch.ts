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
  const byTopic = new Map<string, TopicBatch>()
  for (const queued of batch) {
    const { topic } = queued.record
    const known = byTopic.get(topic)
    const ofTopic = known ?? { topic, messages: [], queued: [], nextOffsets: new Map<number, number>() }
    if (known === undefined) byTopic.set(topic, ofTopic)
    ofTopic.messages.push(messageOf(queued.record))
    ofTopic.queued.push(queued)
  }
  const topicMessages = [...byTopic.values()].map(({ topic, messages }) => ({ topic, messages }))
  const answers = await producer.sendBatch({ acks: -1, timeout: timeoutMs, topicMessages })
  for (const { topicName, partition, baseOffset } of answers) {
    const offsets = byTopic.get(topicName)?.nextOffsets
    if (offsets?.has(partition) === false) offsets.set(partition, Number(baseOffset))
  }
  for (const ofTopic of byTopic.values()) acknowledge(ofTopic)
}

/** What one topic gets of a batch; messages and queued records stand at the same place. */
interface TopicBatch {
  readonly topic: string
  readonly messages: Message[]
  readonly queued: QueuedRecord[]
  /** By partition. */
  readonly nextOffsets: Map<number, number>
}

// Records of one partition keep their order, so the n-th of them lies n behind the base offset.
function acknowledge({ topic, messages, queued: all, nextOffsets }: TopicBatch): void {
  for (let at = 0; at < all.length; at++) {
    const queued = all[at]
    const partition = messages[at]?.partition ?? -1
    const offset = nextOffsets.get(partition)
    if (offset === undefined || !Number.isSafeInteger(offset)) {
      queued?.publication.fail(new PublishError('unavailable', `no acknowledgement for ${topic}/${partition}`))
      continue
    }
    nextOffsets.set(partition, offset + 1)
    queued?.publication.acknowledge(queued.index, { partition, offset })
  }
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
