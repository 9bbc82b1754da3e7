import { createEmailChannel } from '@carillon/channel-email'
import { readMailOptions } from './choose-channel.ts'
import type { EmailConfig } from './config.ts'
import { chooseSmtpServers } from './smtp-servers.ts'

export interface CheckedMailServer {
  readonly host: string
  readonly port: number
  readonly failure?: { readonly reason: string; readonly error: string }
}

/** Connects to each and signs in, and sends nothing. */
export function checkMailServers(config: EmailConfig): Promise<CheckedMailServer[]> {
  const options = readMailOptions(config)
  return Promise.all(
    chooseSmtpServers(config, 1).map(async ({ name, smtp }): Promise<CheckedMailServer> => {
      const channel = createEmailChannel({ ...options, smtp, provider: name })
      const { host, port } = smtp
      try {
        const verified = await channel.verify()
        if (verified.ok) return { host, port }
        const { result } = verified
        const failure =
          'reason' in result ? { reason: result.reason, error: result.error } : { reason: result.outcome, error: '' }
        return { host, port, failure }
      } finally {
        await channel.close()
      }
    }),
  )
}
