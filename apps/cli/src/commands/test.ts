import { Argument, InvalidArgumentError, Option } from 'commander'
import type { CommandModule } from '../command.ts'
import { type InfrastructureName, infrastructureNames } from '../infrastructure/names.ts'
import { type Suite, suites } from '../testing/select-files.ts'

export type TestOptions = { on: InfrastructureName; suite?: readonly Suite[]; name?: string; json?: boolean }

function readSuites(given: string): readonly Suite[] {
  const isSuite = (name: string): name is Suite => suites.some((suite) => suite === name)
  const names = given.split(',')
  const known = names.filter(isSuite)
  if (known.length < names.length) throw new InvalidArgumentError(`Allowed are ${suites.join(', ')}.`)
  return known
}

export const test: CommandModule = {
  name: 'test',
  summary: 'run the tests on the embedded broker and Postgres, or on the real ones',
  build(command, config, finish) {
    command
      .addArgument(new Argument('[paths...]', 'only test files whose path contains one of these'))
      .addOption(new Option('--on <where>', 'what Kafka they run on').choices(infrastructureNames).default('embedded'))
      .addOption(
        new Option('--suite <suites>', `only these kinds of test, with commas between: ${suites.join(', ')}`).argParser(
          readSuites,
        ),
      )
      .option('-t, --name <pattern>', 'only tests whose name matches')
      .option('--json', "print one JSON object; the runner's own output goes to stderr")
      .action(async (paths: string[], options: TestOptions) => {
        const { runTests } = await import('../testing/run-tests.ts')
        finish(await runTests(config, paths, options))
      })
  },
}
