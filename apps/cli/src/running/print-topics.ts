import { styleText } from 'node:util'
import { topicDefinitions } from '@carillon/contracts'
import type { EnsuredTopic } from '@carillon/kafka'
import type { Outcome } from '../command.ts'
import type { TopicsOptions } from '../commands/topics.ts'
import type { Config } from '../config.ts'
import { askKafka } from './ask-kafka.ts'
import { findDatabase, keepAct } from './keep-act.ts'

/** Creates what is missing, changes nothing that exists, and says where that differs from what the fleet wants. */
export function printTopics(config: Config, options: TopicsOptions): Promise<Outcome> {
  return askKafka(config, options, async (topics) => {
    const ensured = await topics.ensureTopics(topicDefinitions(options.partitions))
    await keepCreated(config, options, ensured)
    const found = new Map((await topics.describeTopics(ensured.map(({ name }) => name))).map((one) => [one.name, one]))
    const described = ensured.flatMap(({ name }) => found.get(name) ?? [])
    if (options.json) return void process.stdout.write(`${JSON.stringify(described)}\n`)
    process.stdout.write(`${styleText('dim', `${'topic'.padEnd(32)}partitions  copies  kept`)}\n`)
    for (const { name, partitions, replicationFactor, configs } of described) {
      const days = Number(configs['retention.ms'] ?? Number.NaN) / 86_400_000
      const kept = Number.isNaN(days) ? '' : days < 0 ? 'for ever' : `${Number(days.toFixed(1))} days`
      const counts = `${String(partitions).padStart(10)}${String(replicationFactor).padStart(8)}`
      const state = ensured.find((topic) => topic.name === name)
      process.stdout.write(`${name.padEnd(32)}${counts}  ${kept.padEnd(10)}${describe(state)}\n`)
    }
  })
}

/** Topics may be made before there is any database. A Kafka that was named by hand is not that of `up`, and so is its database. */
async function keepCreated(config: Config, options: TopicsOptions, ensured: readonly EnsuredTopic[]): Promise<void> {
  const created = ensured.flatMap(({ name, status }) => (status === 'created' ? [name] : []))
  const database = options.kafka ? config.environment.DATABASE_URL : await findDatabase(config, options)
  if (created.length > 0 && database) await keepAct(database, { action: 'topics', detail: { created } })
}

function describe(topic: EnsuredTopic | undefined): string {
  if (topic?.status === 'created') return styleText('green', 'created')
  if (topic?.status !== 'different') return ''
  const words = topic.differences.map(({ what, wanted, actual }) => `${what} is ${actual}, wanted ${wanted}`)
  return styleText('yellow', words.join('; '))
}
