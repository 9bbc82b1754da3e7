import { styleText } from 'node:util'
import { groupOf, topicDefinitions } from '@carillon/contracts'
import { createTopics } from '@carillon/kafka'
import type { Outcome } from '../command.ts'
import type { LagOptions } from '../commands/lag.ts'
import type { Config } from '../config.ts'
import { findBrokers, silentLog } from './kafka-address.ts'

/** How far each group is behind the end of its topic. */
export async function printLag(config: Config, options: LagOptions): Promise<Outcome> {
  const brokers = await findBrokers(config, options)
  if ('problem' in brokers) return brokers
  const topics = createTopics({ connection: { brokers, clientId: 'carillon-cli' }, log: silentLog })
  try {
    const consumed = topicDefinitions()
      .map(({ name }) => name)
      .filter((name) => !name.endsWith('.dlq') && name !== 'notification.outcomes')
    const there = new Set((await topics.describeTopics(consumed)).map(({ name }) => name))
    const groups = consumed.filter((topic) => there.has(topic)).map((topic) => ({ topic, groupId: groupOf(topic) }))
    const partitions = await topics.readLag(groups)
    const rows = groups.map(({ topic, groupId }) => {
      const own = partitions.filter((partition) => partition.topic === topic)
      const isConsumed = own.some((partition) => partition.committed !== null)
      return { topic, groupId, lag: own.reduce((sum, partition) => sum + partition.lag, 0), isConsumed }
    })
    if (options.json) process.stdout.write(`${JSON.stringify(rows)}\n`)
    for (const { topic, groupId, lag, isConsumed } of options.json ? [] : rows) {
      const note = isConsumed || lag > 0 ? '' : styleText('dim', 'nothing read yet')
      const count = lag === 0 ? styleText('dim', '0'.padStart(9)) : styleText('yellow', String(lag).padStart(9))
      process.stdout.write(`${groupId.padEnd(20)}${topic.padEnd(32)}${count}  ${note}\n`)
    }
    return { exitCode: 0 }
  } finally {
    await topics.close()
  }
}
