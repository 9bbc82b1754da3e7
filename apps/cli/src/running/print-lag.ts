import { styleText } from 'node:util'
import { groupOf, topicDefinitions } from '@carillon/contracts'
import type { Outcome } from '../command.ts'
import type { LagOptions } from '../commands/lag.ts'
import type { Config } from '../config.ts'
import { askKafka } from './ask-kafka.ts'

/** How far each group is behind the end of its topic. */
export function printLag(config: Config, options: LagOptions): Promise<Outcome> {
  return askKafka(config, options, async (topics) => {
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
    process.stdout.write(options.json ? `${JSON.stringify(rows)}\n` : renderRows(rows))
  })
}

interface Row {
  readonly topic: string
  readonly groupId: string
  readonly lag: number
  readonly isConsumed: boolean
}

function renderRows(rows: readonly Row[]): string {
  if (rows.length === 0) return 'There are no topics yet: ./carillon topics makes them.\n'
  const lines = rows.map(({ topic, groupId, lag, isConsumed }) => {
    const note = isConsumed || lag > 0 ? '' : styleText('dim', '  nothing read yet')
    const count = styleText(lag === 0 ? 'dim' : 'yellow', String(lag).padStart(9))
    return `${groupId.padEnd(20)}${topic.padEnd(32)}${count}${note}\n`
  })
  const header = styleText('dim', `${'group'.padEnd(20)}${'topic'.padEnd(32)}${'behind'.padStart(9)}`)
  return `${header}\n${lines.join('')}`
}
