import type { KafkaConfig } from 'kafkajs'
import { CarillonError } from '../carillon-error.ts'
import type { EventSender } from '../event-sender.ts'
import { createKafkaSender, type KafkaSenderOptions } from './create-kafka-sender.ts'

export type OpenKafkaSenderOptions = Pick<KafkaSenderOptions, 'tenantId'> &
  Pick<KafkaConfig, 'brokers' | 'sasl' | 'ssl' | 'clientId'>

/** A producer of its own; kafkajs is loaded only here, so that who brings a producer needs no second one. */
export async function openKafkaSender({ tenantId, ...connection }: OpenKafkaSenderOptions): Promise<EventSender> {
  const { Kafka, logLevel, Partitioners } = await import('kafkajs')
  const kafka = new Kafka({ clientId: 'carillon-client', ...connection, logLevel: logLevel.NOTHING })
  const producer = kafka.producer({
    allowAutoTopicCreation: false,
    createPartitioner: Partitioners.DefaultPartitioner,
  })
  try {
    await producer.connect()
  } catch (cause) {
    throw new CarillonError('Kafka cannot be reached', { code: 'no_answer' }, cause)
  }
  const sender = createKafkaSender({ producer, ...(tenantId !== undefined && { tenantId }) })
  return { ...sender, close: () => producer.disconnect() }
}
