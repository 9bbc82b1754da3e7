import {
  ACCEPTED_AT_HEADER,
  channelRecordSchema,
  DEAD_LETTER_REASONS,
  DELIVERIES_DLQ,
  EVENTS_DLQ,
  EVENTS_TOPIC,
  eventSchema,
  FANOUT_TOPIC,
  fanoutRecordSchema,
  OUTCOMES_TOPIC,
  outcomeRecordSchema,
  READ_DLQ,
  READ_TOPIC,
  RECEIPTS_DLQ,
  RECEIPTS_TOPIC,
  readRecordSchema,
  receiptRecordSchema,
  TENANT_HEADER,
  timerExpiredSchema,
  topicDefinitions,
} from '@carillon/contracts'
import { z } from 'zod'

/** What the fleet talks over, made of the schemas that it reads and writes its records with. */

interface Message {
  readonly summary: string
  readonly schema?: z.ZodType
  readonly headers?: Readonly<Record<string, string>>
}

const tenant = { [TENANT_HEADER]: 'Whose it is; without it the default tenant.' }

const MESSAGES = {
  event: {
    summary: 'A request to notify. `{ message, recipientIds, type, channels }` alone is a valid one.',
    schema: eventSchema,
    headers: { ...tenant, [ACCEPTED_AT_HEADER]: 'When the API accepted it; else the time of the record counts.' },
  },
  wakeUp: {
    summary: 'Ids of one delivery that is to be sent. No address or text of a person rests here.',
    schema: channelRecordSchema,
  },
  fanout: { summary: 'Ids of an audience that is to be resolved.', schema: fanoutRecordSchema },
  read: {
    summary: 'Somebody read a notification; also for services to produce.',
    schema: readRecordSchema,
    headers: tenant,
  },
  receipt: { summary: 'What a provider later said of a message.', schema: receiptRecordSchema },
  outcome: { summary: 'What became of a delivery.', schema: outcomeRecordSchema, headers: tenant },
  timerExpired: { summary: 'A timer that nobody cancelled in time.', schema: timerExpiredSchema, headers: tenant },
  deadLetter: {
    summary: `Key, value and headers as they came, and why nobody will try it again: ${Object.keys(DEAD_LETTER_REASONS).join(', ')}.`,
    headers: {
      'x-reason-code': 'Why, in a word.',
      'x-reason-message': 'Why, in a sentence; at most 1 KB.',
      'x-original-topic': 'Where it lay,',
      'x-original-partition': 'in which partition,',
      'x-original-offset': 'and at which offset.',
      'x-attempts': 'How often it was refused, replays included.',
    },
  },
} as const satisfies Readonly<Record<string, Message>>
type MessageName = keyof typeof MESSAGES

/** `produce`: services may write it. `consume`: services may read it. Absent: the fleet's own. */
interface Use {
  readonly messages: readonly MessageName[]
  readonly produce?: true
  readonly consume?: true
}

function useOf(topic: string): Use {
  if (topic.endsWith('.dlq')) return { messages: ['deadLetter'], consume: true }
  if (topic.startsWith(EVENTS_TOPIC)) return { messages: ['event'], produce: true }
  if (topic === READ_TOPIC) return { messages: ['read'], produce: true, consume: true }
  if (topic === OUTCOMES_TOPIC) return { messages: ['outcome', 'timerExpired'], consume: true }
  if (topic === RECEIPTS_TOPIC) return { messages: ['receipt'] }
  return { messages: [topic === FANOUT_TOPIC ? 'fanout' : 'wakeUp'] }
}

const DEAD_LETTERS_OF: Readonly<Record<string, string>> = {
  [EVENTS_DLQ]: 'events',
  [READ_DLQ]: 'reads',
  [RECEIPTS_DLQ]: 'receipts',
  [DELIVERIES_DLQ]: 'wake-ups',
}

export function describeTopics(version: string): object {
  const topics = topicDefinitions()
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Carillon',
      version,
      description: 'The topics of the fleet. `carillon topics` creates and prints them; none is created by use.',
    },
    defaultContentType: 'application/json',
    channels: Object.fromEntries(topics.map(({ name, configs }) => [toName(name), describeChannel(name, configs)])),
    operations: Object.fromEntries(topics.flatMap(({ name }) => describeOperations(name))),
    components: {
      messages: Object.fromEntries(
        Object.entries(MESSAGES).map(([name, message]) => [name, describeMessage(name, message)]),
      ),
    },
  }
}

/** A key of the document may hold no dots. */
function toName(topic: string): string {
  return topic.replaceAll('.', '-')
}

function describeChannel(topic: string, configs: Readonly<Record<string, string>>) {
  const { messages } = useOf(topic)
  const letters = DEAD_LETTERS_OF[topic]
  return {
    address: topic,
    ...(letters && { description: `Dead letters: ${letters} that nobody will try again without a person.` }),
    messages: Object.fromEntries(messages.map((name) => [name, { $ref: `#/components/messages/${name}` }])),
    bindings: {
      kafka: {
        topic,
        topicConfiguration: {
          'retention.ms': Number(configs['retention.ms']),
          'max.message.bytes': Number(configs['max.message.bytes']),
        },
        bindingVersion: '0.5.0',
      },
    },
  }
}

function describeOperations(topic: string): [string, object][] {
  const { messages, produce, consume } = useOf(topic)
  const name = toName(topic)
  const describe = (action: 'send' | 'receive') => ({
    action,
    channel: { $ref: `#/channels/${name}` },
    messages: messages.map((message) => ({ $ref: `#/channels/${name}/messages/${message}` })),
  })
  // From where the fleet stands: it receives what services produce.
  return [
    ...(produce ? [[`receive-${name}`, describe('receive')] as [string, object]] : []),
    ...(consume ? [[`send-${name}`, describe('send')] as [string, object]] : []),
  ]
}

function describeMessage(name: string, { summary, schema, headers }: Message) {
  return {
    name,
    summary,
    ...(schema && { payload: toJsonSchema(schema) }),
    ...(headers && {
      headers: {
        type: 'object',
        properties: Object.fromEntries(
          Object.entries(headers).map(([header, description]) => [header, { type: 'string', description }]),
        ),
      },
    }),
  }
}

/** In the dialect that AsyncAPI takes without a word; as it is written, before defaults are filled in. */
function toJsonSchema(schema: z.ZodType): object {
  const { $schema, ...document } = z.toJSONSchema(schema, { target: 'draft-7', io: 'input', unrepresentable: 'any' })
  return document
}
