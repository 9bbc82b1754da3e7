import { InvalidArgumentError } from 'commander'
import type { CommandModule } from '../command.ts'
import { dataDirDefault } from '../running/data-dir.ts'

export type TailOptions = { data: string; kafka?: string; count?: number; json?: boolean }

export const events: CommandModule = {
  name: 'events',
  summary: 'watch events as they come',
  build(command, config, finish) {
    command
      .command('tail')
      .description('print each event that comes from now on, until Ctrl-C')
      .option('--count <count>', 'end after so many', readCount)
      .option('--kafka <brokers>', 'which Kafka; otherwise KAFKA_BROKER, or that of ./carillon up')
      .option('--data <dir>', 'the data directory of ./carillon up', dataDirDefault)
      .option('--json', 'print one line of JSON an event')
      .action(async (options: TailOptions) => {
        const { tailEvents } = await import('../running/tail-events.ts')
        finish(await tailEvents(config, options))
      })
  },
}

function readCount(text: string): number {
  const count = Number(text)
  if (Number.isSafeInteger(count) && count > 0) return count
  throw new InvalidArgumentError('A count is a whole number above 0.')
}
