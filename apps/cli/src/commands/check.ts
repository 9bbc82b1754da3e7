import type { CommandModule } from '../command.ts'

export const check: CommandModule = {
  name: 'check',
  summary: 'look at the sources: types, lint, boundaries, unused code',
  build(command, config, finish) {
    command
      .option('--only <name>', 'types, lint, boundaries or unused')
      .option('--json', 'print one JSON object')
      .action(async (options: { only?: string; json?: boolean }) => {
        const { runChecks } = await import('../checks.ts')
        finish(await runChecks(config, options))
      })
  },
}
