export type { KafkaAccess, KafkaConnection } from './connection.ts'
export { runConsumer } from './consumer.ts'
export type { ConsumedPartition, Consumer, ConsumerOptions, FatalReason } from './consumer-options.ts'
export { createDeadLetters, DEAD_LETTER_HEADERS, type DeadLetter, type DeadLetters } from './dead-letters.ts'
export { createDeadLetterDesk } from './dead-letters-desk.ts'
export { type Followed, followTopics } from './follow-topics.ts'
export { isKafkaOutage } from './kafka-outage.ts'
export type { KafkaLog } from './log.ts'
export { createPartitionProgress } from './partition-progress.ts'
export { createProducer, type Producer, type ProducerOptions } from './producer.ts'
export { PublishError, type PublishErrorCode } from './publish-error.ts'
export {
  type HeaderValue,
  type OutgoingHeaders,
  type OutgoingRecord,
  type PublishedRecord,
  type ReceivedBatch,
  type ReceivedHeaders,
  type ReceivedRecord,
  readHeader,
} from './record.ts'
export { replayTopic } from './replay-topic.ts'
export {
  createTopics,
  type EnsuredTopic,
  groupOf,
  type PartitionLag,
  type PartitionOffsets,
  type TopicDefinition,
  type TopicDescription,
  type TopicDifference,
  type Topics,
} from './topics.ts'
export { extractTraceContext, injectTraceContext } from './trace-context.ts'
