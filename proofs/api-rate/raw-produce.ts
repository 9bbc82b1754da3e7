// The other denominator: the Kafka client as its authors publish it, batches of 500 one after the other, acks=all.
// Arguments: broker, topic, milliseconds, bytes a record. Says how many records it sent a second.
import { openTwoVersions } from '../../packages/kafka/test/original-kafkajs.ts'

const [broker = '', topic = '', ms = '0', bytes = '0'] = process.argv.slice(2)
const BATCH = 500
const versions = openTwoVersions()
const { Kafka, logLevel } = versions.original('../index.js')
const producer = new Kafka({ brokers: [broker], clientId: 'raw', logLevel: logLevel.NOTHING }).producer({
  allowAutoTopicCreation: false,
  createPartitioner: versions.original('producer/partitioners/index.js').DefaultPartitioner,
})
await producer.connect()
const value = 'x'.repeat(Number(bytes))
const makeBatch = (round: number) =>
  Array.from({ length: BATCH }, (_, n) => ({ key: `${round}-${n}`, value, headers: { 'tenant-id': 'default' } }))
await producer.send({ topic, acks: -1, messages: makeBatch(0) })
const startedAtMs = performance.now()
let sent = 0
for (let round = 1; performance.now() - startedAtMs < Number(ms); round++) {
  await producer.send({ topic, acks: -1, messages: makeBatch(round) })
  sent += BATCH
}
process.stdout.write(`${Math.round((sent * 1_000) / (performance.now() - startedAtMs))}\n`)
await producer.disconnect()
versions.remove()
