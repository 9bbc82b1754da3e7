import type { CommandModule } from '../command.ts'

export const reseal: CommandModule = {
  name: 'reseal',
  summary: 'seal contacts, device tokens and metadata by the newest key',
  build(command, config, finish) {
    command
      .option('--database <url>', 'which Postgres; otherwise DATABASE_URL')
      .option('--json', 'print one line of JSON')
      .action(async (options: { database?: string; json?: boolean }) => {
        const { runReseal } = await import('../running/run-reseal.ts')
        finish(await runReseal(config, options))
      })
  },
}
