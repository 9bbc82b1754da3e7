import {
  type ChannelKind,
  type ChannelSubject,
  describeChannel,
  standBefore,
  type Trouble,
} from '@carillon/delivery/testing'
import type { FakeSms } from '@carillon/testkit'
import type { ProviderChannel } from '../src/provider-channel.ts'
import { smsReasons } from '../src/reasons.ts'
import { createWhatsAppChannel } from '../src/whatsapp-channel.ts'
import { templatesByCategory } from '../src/whatsapp-templates.ts'
import { accounts, createChannel, openMeta, openTwilio, openVonage, outgoingMessage } from './fakes.ts'

async function misbehave(fake: FakeSms, trouble: Trouble): Promise<void> {
  if (trouble === 'away') await fake.refuseConnections(true)
  if (trouble === 'busy') await fake.behave({ at: 'body', answer: { status: 429 } })
  if (trouble === 'silent') await fake.behave({ at: 'accepted', hold: 'silent' })
  if (trouble === 'answer_lost') await fake.behave({ at: 'accepted', drop: 'reset' })
}

async function open(
  opening: Promise<FakeSms>[],
  create: (fakes: FakeSms[]) => ProviderChannel,
): Promise<ChannelSubject> {
  const fakes = await Promise.all(opening)
  const channel = create(fakes)
  return standBefore(fakes, channel, outgoingMessage, misbehave)
}

const findTemplate = templatesByCategory({
  '*': { contentSid: `HX${'2'.repeat(32)}`, name: 'news', variables: ['title', 'message'] },
})
const kind: Omit<ChannelKind, 'open'> = {
  reasons: smsReasons,
  unreachable: [{ address: '' }, { address: 'ada@mail.test' }, { address: '+999' }, { address: '+493012345678' }],
  troubles: ['away', 'busy', 'silent', 'answer_lost'],
}

describeChannel('SMS by Twilio', {
  ...kind,
  open: () => open([openTwilio()], ([twilio]) => createChannel({ ...(twilio && { twilio }) })),
})
describeChannel('SMS by Vonage', {
  ...kind,
  open: () => open([openVonage()], ([vonage]) => createChannel({ ...(vonage && { vonage }) })),
})
describeChannel('SMS by Twilio and then Vonage', {
  ...kind,
  open: () =>
    open([openTwilio(), openVonage()], ([twilio, vonage]) =>
      createChannel({ ...(twilio && { twilio }), ...(vonage && { vonage }) }),
    ),
})
describeChannel('WhatsApp by Twilio', {
  ...kind,
  open: () =>
    open([openTwilio()], ([fake]) => {
      const baseUrl = fake?.url ?? ''
      return createWhatsAppChannel({ twilio: { ...accounts.twilio, baseUrl, from: '+15005550006' }, findTemplate })
    }),
})
describeChannel('WhatsApp by Meta', {
  ...kind,
  open: () =>
    open([openMeta()], ([fake]) =>
      createWhatsAppChannel({ meta: { ...accounts.meta, baseUrl: fake?.url ?? '' }, findTemplate }),
    ),
})
