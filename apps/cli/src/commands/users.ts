import type { CommandModule } from '../command.ts'
import { type ApiOptions, addApiOptions } from './api-options.ts'

export type UserOptions = ApiOptions & {
  email?: string
  phone?: string
  role?: string[]
  locale?: string
  timeZone?: string
}

export const users: CommandModule = {
  name: 'users',
  summary: 'see and say where a person can be reached',
  build(command, config, finish) {
    addApiOptions(
      command.command('show').description('what is known of a person').argument('<id>', 'the id of the user'),
    ).action(async (id: string, options: ApiOptions) => {
      const { showUser } = await import('../running/manage-users.ts')
      finish(await showUser(config, id, options))
    })
    addApiOptions(
      command
        .command('set')
        .description('change what is given, and leave the rest as it is')
        .argument('<id>', 'the id of the user')
        .option('--email <address>', 'the e-mail address')
        .option('--phone <number>', 'the phone number, like +4915112345678')
        .option('--role <role...>', 'all the roles of the person')
        .option('--locale <tag>', 'the language, like de-AT')
        .option('--time-zone <zone>', 'the time zone, like Europe/Berlin'),
    ).action(async (id: string, options: UserOptions) => {
      const { setUser } = await import('../running/manage-users.ts')
      finish(await setUser(config, id, options))
    })
  },
}
