import { InvalidArgumentError } from 'commander'
import type { CommandModule } from '../command.ts'
import { dataDirDefault } from '../running/data-dir.ts'

export type SendOptions = {
  data: string
  to: string
  type: string
  title?: string
  timeout: number
  json?: boolean
}

export const send: CommandModule = {
  name: 'send',
  summary: 'post an event and follow it to its end',
  build(command, config, finish) {
    command
      .argument('<message>', 'what the message says')
      .requiredOption('--to <whom>', 'an e-mail address, a phone number like +4915112345678, or a user id')
      .option('--title <title>', 'its title; the message without it')
      .option('--type <type>', 'what happened', 'MESSAGE')
      .option('--timeout <seconds>', 'how long to follow it', readSeconds, 30)
      .option('--data <dir>', 'the data directory of the running ./carillon up', dataDirDefault)
      .option('--json', 'print one line of JSON at the end')
      .action(async (message: string, options: SendOptions) => {
        const { sendAndFollow } = await import('../running/send-and-follow.ts')
        finish(await sendAndFollow(config, message, options))
      })
  },
}

function readSeconds(text: string): number {
  const seconds = Number(text)
  if (seconds > 0 && seconds <= 86_400) return seconds
  throw new InvalidArgumentError('Seconds are a number up to 86400.')
}
