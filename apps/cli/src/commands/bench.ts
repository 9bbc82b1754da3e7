import { InvalidArgumentError, Option } from 'commander'
import type { CommandModule } from '../command.ts'

export interface BenchOptions {
  readonly only?: string
  readonly quick?: boolean
  readonly json?: boolean
  readonly pairs?: number
  readonly write?: boolean
  readonly on: 'embedded' | 'kafka'
}

const PAIRS_MAX = 100

function readPairs(given: string): number {
  const pairs = Number(given)
  if (Number.isInteger(pairs) && pairs > 0 && pairs <= PAIRS_MAX) return pairs
  throw new InvalidArgumentError(`Pairs are a whole number from 1 to ${PAIRS_MAX}.`)
}

export const bench: CommandModule = {
  name: 'bench',
  summary: 'measure the figures, each against its denominator in the same run',
  build(command, config, finish) {
    command
      .option('--only <word>', 'figures whose name holds it')
      .option('--quick', 'a smoke test: it proves that the programs run, and no figure')
      .option('--pairs <count>', 'laps of each side, in turn; 8 unless told', readPairs)
      .addOption(new Option('--on <where>', 'what Kafka it runs on').choices(['embedded', 'kafka']).default('kafka'))
      .option('--write', 'write docs/benchmarks.md; on a machine with nothing else to do')
      .option('--json', 'print one line of JSON a figure')
      .action(async (options: BenchOptions) => {
        const { runBench } = await import('../proving/run-bench.ts')
        finish(await runBench(config, options))
      })
  },
}
