import type { CommandModule } from '../command.ts'

export const migrate: CommandModule = {
  name: 'migrate',
  summary: 'bring the schema of DATABASE_URL up to date',
  build(command, config, finish) {
    command
      .option('--database <url>', 'which Postgres; otherwise DATABASE_URL')
      .option('--json', 'print one line of JSON')
      .action(async (options: { database?: string; json?: boolean }) => {
        const { runMigrate } = await import('../running/run-migrate.ts')
        finish(await runMigrate(config, options))
      })
  },
}
