import { type Command, InvalidArgumentError, Option } from 'commander'
import type { CommandModule } from '../command.ts'
import { type ApiOptions, addApiOptions } from './api-options.ts'

export type DlqOptions = ApiOptions & { topic: string }
export type ListDlqOptions = DlqOptions & { limit: number }
export type ReplayDlqOptions = DlqOptions & { all?: boolean; reason?: string }

const topicOption = () =>
  new Option('--topic <name>', 'whose dead letters')
    .choices(['events', 'read', 'receipts', 'deliveries'])
    .default('events')

export const dlq: CommandModule = {
  name: 'dlq',
  summary: 'see the records that nobody tries again, and put them back',
  build(command, config, finish) {
    const add = (made: Command) => addApiOptions(made.addOption(topicOption()))
    add(
      command
        .command('list')
        .description('the newest first, with the reason of each')
        .option('--limit <count>', 'how many', readLimit, 20),
    ).action(async (options: ListDlqOptions) => {
      const { listDeadLetters } = await import('../running/manage-dead-letters.ts')
      finish(await listDeadLetters(config, options))
    })
    add(
      command
        .command('show')
        .description('one dead letter in full')
        .argument('<place>', 'as list prints it, like 0:42'),
    ).action(async (place: string, options: DlqOptions) => {
      const { showDeadLetter } = await import('../running/manage-dead-letters.ts')
      finish(await showDeadLetter(config, place, options))
    })
    add(
      command
        .command('replay')
        .description('put dead letters back where they came from; nothing is sent twice by it')
        .argument('[places...]', 'as list prints them, like 0:42')
        .option('--all', 'every one of them')
        .option('--reason <code>', 'every one with this reason'),
    ).action(async (places: string[], options: ReplayDlqOptions) => {
      const { replayDeadLetters } = await import('../running/manage-dead-letters.ts')
      finish(await replayDeadLetters(config, places, options))
    })
  },
}

function readLimit(text: string): number {
  const limit = Number(text)
  if (Number.isInteger(limit) && limit >= 1 && limit <= 10_000) return limit
  throw new InvalidArgumentError('A limit is a number from 1 to 10000.')
}
