import type { CommandModule } from '../command.ts'
import { type ApiOptions, addApiOptions } from './api-options.ts'

export const explain: CommandModule = {
  name: 'explain',
  summary: 'say why a notification went out as it did, or did not',
  build(command, config, finish) {
    addApiOptions(command.argument('<id>', 'the id of a notification, or of an event for one person')).action(
      async (id: string, options: ApiOptions) => {
        const { printExplanation } = await import('../running/print-explanation.ts')
        finish(await printExplanation(config, id, options))
      },
    )
  },
}
