import { type Lane, SENT_CHANNELS, type SentChannel } from './words.ts'

export const EVENTS_TOPIC = 'notification.events'
export const READ_TOPIC = 'notification.read'
export const OUTCOMES_TOPIC = 'notification.outcomes'
export const RECEIPTS_TOPIC = 'notification.receipts'
export const FANOUT_TOPIC = 'notification.fanout'

export const EVENTS_DLQ = 'notification.events.dlq'
export const READ_DLQ = 'notification.read.dlq'
export const RECEIPTS_DLQ = 'notification.receipts.dlq'
export const DELIVERIES_DLQ = 'notification.deliveries.dlq'

export const TENANT_HEADER = 'tenant-id'
/** When the API accepted the event; a direct producer's record timestamp stands in for it. */
export const ACCEPTED_AT_HEADER = 'accepted-at'
export const DEFAULT_TENANT = 'default'

export function laneTopic(topic: string, lane: Lane): string {
  return lane === 'urgent' ? `${topic}.urgent` : topic
}

export function eventsTopic(lane: Lane): string {
  return laneTopic(EVENTS_TOPIC, lane)
}

export function channelTopic(channel: SentChannel, lane: Lane): string {
  return laneTopic(`notification.${channel.toLowerCase()}`, lane)
}

/** Two topics never share a group: kafkajs's leader assigns only its own topics to all members. */
export function groupOf(topic: string): string {
  const name = topic.slice('notification.'.length)
  return name.replace(/^events/, 'router')
}

export interface TopicDefinition {
  readonly name: string
  readonly partitions: number
  readonly configs: Readonly<Record<string, string>>
}

const DAY_MS = 86_400_000
const RECORD_BYTES_MAX = 1_048_576
/** A dead letter is its source plus headers. */
const DEAD_LETTER_BYTES_MAX = 2_097_152

/** Everything the fleet talks over, in the order `carillon topics` prints it. */
export function topicDefinitions(partitions = 3): TopicDefinition[] {
  const kept = (days: number, bytes = RECORD_BYTES_MAX) => ({
    'retention.ms': String(days * DAY_MS),
    'max.message.bytes': String(bytes),
  })
  const lanes = (topic: string) => [topic, laneTopic(topic, 'urgent')]
  const work = [
    ...lanes(EVENTS_TOPIC),
    FANOUT_TOPIC,
    ...SENT_CHANNELS.flatMap((channel) => lanes(channelTopic(channel, 'normal'))),
    READ_TOPIC,
    RECEIPTS_TOPIC,
    OUTCOMES_TOPIC,
  ]
  return [
    ...work.map((name) => ({ name, partitions, configs: kept(7) })),
    ...[EVENTS_DLQ, READ_DLQ, RECEIPTS_DLQ, DELIVERIES_DLQ].map((name) => ({
      name,
      partitions: 1,
      configs: kept(7, DEAD_LETTER_BYTES_MAX),
    })),
  ]
}
