import {
  type ChannelKind,
  type ChannelSubject,
  describeChannel,
  standBefore,
  type Trouble,
} from '@carillon/delivery/testing'
import { type FakeSmtp, openFakeSmtp } from '@carillon/testkit'
import { createEmailChannel } from '../src/email-channel.ts'
import { createMailProviders } from '../src/mail-providers.ts'
import { emailReasons } from '../src/reasons.ts'
import { channelOptions, outgoingMessage } from './outgoing-message.ts'

async function misbehave(fake: FakeSmtp, trouble: Trouble): Promise<void> {
  if (trouble === 'away') await fake.refuseConnections(true)
  if (trouble === 'busy') await fake.behave({ at: 'rcpt', reply: '451 4.3.0 later' })
  if (trouble === 'silent') await fake.behave({ at: 'accepted', hold: 'silent' })
  if (trouble === 'answer_lost') await fake.behave({ at: 'accepted', drop: true })
}

async function open(isBehindAnother: boolean): Promise<ChannelSubject> {
  const fakes = await Promise.all([openFakeSmtp(), ...(isBehindAnother ? [openFakeSmtp()] : [])])
  const providers = fakes.map((fake, index) => {
    const name = `smtp-${index + 1}`
    return { name, channel: createEmailChannel(channelOptions(fake, { provider: name })) }
  })
  const [first, ...more] = providers
  if (!first) throw new Error('open the mail servers: there is none')
  const channel = isBehindAnother ? createMailProviders({ providers: [first, ...more] }) : first.channel
  return standBefore(fakes, channel, outgoingMessage, misbehave)
}

const kind: Omit<ChannelKind, 'open'> = {
  reasons: emailReasons,
  unreachable: [{ address: '' }, { address: 'nobody' }, { address: 'a@b.test\r\nRCPT TO:<c@d.test>' }],
  troubles: ['away', 'busy', 'silent', 'answer_lost'],
}

describeChannel('e-mail by SMTP', { ...kind, open: () => open(false) })
describeChannel('e-mail by two servers in order', { ...kind, open: () => open(true) })
