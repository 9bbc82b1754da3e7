import { type FleetStage, openFakeFcm, openFakeTwilio, STAGE_SECRET, startFleetProcess } from '@carillon/testkit'

/** One channel with its provider: who is written to, and what the provider took. */
export interface Outlet {
  readonly channel: 'EMAIL' | 'SMS' | 'PUSH' | 'WHATSAPP'
  /** Makes somebody known under this name who can be reached there. */
  meet(name: string): Promise<{ readonly address: string; readonly recipient: object }>
  accepted(): Promise<readonly HandedOver[]>
  close(): Promise<void>
}

export interface HandedOver {
  readonly to: string
  readonly at: string
  readonly deliveryId?: string
}

/** Between the claim and the record a stop can only answer possibly_sent; a slow provider keeps that moment open. */
const SLOW_PROVIDER_MS = 20
/** Callers side by side; each channel has a slot for every one of them, and the one that is kept free. */
export const LANES = 6
const account = { accountSid: `AC${'0'.repeat(32)}`, authToken: 'twilio-secret' }

export async function openMailOutlet({ smtp }: FleetStage): Promise<Outlet> {
  await smtp.behave({ at: 'dot', delayMs: SLOW_PROVIDER_MS })
  return {
    channel: 'EMAIL',
    async meet(name) {
      const address = `${name}@example.com`
      return { address, recipient: { userId: name, email: address } }
    },
    accepted: async () => (await smtp.accepted()).map((mail) => ({ ...mail, to: mail.to[0] ?? '' })),
    close: async () => undefined,
  }
}

export function openTextOutlet(stage: FleetStage): Promise<Outlet> {
  return openTwilioOutlet(stage, 'SMS', { TWILIO_PHONE_NUMBER: '+15005550006' })
}

export function openWhatsAppOutlet(stage: FleetStage): Promise<Outlet> {
  return openTwilioOutlet(stage, 'WHATSAPP', {
    TWILIO_WHATSAPP_NUMBER: '+15005550006',
    WHATSAPP_TEMPLATES: JSON.stringify({ '*': { contentSid: `HX${'0'.repeat(32)}`, variables: ['title', 'message'] } }),
    // Ten a minute for a tenant would make one round last for hours.
    WHATSAPP_TENANT_RATE: '1000/1',
  })
}

async function openTwilioOutlet(
  stage: FleetStage,
  channel: 'SMS' | 'WHATSAPP',
  sender: Record<string, string>,
): Promise<Outlet> {
  const twilio = await openFakeTwilio(account)
  await twilio.behave({ at: 'accepted', delayMs: SLOW_PROVIDER_MS })
  const sms = await start(stage, 'sms', {
    TWILIO_ACCOUNT_SID: account.accountSid,
    TWILIO_AUTH_TOKEN: account.authToken,
    TWILIO_BASE_URL: twilio.url,
    ...sender,
    // Nobody calls it; it carries the delivery's name to the provider.
    WEBHOOKS_URL: `${stage.api.url}/webhooks`,
    SMS_WORKER_TIMEOUT: '5000',
    SMS_WORKER_CONCURRENCY: String(LANES + 1),
  })
  let people = 0
  return {
    channel,
    async meet(name) {
      const address = `+49151124${String(10_000 + people++)}`
      return { address, recipient: { userId: name, phone: address } }
    },
    accepted: () => twilio.accepted(),
    async close() {
      await sms.close()
      await twilio.close()
    },
  }
}

export async function openPushOutlet(stage: FleetStage): Promise<Outlet> {
  const fcm = await openFakeFcm()
  await fcm.behave({ at: 'accepted', delayMs: SLOW_PROVIDER_MS })
  const push = await start(stage, 'push', {
    FIREBASE_PROJECT_ID: fcm.account.projectId,
    FIREBASE_CLIENT_EMAIL: fcm.account.clientEmail,
    FIREBASE_PRIVATE_KEY: fcm.account.privateKey,
    FIREBASE_BASE_URL: fcm.account.baseUrl,
    FIREBASE_TOKEN_URL: fcm.account.tokenUrl,
    PUSH_WORKER_TIMEOUT: '5000',
    PUSH_WORKER_CONCURRENCY: String(LANES + 1),
  })
  return {
    channel: 'PUSH',
    async meet(name) {
      const device = { userId: name, token: `token-of-${name}`, platform: 'android' }
      const { status } = await stage.api.call('POST', '/api/devices', { body: device })
      if (status >= 300) throw new Error(`register the device of ${name}: ${status}`)
      return { address: device.token, recipient: { userId: name } }
    },
    accepted: async () => (await fcm.accepted()).map((one) => ({ ...one, to: one.token })),
    async close() {
      await push.close()
      await fcm.close()
    },
  }
}

async function start({ databaseUrl, kafka, logDir }: FleetStage, name: 'sms' | 'push', more: Record<string, string>) {
  const env = {
    DATABASE_URL: databaseUrl,
    KAFKA_BROKER: kafka.connection.brokers.join(','),
    CARILLON_SECRET: STAGE_SECRET,
    ...more,
  }
  const started = await startFleetProcess({ name, env, logDir, readyTimeoutMs: 60_000 })
  return {
    async close() {
      started.kill('SIGTERM')
      await started.exited
    },
  }
}
