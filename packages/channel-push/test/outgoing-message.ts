import type { Device, OutgoingMessage } from '@carillon/delivery'
import type { FakeFcm, FakeWebPush } from '@carillon/testkit'
import type { PushChannelOptions } from '../src/push-channel.ts'

interface Overrides extends Partial<Omit<OutgoingMessage, 'content' | 'devices'>> {
  readonly content?: Partial<OutgoingMessage['content']>
  readonly devices?: readonly (Device | string)[]
}

export const DELIVERY_ID = '0198c0de-0000-8000-8000-000000000001'
export const NOTIFICATION_ID = '0198c0de-0000-8000-8000-000000000002'
export const never = new AbortController().signal

/** Devices by their token alone are Android's. */
export function outgoingMessage({ content, devices = ['token-1'], ...overrides }: Overrides = {}): OutgoingMessage {
  return {
    tenantId: 't1',
    recipientId: 'user-1',
    deliveryId: DELIVERY_ID,
    notificationId: NOTIFICATION_ID,
    attempt: 1,
    category: 'billing',
    mandatory: false,
    address: '',
    timeoutMs: 10_000,
    handOverBeforeMs: performance.now() + 10_000,
    devices: devices.map((device) => (typeof device === 'string' ? { token: device, platform: 'android' } : device)),
    expiresAt: new Date(Date.now() + 3_600_000),
    content: { title: 'Invoice paid', message: 'Your invoice 42 was paid.', ...content },
    ...overrides,
  }
}

export function channelOptions({ fcm, webPush }: { fcm?: FakeFcm; webPush?: FakeWebPush }): PushChannelOptions {
  return {
    ...(fcm && { fcm: fcm.account }),
    ...(webPush && { webPush: { subject: 'mailto:push@acme.test', ...webPush.vapid, allowPrivateEndpoints: true } }),
  }
}
