import { InvalidArgumentError } from 'commander'
import type { CommandModule } from '../command.ts'
import { dataDirDefault } from '../running/data-dir.ts'

export type TopicsOptions = { data: string; kafka?: string; partitions: number; json?: boolean }

export const topics: CommandModule = {
  name: 'topics',
  summary: 'create the topics that are missing, and print them all',
  build(command, config, finish) {
    command
      .option('--kafka <brokers>', 'which Kafka; otherwise KAFKA_BROKER, or that of ./carillon up')
      .option('--data <dir>', 'the data directory of ./carillon up', dataDirDefault)
      .option('--partitions <count>', 'of each work topic that is created', readPartitions, 3)
      .option('--json', 'print one line of JSON')
      .action(async (options: TopicsOptions) => {
        const { printTopics } = await import('../running/print-topics.ts')
        finish(await printTopics(config, options))
      })
  },
}

function readPartitions(text: string): number {
  const count = Number(text)
  if (Number.isInteger(count) && count >= 1 && count <= 1_000) return count
  throw new InvalidArgumentError('Partitions are a number from 1 to 1000.')
}
