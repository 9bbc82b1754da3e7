import { styleText } from 'node:util'
import { topicDefinitions } from '@carillon/contracts'
import { createTopics, type EnsuredTopic } from '@carillon/kafka'
import type { Outcome } from '../command.ts'
import type { TopicsOptions } from '../commands/topics.ts'
import type { Config } from '../config.ts'
import { findBrokers, silentLog } from './kafka-address.ts'

/** Creates what is missing, changes nothing that exists, and says where that differs from what the fleet wants. */
export async function printTopics(config: Config, options: TopicsOptions): Promise<Outcome> {
  const brokers = await findBrokers(config, options)
  if ('problem' in brokers) return brokers
  const topics = createTopics({ connection: { brokers, clientId: 'carillon-cli' }, log: silentLog })
  try {
    const ensured = await topics.ensureTopics(topicDefinitions(options.partitions))
    const found = new Map((await topics.describeTopics(ensured.map(({ name }) => name))).map((one) => [one.name, one]))
    const described = ensured.flatMap(({ name }) => found.get(name) ?? [])
    if (options.json) process.stdout.write(`${JSON.stringify(described)}\n`)
    for (const { name, partitions, replicationFactor, configs } of options.json ? [] : described) {
      const state = ensured.find((topic) => topic.name === name)
      const days = Number(configs['retention.ms'] ?? Number.NaN) / 86_400_000
      const kept = Number.isNaN(days) ? '' : `kept ${days} days`
      const shape = `${partitions} × ${replicationFactor}`
      process.stdout.write(`${name.padEnd(34)}${shape.padEnd(8)}${kept.padEnd(14)}${describe(state)}\n`)
    }
    return { exitCode: 0 }
  } finally {
    await topics.close()
  }
}

function describe(topic: EnsuredTopic | undefined): string {
  if (topic?.status === 'created') return styleText('green', 'created')
  if (topic?.status !== 'different') return styleText('dim', 'there')
  const words = topic.differences.map(({ what, wanted, actual }) => `${what} is ${actual}, wanted ${wanted}`)
  return styleText('yellow', words.join('; '))
}
