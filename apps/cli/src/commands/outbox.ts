import type { CommandModule } from '../command.ts'
import { dataDirDefault } from '../running/data-dir.ts'

export const outbox: CommandModule = {
  name: 'outbox',
  summary: 'show the messages that were simulated',
  build(command, config, finish) {
    command
      .option('--data <dir>', 'the data directory of ./carillon up', dataDirDefault)
      .option('--json', 'print one line of JSON a message')
      .action(async (options: { data: string; json?: boolean }) => {
        const { printOutbox } = await import('../running/print-outbox.ts')
        finish(await printOutbox(config, options))
      })
  },
}
