import type { CommandModule } from '../command.ts'
import { type ApiOptions, addApiOptions } from './api-options.ts'

export type NewKeyOptions = ApiOptions & { name: string; scope: string[]; expires?: string }

export const keys: CommandModule = {
  name: 'keys',
  summary: 'make, list, rotate and revoke API keys',
  build(command, config, finish) {
    addApiOptions(command.command('list').description('every key, and when it was last used')).action(
      async (options: ApiOptions) => {
        const { listKeys } = await import('../running/manage-keys.ts')
        finish(await listKeys(config, options))
      },
    )
    addApiOptions(
      command
        .command('create')
        .description('make a key; it is shown this once')
        .requiredOption('--name <name>', 'who uses it')
        .requiredOption('--scope <scope...>', 'what it may do, such as events:write')
        .option('--expires <time>', 'when it ends, like 2027-01-01T00:00:00Z'),
    ).action(async (options: NewKeyOptions) => {
      const { createKey } = await import('../running/manage-keys.ts')
      finish(await createKey(config, options))
    })
    addApiOptions(
      command
        .command('rotate')
        .description('make a successor; the old one works for another day')
        .argument('<id>', 'the id of the key'),
    ).action(async (id: string, options: ApiOptions) => {
      const { rotateKey } = await import('../running/manage-keys.ts')
      finish(await rotateKey(config, id, options))
    })
    addApiOptions(
      command.command('revoke').description('end a key at once').argument('<id>', 'the id of the key'),
    ).action(async (id: string, options: ApiOptions) => {
      const { revokeKey } = await import('../running/manage-keys.ts')
      finish(await revokeKey(config, id, options))
    })
  },
}
