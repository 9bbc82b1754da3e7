export { createKafkaSender, type KafkaProducer, type KafkaSenderOptions } from './create-kafka-sender.ts'
export { type OpenKafkaSenderOptions, openKafkaSender } from './open-kafka-sender.ts'
