import { InvalidArgumentError, Option } from 'commander'
import type { CommandModule } from '../command.ts'
import { infrastructureNames } from '../infrastructure/names.ts'
import type { ProveOptions } from './prove.ts'

export const faults: CommandModule = {
  name: 'faults',
  summary: 'break everything in a fleet, in turn, and count what that costs',
  build(command, config, finish) {
    command
      .option('--seed <number>', 'repeat a schedule')
      .option('--minutes <count>', 'go on that long; without it, every fault once', readMinutes)
      .option('--only <words>', 'those faults alone whose name holds one of them, as Redis,Twilio')
      .option('--quick', 'the short form, as in CI')
      .addOption(new Option('--on <where>', 'what Kafka it runs on').choices(infrastructureNames).default('kafka'))
      .option('--json', 'print one JSON object at the end')
      .action(async (options: ProveOptions) => {
        const { runProofs } = await import('../proving/run-proofs.ts')
        finish(await runProofs(config, 'faults', options))
      })
  },
}

function readMinutes(text: string): number {
  const minutes = Number(text)
  if (minutes > 0 && minutes <= 10_080) return minutes
  throw new InvalidArgumentError('Minutes are a number up to 10080.')
}
