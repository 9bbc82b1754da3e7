import type { CommandModule } from '../command.ts'
import { dataDirDefault } from '../running/data-dir.ts'

export type LagOptions = { data: string; kafka?: string; json?: boolean }

export const lag: CommandModule = {
  name: 'lag',
  summary: 'show how far each consumer group is behind',
  build(command, config, finish) {
    command
      .option('--kafka <brokers>', 'which Kafka; otherwise KAFKA_BROKER, or that of ./carillon up')
      .option('--data <dir>', 'the data directory of ./carillon up', dataDirDefault)
      .option('--json', 'print one line of JSON')
      .action(async (options: LagOptions) => {
        const { printLag } = await import('../running/print-lag.ts')
        finish(await printLag(config, options))
      })
  },
}
