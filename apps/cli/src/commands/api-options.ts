import type { Command } from 'commander'
import { dataDirDefault } from '../running/data-dir.ts'

export interface ApiOptions {
  readonly data: string
  readonly url?: string
  readonly json?: boolean
}

/** Where the API is: the same for every command that asks it. */
export function addApiOptions(command: Command): Command {
  return command
    .option('--url <url>', 'which API, with the key of CARILLON_API_KEY; otherwise CARILLON_URL, or ./carillon up')
    .option('--data <dir>', 'the data directory of ./carillon up', dataDirDefault)
    .option('--json', 'print one line of JSON')
}
