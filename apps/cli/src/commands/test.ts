import { Argument, Option } from 'commander'
import type { CommandModule } from '../command.ts'
import { type InfrastructureName, infrastructureNames } from '../infrastructure/names.ts'
import { type Suite, suites } from '../testing/select-files.ts'

export type TestOptions = { on: InfrastructureName; suite?: Suite; name?: string; json?: boolean }

export const test: CommandModule = {
  name: 'test',
  summary: 'run the tests on the embedded broker and Postgres, or on the real ones',
  build(command, config, finish) {
    command
      .addArgument(new Argument('[paths...]', 'only test files whose path contains one of these'))
      .addOption(new Option('--on <where>', 'what Kafka they run on').choices(infrastructureNames).default('embedded'))
      .addOption(new Option('--suite <suite>', 'only this kind of test').choices(suites))
      .option('-t, --name <pattern>', 'only tests whose name matches')
      .option('--json', "print one JSON object; the runner's own output goes to stderr")
      .action(async (paths: string[], options: TestOptions) => {
        const { runTests } = await import('../testing/run-tests.ts')
        finish(await runTests(config, paths, options))
      })
  },
}
