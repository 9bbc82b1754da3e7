import { parseConfig } from '@carillon/process'
import { createLogger, createMetrics } from '@carillon/telemetry'
import {
  type FakeSms,
  type FleetStage,
  openFakeMeta,
  openFakeTwilio,
  openFakeVonage,
  openStage,
} from '@carillon/testkit'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { openSms, settings } from '../src/index.ts'

const accounts = {
  twilio: { accountSid: `AC${'0'.repeat(32)}`, authToken: 'twilio-secret' },
  vonage: { applicationId: 'app-1', signatureSecret: 'vonage-secret' },
  meta: { phoneNumberId: '10001', accessToken: 'meta-token', appSecret: 'meta-secret' },
}
/** More than what goes by Vonage while Twilio is in trouble. */
const vonageMax = 100
const patience = { timeout: 10_000, interval: 100 }

let stage: FleetStage
let twilio: FakeSms
let vonage: FakeSms
let meta: FakeSms
let app: Awaited<ReturnType<typeof openSms>>

beforeAll(async () => {
  stage = await openStage({ broker: 'embedded', apps: ['api', 'router', 'escalation'] })
  ;[twilio, vonage, meta] = await Promise.all([
    openFakeTwilio(accounts.twilio),
    openFakeVonage(accounts.vonage),
    openFakeMeta(accounts.meta),
  ])
  const config = parseConfig(settings, {
    DATABASE_URL: stage.databaseUrl,
    KAFKA_BROKER: stage.kafka.connection.brokers.join(','),
    CARILLON_SECRET: 'a secret for tests alone',
    TWILIO_ACCOUNT_SID: accounts.twilio.accountSid,
    TWILIO_AUTH_TOKEN: accounts.twilio.authToken,
    TWILIO_PHONE_NUMBER: '+15005550006',
    TWILIO_BASE_URL: twilio.url,
    VONAGE_APPLICATION_ID: accounts.vonage.applicationId,
    VONAGE_PRIVATE_KEY: await createKey(),
    VONAGE_FROM: 'Acme',
    VONAGE_BASE_URL: vonage.url,
    META_PHONE_NUMBER_ID: accounts.meta.phoneNumberId,
    META_ACCESS_TOKEN: accounts.meta.accessToken,
    META_BASE_URL: meta.url,
    WHATSAPP_TEMPLATES: '{"*":{"name":"news","language":"en","variables":["title","message"]}}',
    SMS_WORKER_TIMEOUT: '2000',
    SMS_WORKER_CONCURRENCY: '20',
    SMS_COUNTRY_RATE: 'CH:2/3600',
    VONAGE_RATE: `${vonageMax}/3600`,
  })
  const log = createLogger({ service: 'sms', level: 'silent' })
  const onFatal = (error: unknown) => Promise.reject(error)
  app = await openSms(config, { log, metrics: createMetrics('sms'), onFatal })
})

afterAll(async () => {
  await app?.close()
  await stage?.close()
  for (const fake of [twilio, vonage, meta]) await fake?.close()
})

async function createKey() {
  const { generateKeyPairSync } = await import('node:crypto')
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

let people = 0
/** Somebody who was never written to. */
const createPhone = () => `+49151123${String(10_000 + people++)}`
// Of another country, where Twilio's health has not suffered from the tests before.
const createAustrianPhone = () => `+43664123${String(10_000 + people++)}`

function postEvent(phones: readonly string[], channel: 'SMS' | 'WHATSAPP') {
  const recipients = phones.map((phone) => ({ userId: phone, phone }))
  const words = { title: 'Parcel', message: 'It is on its way.' }
  return stage.api.post({ type: 'ORDER', ...words, recipients, channels: [channel], deliveryStrategy: 'BROADCAST' })
}

interface Row {
  readonly status: string
  readonly provider: string | null
  readonly reason: string | null
  readonly possiblySent: boolean
}

async function readDeliveries(phones: readonly string[], status: string): Promise<Row[]> {
  return vi.waitFor(async () => {
    const { rows } = await stage.pool.query<Row>(
      `SELECT d.status, d.provider, d.reason, d."possiblySent" FROM "NotificationDelivery" d
       JOIN "Notification" n ON n.id = d."notificationId" WHERE d."recipientId" = ANY($1)`,
      [phones],
    )
    expect(rows.map((row) => row.status)).toEqual(phones.map(() => status))
    return rows
  }, patience)
}

const countTo = async (fake: FakeSms, phones: readonly string[]) =>
  (await fake.accepted()).filter(({ to }) => phones.includes(to)).length

it('an event becomes a text message by Twilio, with the delivery named for its reports', async () => {
  const phone = createPhone()
  await postEvent([phone], 'SMS')
  expect(await readDeliveries([phone], 'SENT')).toMatchObject([{ provider: 'twilio' }])
  expect(await twilio.accepted()).toMatchObject([{ to: phone, text: 'Parcel: It is on its way.' }])
})

it('and a template of WhatsApp by Meta', async () => {
  const phone = createPhone()
  await postEvent([phone], 'WHATSAPP')
  expect(await readDeliveries([phone], 'SENT')).toMatchObject([{ provider: 'meta' }])
  expect(await meta.accepted()).toMatchObject([{ to: phone, attempt: 1 }])
})

it('a number that Twilio knows to be dead is not written to again', async () => {
  const phone = createPhone()
  await twilio.behave({ at: 'body', for: phone, answer: { code: 21614 } })
  await postEvent([phone], 'SMS')
  expect(await readDeliveries([phone], 'FAILED')).toMatchObject([{ reason: 'sms_number_invalid' }])
  const { rows } = await stage.pool.query(`SELECT reason FROM "Suppression" WHERE channel = 'SMS'`)
  expect(rows).toEqual([{ reason: 'sms_number_invalid' }])
  expect(await countTo(vonage, [phone])).toBe(0)
})

it('while Twilio answers 429 all go out by the second provider, and none twice', async () => {
  const phones = Array.from({ length: 40 }, createPhone)
  await twilio.behave({ at: 'body', answer: { code: 20429, retryAfter: '1' } })
  await postEvent(phones, 'SMS')
  expect((await readDeliveries(phones, 'SENT')).every(({ provider }) => provider === 'vonage')).toBe(true)
  expect(await countTo(vonage, phones)).toBe(40)
  expect(await countTo(twilio, phones)).toBe(0)
  await twilio.clearBehaviours()
})

it('while Twilio refuses connections all go out by the second provider, and none twice', async () => {
  const phones = Array.from({ length: 40 }, createAustrianPhone)
  await vi.waitFor(async () => {
    const probe = createAustrianPhone()
    await postEvent([probe], 'SMS')
    expect(await readDeliveries([probe], 'SENT')).toMatchObject([{ provider: 'twilio' }])
  }, patience)
  await twilio.refuseConnections(true)
  await twilio.dropConnections()
  await postEvent(phones, 'SMS')
  const rows = await readDeliveries(phones, 'SENT')
  expect(rows.every(({ provider, possiblySent }) => provider === 'vonage' && !possiblySent)).toBe(true)
  expect(await countTo(vonage, phones)).toBe(40)
  await twilio.refuseConnections(false)
})

it('a landline is refused here, and nobody is asked', async () => {
  await postEvent(['+493012345678'], 'SMS')
  expect(await readDeliveries(['+493012345678'], 'FAILED')).toMatchObject([{ reason: 'sms_number_type_refused' }])
})

async function readStates(phones: readonly string[]) {
  const { rows } = await stage.pool.query<{ state: string; waitsSeconds: number | null }>(
    `SELECT concat_ws(' ', d.status, d.reason, d."attemptCount") AS state,
       extract(epoch FROM d."scheduledFor" - d."createdAt")::float8 AS "waitsSeconds"
     FROM "NotificationDelivery" d JOIN "Notification" n ON n.id = d."notificationId"
     WHERE d."recipientId" = ANY($1) ORDER BY state DESC`,
    [phones],
  )
  return rows
}

it('a fourth login code to one number within ten minutes waits for its time, and uses no try', async () => {
  const phone = createPhone()
  for (let code = 1; code <= 4; code++) {
    const words = { title: 'Code', message: `Your code is ${code}` }
    const to = { recipients: [{ userId: phone, phone }], channels: ['SMS'] as const }
    await stage.api.post({ type: 'LOGIN', category: 'verification', ...words, ...to })
  }
  await postEvent([phone], 'SMS')
  await vi.waitFor(async () => {
    const rows = await readStates([phone])
    expect(rows.map(({ state }) => state)).toEqual([...Array(4).fill('SENT 1'), 'SCHEDULED rate_limited 0'])
    expect(rows.at(-1)?.waitsSeconds).toBeGreaterThan(500)
    expect(rows.at(-1)?.waitsSeconds).toBeLessThan(700)
  }, patience)
  expect((await countTo(twilio, [phone])) + (await countTo(vonage, [phone]))).toBe(4)
})

it('a tenant writes ten WhatsApp messages a minute, and the others wait for the next one', async () => {
  const before = (await meta.accepted()).length
  const phones = Array.from({ length: 12 }, createPhone)
  await postEvent(phones, 'WHATSAPP')
  await vi.waitFor(async () => {
    const rows = await readStates(phones)
    const waiting = rows.filter(({ state }) => state === 'SCHEDULED rate_limited 0')
    expect(rows.filter(({ state }) => state === 'SENT 1')).toHaveLength(10 - before)
    expect(waiting).toHaveLength(2 + before)
    for (const { waitsSeconds } of waiting) expect(waitsSeconds).toBeLessThan(75)
  }, patience)
})

it('a country gets no more text messages than its budget, and the others get theirs', async () => {
  const swiss = Array.from({ length: 4 }, () => `+4179123${String(1_000 + people++)}`)
  await postEvent(swiss, 'SMS')
  await vi.waitFor(async () => {
    const { rows } = await stage.pool.query<Row>(
      `SELECT status, reason FROM "NotificationDelivery" WHERE "recipientId" = ANY($1)`,
      [swiss],
    )
    const held = rows.filter(({ status, reason }) => status === 'SCHEDULED' && reason === 'rate_limited')
    expect([rows.filter(({ status }) => status === 'SENT').length, held.length]).toEqual([2, 2])
  }, patience)
  expect((await countTo(twilio, swiss)) + (await countTo(vonage, swiss))).toBe(2)
  const phone = createAustrianPhone()
  await postEvent([phone], 'SMS')
  await readDeliveries([phone], 'SENT')
})

it('a provider gets no more than its rate, and what is over it waits', async () => {
  const left = vonageMax - (await vonage.accepted()).length
  const phones = Array.from({ length: left + 3 }, () => `+336123${String(10_000 + people++)}`)
  await twilio.refuseConnections(true)
  await twilio.dropConnections()
  await postEvent(phones, 'SMS')
  await vi.waitFor(async () => {
    const states = (await readStates(phones)).map(({ state }) => state)
    expect(states.filter((state) => state === 'SENT 1')).toHaveLength(left)
    expect(states.filter((state) => state.startsWith('SCHEDULED'))).toHaveLength(3)
    expect(states.filter((state) => state.endsWith(' 0'))).toHaveLength(3)
  }, patience)
  expect(await vonage.accepted()).toHaveLength(vonageMax)
  await twilio.refuseConnections(false)
})
