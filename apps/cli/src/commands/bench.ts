import { Option } from 'commander'
import type { CommandModule } from '../command.ts'

export interface BenchOptions {
  readonly only?: string
  readonly quick?: boolean
  readonly json?: boolean
  readonly write?: boolean
  readonly on: 'embedded' | 'kafka'
}

export const bench: CommandModule = {
  name: 'bench',
  summary: 'measure the figures, each against its denominator in the same run',
  build(command, config, finish) {
    command
      .option('--only <word>', 'figures whose name holds it')
      .option('--quick', 'a smoke test: it proves that the programs run, and no figure')
      .addOption(new Option('--on <where>', 'what Kafka it runs on').choices(['embedded', 'kafka']).default('kafka'))
      .option('--write', 'write docs/benchmarks.md; on a machine with nothing else to do')
      .option('--json', 'print one line of JSON a figure')
      .action(async (options: BenchOptions) => {
        const { runBench } = await import('../proving/run-bench.ts')
        finish(await runBench(config, options))
      })
  },
}
