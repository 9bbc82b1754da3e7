import type { CommandModule } from '../command.ts'
import { type ApiOptions, addApiOptions } from './api-options.ts'

export const status: CommandModule = {
  name: 'status',
  summary: 'show what became of an event or a notification',
  build(command, config, finish) {
    addApiOptions(command.argument('<id>', 'the id of an event, or of a notification')).action(
      async (id: string, options: ApiOptions) => {
        const { printStatus } = await import('../running/print-status.ts')
        finish(await printStatus(config, id, options))
      },
    )
  },
}
