import type { OutgoingMessage } from '@carillon/delivery'
import type { FakeSms } from '@carillon/testkit'
import { openFakeMeta, openFakeTwilio, openFakeVonage } from '@carillon/testkit'
import { createDeliveryTokens } from '../src/delivery-token.ts'
import { createSmsChannel, type SmsChannelOptions } from '../src/sms-channel.ts'

export const accounts = {
  twilio: { accountSid: `AC${'0'.repeat(32)}`, authToken: 'twilio-secret' },
  vonage: { applicationId: 'app-1', signatureSecret: 'vonage-secret' },
  meta: { phoneNumberId: '10001', accessToken: 'meta-token', appSecret: 'meta-secret' },
} as const

export const tokens = createDeliveryTokens(['a secret of the tests'])
export const never = new AbortController().signal
export const phone = '+4915112345678'
export const statusCallbackUrl = 'https://carillon.test/webhooks/twilio'

const { privateKey, publicKey } = await createKeys()

export { privateKey }

async function createKeys() {
  const { generateKeyPairSync } = await import('node:crypto')
  return generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
}

export const openTwilio = () => openFakeTwilio(accounts.twilio)
export const openVonage = () => openFakeVonage({ ...accounts.vonage, publicKey })
export const openMeta = () => openFakeMeta(accounts.meta)

export function outgoingMessage(overrides: Partial<OutgoingMessage> = {}): OutgoingMessage {
  return {
    tenantId: 't1',
    recipientId: 'user-1',
    deliveryId: '0198c0de-0000-7000-8000-000000000001',
    notificationId: '0198c0de-0000-7000-8000-000000000002',
    attempt: 1,
    category: 'billing',
    mandatory: false,
    address: phone,
    devices: [],
    timeoutMs: 5_000,
    handOverBeforeMs: performance.now() + 5_000,
    expiresAt: new Date(Date.now() + 3_600_000),
    content: { title: 'Invoice paid', message: 'Your invoice 42 was paid.' },
    ...overrides,
  }
}

interface Fakes {
  readonly twilio?: FakeSms
  readonly vonage?: FakeSms
}

export function createChannel({ twilio, vonage }: Fakes, overrides: Partial<SmsChannelOptions> = {}) {
  return createSmsChannel({
    ...(twilio && { twilio: { ...accounts.twilio, baseUrl: twilio.url, from: '+15005550006', statusCallbackUrl } }),
    ...(vonage && {
      vonage: { applicationId: accounts.vonage.applicationId, privateKey, from: 'Acme', baseUrl: vonage.url },
    }),
    tokens,
    ...overrides,
  })
}
