import { randomUUID } from 'node:crypto'
import {
  ACCEPTED_AT_HEADER,
  countRecipients,
  DEFAULT_TENANT,
  eventsTopic,
  laneOf,
  type NotificationEvent,
  normalizeEvent,
  TENANT_HEADER,
} from '@carillon/contracts'
import { CarillonError } from '../carillon-error.ts'
import type { EventInput, EventSender, SentOrRefused } from '../event-sender.ts'

/** As much of kafkajs's producer as is needed, so that a service brings its own, connected, in whatever version. */
export interface KafkaProducer {
  sendBatch(batch: {
    acks: number
    topicMessages: {
      topic: string
      messages: { key: string; value: string; headers: Record<string, string> }[]
    }[]
  }): Promise<unknown>
}

export interface KafkaSenderOptions {
  readonly producer: KafkaProducer
  /** Kafka's access rules decide who may write as which tenant. */
  readonly tenantId?: string
  readonly now?: () => Date
}

/**
 * Straight into the log, without the API. What the fleet would refuse is refused here, and not found among the dead letters
 * later. A repeat after an error keeps its id when it has the same `idempotencyKey`, and is then the same event.
 */
export function createKafkaSender({
  producer,
  tenantId = DEFAULT_TENANT,
  now = () => new Date(),
}: KafkaSenderOptions): EventSender {
  return {
    async sendEvents(events, { idempotencyKey = randomUUID() } = {}) {
      const acceptedAt = now()
      const checked = events.map((event, place) =>
        checkEvent(event, idOf(idempotencyKey, place, events.length), acceptedAt),
      )
      const good = checked.filter((one) => one.ok)
      const messages = good.map(({ id, event }) => ({
        topic: eventsTopic(laneOf(event.notificationPriority)),
        message: {
          key: event.cancelKey ?? id,
          value: JSON.stringify({ ...event, id }),
          headers: { [TENANT_HEADER]: tenantId, [ACCEPTED_AT_HEADER]: acceptedAt.toISOString() },
        },
      }))
      const byTopic = Map.groupBy(messages, ({ topic }) => topic)
      const topicMessages = [...byTopic].map(([topic, of]) => ({ topic, messages: of.map(({ message }) => message) }))
      if (topicMessages.length > 0) await publish(producer, topicMessages)
      return checked.map((one) => (one.ok ? one.sent : one.refused))
    },
  }
}

type Checked =
  | {
      readonly ok: true
      readonly id: string
      readonly event: NotificationEvent
      readonly sent: SentOrRefused
    }
  | { readonly ok: false; readonly refused: SentOrRefused }

function checkEvent(input: EventInput, mintedId: string, acceptedAt: Date): Checked {
  const normalized = normalizeEvent(input, acceptedAt)
  if (!normalized.ok) {
    const detail = 'The event is not valid.'
    return { ok: false, refused: { ok: false, code: 'invalid_event', detail, problems: normalized.problems } }
  }
  const { event } = normalized
  const id = event.id ?? mintedId
  return { ok: true, id, event, sent: { ok: true, eventId: id, recipientCount: countRecipients(event) } }
}

function idOf(key: string, place: number, count: number): string {
  return count === 1 ? `sdk_${key}` : `sdk_${key}_${place}`
}

type TopicMessages = Parameters<KafkaProducer['sendBatch']>[0]['topicMessages']

async function publish(producer: KafkaProducer, topicMessages: TopicMessages): Promise<void> {
  try {
    await producer.sendBatch({ acks: -1, topicMessages })
  } catch (cause) {
    throw new CarillonError('Kafka did not confirm the event', { code: 'not_accepted' }, cause)
  }
}
