import { InvalidArgumentError } from 'commander'
import type { CommandModule } from '../command.ts'
import { dataDirDefault } from '../running/data-dir.ts'

export interface AuditCommandOptions {
  readonly data: string
  readonly database?: string
  readonly show: number
  readonly json?: boolean
}

export const audit: CommandModule = {
  name: 'audit',
  summary: 'ask every row whether a promise was broken',
  build(command, config, finish) {
    command
      .option('--database <url>', 'which Postgres; otherwise DATABASE_URL, or that of ./carillon up')
      .option('--data <dir>', 'the data directory of ./carillon up', dataDirDefault)
      .option('--show <count>', 'how many findings of a rule to print', readCount, 20)
      .option('--json', 'print one line of JSON a finding, and one at the end')
      .action(async (options: AuditCommandOptions) => {
        const { printAudit } = await import('../running/print-audit.ts')
        finish(await printAudit(config, options))
      })
  },
}

function readCount(text: string): number {
  const count = Number(text)
  if (Number.isSafeInteger(count) && count > 0) return count
  throw new InvalidArgumentError('A count is a whole number above 0.')
}
