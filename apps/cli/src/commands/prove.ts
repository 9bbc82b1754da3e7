import { Option } from 'commander'
import type { CommandModule } from '../command.ts'
import { type InfrastructureName, infrastructureNames } from '../infrastructure/names.ts'

export type ProveOptions = {
  seed?: string
  quick?: boolean
  list?: boolean
  json?: boolean
  minutes?: number
  only?: string
  on: InfrastructureName
}

export const prove: CommandModule = {
  name: 'prove',
  summary: 'run a long proof and print its figures',
  build(command, config, finish) {
    command
      .argument('[name]', 'which one; --quick alone runs all of them')
      .option('--seed <number>', 'repeat a run')
      .option('--quick', 'the short form, as in CI')
      .addOption(new Option('--on <where>', 'what Kafka it runs on').choices(infrastructureNames).default('embedded'))
      .option('--list', 'say what can be proven')
      .option('--json', 'print one JSON object a proof')
      .action(async (name: string | undefined, options: ProveOptions) => {
        const { runProofs } = await import('../proving/run-proofs.ts')
        finish(await runProofs(config, name, options))
      })
  },
}
