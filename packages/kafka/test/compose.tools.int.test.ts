import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ConfigResourceTypes, Kafka, logLevel } from 'kafkajs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { startKafka, type TestBroker } from './broker.ts'

const composeSchema = z.object({
  services: z.object({ kafka: z.object({ environment: z.record(z.string(), z.unknown()) }) }),
})
// What the image's scripts read themselves; everything else they turn into a setting of the broker.
const ofTheImage = ['CLUSTER_ID', 'KAFKA_HEAP_OPTS']

let broker: TestBroker
beforeAll(async () => {
  // Apache's own, whatever the run is on: no other broker knows all of its settings.
  broker = await startKafka()
})
afterAll(() => broker.close())

it('every setting that docker-compose.kafka.yml gives Kafka is one that Apache Kafka knows', async () => {
  const text = readFileSync(join(import.meta.dirname, '../../../docker-compose.kafka.yml'), 'utf8')
  const { environment } = composeSchema.parse(Bun.YAML.parse(text)).services.kafka
  const names = Object.keys(environment).filter((name) => !ofTheImage.includes(name))
  const given = names.map((name) =>
    name
      .replace(/^KAFKA_/, '')
      .toLowerCase()
      .replaceAll('_', '.'),
  )
  expect(given.length).toBeGreaterThan(10)

  const admin = new Kafka({ brokers: [broker.address], logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  try {
    const { brokers } = await admin.describeCluster()
    const resource = { type: ConfigResourceTypes.BROKER, name: String(brokers[0]?.nodeId) }
    const { resources } = await admin.describeConfigs({ resources: [resource], includeSynonyms: false })
    const known = new Set(resources[0]?.configEntries.map(({ configName }) => configName))
    expect(given.filter((name) => !known.has(name))).toEqual([])
  } finally {
    await admin.disconnect()
  }
})
