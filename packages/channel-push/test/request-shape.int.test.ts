import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { FakeFcm } from '@carillon/testkit'
import { openFakeFcm } from '@carillon/testkit'
import type { TokenMessage } from 'firebase-admin/messaging'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createPushChannel, type PushChannel } from '../src/push-channel.ts'
import { channelOptions, DELIVERY_ID, NOTIFICATION_ID, never, outgoingMessage } from './outgoing-message.ts'

/**
 * The official SDK checks a message of its own making and turns it into what goes over the wire. What we send is compared
 * with that, and not with our own idea of it.
 */
const require = createRequire(import.meta.url)
const sdk = dirname(require.resolve('firebase-admin/messaging'))
const { validateMessage }: { validateMessage(message: object): void } = require(join(sdk, 'messaging-internal.js'))

let fcm: FakeFcm
let channel: PushChannel

beforeEach(async () => {
  fcm = await openFakeFcm()
  channel = createPushChannel(channelOptions({ fcm }))
})

afterEach(async () => {
  await channel.close()
  await fcm.close()
})

const common = {
  token: 'token-1',
  notification: { title: 'Invoice paid', body: 'Your invoice 42 was paid.' },
  data: {
    ...{ notificationId: NOTIFICATION_ID, deliveryId: DELIVERY_ID, category: 'billing' },
    ...{ actionUrl: 'https://acme.test/i/42', actionText: 'See it' },
  },
}

const describeMessages = (expiresAt: Date): Record<'android' | 'ios' | 'web', TokenMessage> => ({
  android: {
    ...common,
    android: { collapseKey: DELIVERY_ID, priority: 'high', ttl: 3_600_000, notification: { tag: DELIVERY_ID } },
  },
  ios: {
    ...common,
    apns: {
      headers: {
        'apns-collapse-id': DELIVERY_ID,
        'apns-expiration': String(Math.floor(expiresAt.getTime() / 1_000)),
        'apns-priority': '10',
        'apns-push-type': 'alert',
      },
      payload: { aps: { sound: 'default' } },
    },
  },
  web: {
    ...common,
    webpush: {
      headers: { TTL: '3600', Urgency: 'high', Topic: DELIVERY_ID.replaceAll('-', '') },
      notification: { tag: DELIVERY_ID },
      fcmOptions: { link: 'https://acme.test/i/42' },
    },
  },
})

it.each(['android', 'ios', 'web'] as const)(
  'what we send to %s is what the official SDK would send',
  async (platform) => {
    const content = { actionUrl: 'https://acme.test/i/42', actionText: 'See it' }
    const devices = [{ token: 'token-1', platform }]
    const expiresAt = new Date(Date.now() + 60 * 60_000 + 900)
    const result = await channel.send(outgoingMessage({ devices, content, expiresAt }), never)
    expect(result).toMatchObject({ outcome: 'accepted' })
    const theirs: object = describeMessages(expiresAt)[platform]
    validateMessage(theirs)
    expect(await fcm.requests()).toEqual([{ message: JSON.parse(toWire(theirs)) }])
  },
)

/** Google reads both spellings of a field; the SDK leaves this one as its own types have it. */
function toWire(message: object): string {
  return JSON.stringify(message).replace('"fcmOptions"', '"fcm_options"')
}
