import { type ChannelSubject, describeChannel, standBefore, type Trouble } from '@carillon/delivery/testing'
import { type FakeFcm, type FakeWebPush, openFakeFcm, openFakeWebPush } from '@carillon/testkit'
import { createPushChannel } from '../src/push-channel.ts'
import { pushReasons } from '../src/reasons.ts'
import { channelOptions, outgoingMessage } from './outgoing-message.ts'

async function misbehave(fake: FakeFcm | FakeWebPush, trouble: Trouble): Promise<void> {
  if (trouble === 'away') {
    await fake.refuseConnections(true)
    await fake.dropConnections()
  }
  if (trouble === 'busy') await fake.behave({ at: 'received', answer: { status: 503 } })
  if (trouble === 'silent') await fake.behave({ at: 'accepted', hold: 'silent' })
  if (trouble === 'answer_lost') await fake.behave({ at: 'accepted', drop: 'reset' })
}

function toSubject(
  fake: FakeFcm | FakeWebPush,
  options: Parameters<typeof channelOptions>[0],
  device: { readonly token: string; readonly platform: 'android' | 'web' },
): ChannelSubject {
  const channel = createPushChannel(channelOptions(options))
  const createMessage = (overrides = {}) => outgoingMessage({ devices: [device], ...overrides })
  return standBefore([fake], channel, createMessage, misbehave)
}

const reasons = pushReasons
const ofFirebase = { token: 'token-1', platform: 'android' } as const
const ofBrowser = {
  token: '{"endpoint":"https://push.test/1","keys":{"p256dh":"x","auth":"y"}}',
  platform: 'web',
} as const
const troubles = ['away', 'busy', 'silent', 'answer_lost'] as const

describeChannel('push by FCM', {
  ...{ reasons, troubles, unreachable: [{ devices: [] }, { devices: [ofBrowser] }] },
  async open() {
    const fcm = await openFakeFcm()
    return toSubject(fcm, { fcm }, ofFirebase)
  },
})
describeChannel('push by Web Push', {
  ...{ reasons, troubles, unreachable: [{ devices: [] }, { devices: [ofFirebase] }] },
  async open() {
    const webPush = await openFakeWebPush()
    const { token } = await webPush.subscribe()
    return toSubject(webPush, { webPush }, { token, platform: 'web' })
  },
})
