import { generateKeyPairSync } from 'node:crypto'
import { setTimeout as rest } from 'node:timers/promises'
import {
  type FakeSms,
  type FleetProcess,
  type FleetStage,
  openFakeTwilio,
  openFakeVonage,
  openStage,
  type SmsBehaviour,
  STAGE_SECRET,
  startFleetProcess,
} from '@carillon/testkit'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'

/** Twilio in every kind of trouble, with Vonage behind it: who gets the message, how often, and what the fleet says. */

const account = { accountSid: `AC${'0'.repeat(32)}`, authToken: 'twilio-secret' }
const { privateKey, publicKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
})
const TROUBLE_MS = 30_000
// Longer than a breaker stays open at first, so that it is tried again meanwhile.
const LOSSES_MS = 12_000
const POST_EVERY_MS = 100
const ASK_FOR_MS = 8_000

let stage: FleetStage
let twilio: FakeSms
let vonage: FakeSms
let sms: FleetProcess

beforeAll(async () => {
  stage = await openStage({
    broker: 'embedded',
    apps: ['api', 'router', 'escalation'],
    env: { CARILLON_ASK_EVERY: '500', CARILLON_ASK_FOR: String(ASK_FOR_MS) },
  })
  twilio = await openFakeTwilio(account)
  vonage = await openFakeVonage({ applicationId: 'app-1', signatureSecret: 'vonage-secret', publicKey })
  sms = await startFleetProcess({
    name: 'sms',
    env: {
      DATABASE_URL: stage.databaseUrl,
      KAFKA_BROKER: stage.kafka.connection.brokers.join(','),
      CARILLON_SECRET: STAGE_SECRET,
      TWILIO_ACCOUNT_SID: account.accountSid,
      TWILIO_AUTH_TOKEN: account.authToken,
      TWILIO_PHONE_NUMBER: '+15005550006',
      TWILIO_BASE_URL: twilio.url,
      VONAGE_APPLICATION_ID: 'app-1',
      VONAGE_PRIVATE_KEY: privateKey,
      VONAGE_FROM: 'Acme',
      VONAGE_BASE_URL: vonage.url,
      SMS_WORKER_TIMEOUT: '5000',
      SMS_WORKER_BACKOFF: '500',
    },
    logDir: stage.logDir,
    readyTimeoutMs: 30_000,
  })
})

afterAll(async () => {
  sms?.kill('SIGTERM')
  await sms?.exited
  await stage?.close()
  await twilio?.close()
  await vonage?.close()
}, 60_000)

beforeEach(async () => {
  prefix = countries.shift() ?? prefix
  await twilio.clearBehaviours()
  await twilio.refuseConnections(false)
})

// Twilio's health is kept by country: each test has one where it is in order.
const countries = ['+49151124', '+43664123', '+417611', '+4474001', '+336123', '+346123']
let prefix = ''
let people = 0
const nextPhone = () => `${prefix}${String(10_000 + people)}`

/** Texts differ, as they do in life: equal ones to one number could not be told apart. */
async function post(count: number): Promise<readonly string[]> {
  const phones = Array.from({ length: count }, () => {
    const phone = nextPhone()
    people += 1
    return phone
  })
  for (const phone of phones) {
    const message = `Order ${phone} is on its way.`
    await stage.api.post({ type: 'ORDER', message, recipients: [{ userId: phone, phone }], channels: ['SMS'] })
  }
  return phones
}

interface Row {
  readonly phone: string
  readonly status: string
  readonly provider: string | null
  readonly possiblySent: boolean
  readonly attempts: readonly string[]
}

async function readRows(phones: readonly string[]): Promise<readonly Row[]> {
  const { rows } = await stage.pool.query<Row>(
    `SELECT d."recipientId" AS phone, d.status, d.provider, d."possiblySent",
       (SELECT coalesce(json_agg(a.provider || ' ' || a.outcome ORDER BY a.number), '[]')
        FROM "DeliveryAttempt" a WHERE a."deliveryId" = d.id) AS attempts
     FROM "NotificationDelivery" d WHERE d."recipientId" = ANY($1)`,
    [phones],
  )
  return rows
}

function waitForSent(phones: readonly string[], timeout = 60_000): Promise<readonly Row[]> {
  return vi.waitFor(
    async () => {
      const rows = await readRows(phones)
      const open = rows.filter(({ status }) => status !== 'SENT')
      if (rows.length < phones.length || open.length > 0)
        throw new Error(`${rows.length} rows, open: ${JSON.stringify(open)}`)
      return rows
    },
    { timeout, interval: 200 },
  )
}

async function countAccepted(phones: readonly string[]) {
  const counts = new Map(phones.map((phone) => [phone, { twilio: 0, vonage: 0 }]))
  for (const fake of [twilio, vonage]) {
    for (const { to } of await fake.accepted()) {
      const count = counts.get(to)
      if (count) count[fake === twilio ? 'twilio' : 'vonage'] += 1
    }
  }
  return counts
}

async function expectOnceEach(phones: readonly string[]): Promise<void> {
  for (const [phone, count] of await countAccepted(phones)) {
    expect(count.twilio + count.vonage, `messages to ${phone}`).toBe(1)
  }
}

/** Posts for as long as the trouble lasts, and answers everybody who was posted to. */
async function postFor(ms: number): Promise<readonly string[]> {
  const until = performance.now() + ms
  const phones: string[] = []
  while (performance.now() < until) {
    phones.push(...(await post(1)))
    await rest(POST_EVERY_MS)
  }
  return phones
}

describe('every message goes out by the second provider, once', () => {
  it('while Twilio refuses connections', async () => {
    await twilio.refuseConnections(true)
    await twilio.dropConnections()
    const phones = await postFor(TROUBLE_MS)
    const rows = await waitForSent(phones)
    await twilio.refuseConnections(false)
    expect(new Set(rows.map(({ provider }) => provider))).toEqual(new Set(['vonage']))
    expect(rows.filter(({ possiblySent }) => possiblySent)).toEqual([])
    await expectOnceEach(phones)
  }, 120_000)

  it('while Twilio answers 429', async () => {
    await twilio.behave({ at: 'body', answer: { code: 20429 } })
    const phones = await postFor(TROUBLE_MS)
    const rows = await waitForSent(phones)
    expect(new Set(rows.map(({ provider }) => provider))).toEqual(new Set(['vonage']))
    expect(rows.filter(({ possiblySent }) => possiblySent)).toEqual([])
    await expectOnceEach(phones)
  }, 120_000)
})

describe('Twilio is asked afterwards', () => {
  it('what it has is SENT, what it surely has not goes on, and none goes out twice', async () => {
    const kept = await loseAnswers([
      { at: 'accepted', drop: 'reset' },
      { at: 'accepted', drop: 'half' },
      { at: 'accepted', answer: { status: 503 } },
    ])
    const lost = await loseAnswers([
      { at: 'headers', drop: 'reset' },
      { at: 'body', drop: 'reset' },
      { at: 'body', answer: { status: 503 } },
    ])
    const rows = await waitForSent([...kept, ...lost])
    expect(rows.filter(({ possiblySent }) => possiblySent)).toEqual([])
    await expectOnceEach([...kept, ...lost])
    for (const { phone, attempts } of rows) {
      const expected = kept.includes(phone)
        ? ['twilio accepted']
        : ['twilio unavailable', expect.stringMatching(/^(twilio|vonage) accepted$/)]
      expect(attempts, phone).toEqual(expected)
    }
  }, 120_000)

  it.each([
    ['loses the answers of what it took', { at: 'accepted', drop: 'reset' }],
    ['answers 503 and takes nothing', { at: 'body', answer: { status: 503 } }],
  ] as const)(
    'while Twilio %s, and none goes out twice',
    async (_name, behaviour) => {
      await waitForTwilioInOrder()
      await twilio.behave(behaviour)
      const phones = await postFor(LOSSES_MS)
      const rows = await waitForSent(phones)
      expect(rows.filter(({ possiblySent }) => possiblySent)).toEqual([])
      await expectOnceEach(phones)
      const counts = await countAccepted(phones)
      for (const { phone, provider, attempts } of rows) {
        expect(counts.get(phone), phone).toMatchObject({ [provider ?? '']: 1 })
        if (provider === 'twilio') expect(attempts).toEqual(['twilio accepted'])
      }
      const lost = rows.filter(({ attempts }) => attempts.some((attempt) => attempt.startsWith('twilio')))
      expect(lost.length).toBeGreaterThan(1)
      expect(lost.length).toBeLessThan(rows.length)
    },
    120_000,
  )

  it('where Twilio cannot be asked either, the message is sent again and says so', async () => {
    await twilio.behave({ at: 'look_up', answer: { status: 503 } })
    const [phone = ''] = await loseAnswers([{ at: 'accepted', drop: 'reset' }])
    const [row] = await waitForSent([phone])
    expect(row).toMatchObject({ possiblySent: true })
    const count = (await countAccepted([phone])).get(phone)
    expect((count?.twilio ?? 0) + (count?.vonage ?? 0)).toBe(2)
  }, 120_000)
})

/** A breaker that opened leaves Twilio out for a while. Two, so that losses stay fewer than what went well. */
async function waitForTwilioInOrder(): Promise<void> {
  await vi.waitFor(
    async () => {
      const rows = await waitForSent(await post(2), 5_000)
      expect(rows.map(({ provider }) => provider)).toEqual(['twilio', 'twilio'])
    },
    { timeout: 60_000, interval: 500 },
  )
}

/** One after the other with good ones in between, or Twilio's breaker would open and nobody would ask it. */
async function loseAnswers(behaviours: readonly SmsBehaviour[]): Promise<readonly string[]> {
  const phones: string[] = []
  for (const behaviour of behaviours) {
    await waitForTwilioInOrder()
    // What has not read its body yet knows no number.
    await twilio.behave({ ...behaviour, times: 1, ...(behaviour.at !== 'headers' && { for: nextPhone() }) })
    const [phone = ''] = await post(1)
    phones.push(phone)
    await vi.waitFor(async () => expect(await readRows([phone])).toMatchObject([{ status: 'UNKNOWN' }]), 5_000)
  }
  return phones
}
