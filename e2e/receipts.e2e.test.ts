import { RECEIPTS_DLQ, RECEIPTS_TOPIC } from '@carillon/contracts'
import {
  type FakeSms,
  type FleetProcess,
  type FleetStage,
  openFakeTwilio,
  openStage,
  STAGE_SECRET,
  startFleetProcess,
} from '@carillon/testkit'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'

/** From the event to what Twilio says of it afterwards: every process of its own, Twilio's protocol and its signatures. */

const account = { accountSid: `AC${'0'.repeat(32)}`, authToken: 'twilio-secret' }
const OURS = '+15005550006'
const patience = { timeout: 15_000, interval: 100 }

let stage: FleetStage
let twilio: FakeSms
let sms: FleetProcess
let receipts: FleetProcess

beforeAll(async () => {
  const env = { TWILIO_AUTH_TOKEN: account.authToken }
  stage = await openStage({ broker: 'embedded', apps: ['api', 'router', 'escalation'], env })
  twilio = await openFakeTwilio(account)
  sms = await start('sms')
  receipts = await start('receipts')
})

afterAll(async () => {
  for (const started of [sms, receipts]) {
    started?.kill('SIGTERM')
    await started?.exited
  }
  await stage?.close()
  await twilio?.close()
}, 60_000)

function start(name: 'sms' | 'receipts'): Promise<FleetProcess> {
  const env = {
    DATABASE_URL: stage.databaseUrl,
    KAFKA_BROKER: stage.kafka.connection.brokers.join(','),
    CARILLON_SECRET: STAGE_SECRET,
    TWILIO_ACCOUNT_SID: account.accountSid,
    TWILIO_AUTH_TOKEN: account.authToken,
    TWILIO_PHONE_NUMBER: OURS,
    TWILIO_BASE_URL: twilio.url,
    WEBHOOKS_URL: `${stage.api.url}/webhooks`,
    SMS_WORKER_TIMEOUT: '5000',
  }
  return startFleetProcess({ name, env, logDir: stage.logDir, readyTimeoutMs: 30_000 })
}

let people = 0
const createPhone = () => `+49151124${String(10_000 + people++)}`

const post = (phone: string) =>
  stage.api.post({
    type: 'ORDER',
    message: 'It is on its way.',
    recipients: [{ userId: phone, phone }],
    channels: ['SMS'],
  })

async function waitForRows(phone: string, ...expected: readonly string[]) {
  return vi.waitFor(async () => {
    const { rows } = await stage.pool.query<{ id: string; status: string; reason: string | null; replay: number }>(
      `SELECT d.id, d.status, d.reason, d.replay FROM "NotificationDelivery" d
       WHERE d."recipientId" = $1 ORDER BY d."createdAt", d.replay`,
      [phone],
    )
    expect(rows.map(({ status, reason }) => (reason ? `${status} ${reason}` : status))).toEqual(expected)
    return rows
  }, patience)
}

async function findMessage(phone: string) {
  return vi.waitFor(async () => {
    const found = (await twilio.accepted()).findLast(({ to }) => to === phone)
    if (!found) throw new Error(`nothing was sent to ${phone}`)
    return found.providerMessageId
  }, patience)
}

async function sendOne() {
  const phone = createPhone()
  await post(phone)
  await waitForRows(phone, 'SENT')
  return { phone, message: await findMessage(phone) }
}

it('a message that arrived is DELIVERED, however often and in which order Twilio says so', async () => {
  const { phone, message } = await sendOne()
  for (const status of ['delivered', 'delivered', 'sent', 'queued'])
    expect(await twilio.reportStatus(message, { status })).toBe(200)
  await waitForRows(phone, 'DELIVERED')
  await vi.waitFor(async () => {
    const { rows } = await stage.pool.query(
      `SELECT kind, result FROM "Receipt" WHERE "providerMessageId" = $1 ORDER BY rank`,
      [message],
    )
    expect(rows).toEqual([
      { kind: 'queued', result: 'outdated' },
      { kind: 'sent', result: 'outdated' },
      { kind: 'delivered', result: 'delivered' },
    ])
  }, patience)
})

it.each(['forged', 'missing'] as const)('a signature that is %s moves nothing', async (signature) => {
  const { phone, message } = await sendOne()
  expect(await twilio.reportStatus(message, { status: 'undelivered', signature })).toBe(403)
  expect(await twilio.reportStatus(message, { status: 'delivered' })).toBe(200)
  await waitForRows(phone, 'DELIVERED')
})

it.each([
  ['an arrival', { status: 'delivered' }, 'DELIVERED'],
  ['a failure', { status: 'undelivered', errorCode: 30005 }, 'FAILED receipt_number_unknown'],
])('%s that is told before our own record comes to the right end', async (name, report, end) => {
  const phone = createPhone()
  await twilio.behave({ at: 'accepted', for: phone, hold: name })
  await post(phone)
  await twilio.waitForHold(name, 15_000)
  expect(await twilio.reportStatus(await findMessage(phone), report)).toBe(200)
  const [row] = await waitForRows(phone, report.status === 'delivered' ? 'DELIVERED' : 'SENDING')
  await vi.waitFor(async () => {
    const { rows } = await stage.pool.query('SELECT result FROM "Receipt" WHERE "deliveryId" = $1', [row?.id])
    expect(rows).toEqual([{ result: report.status === 'delivered' ? 'delivered' : 'waiting' }])
  }, patience)
  await twilio.releaseHold(name)
  await waitForRows(phone, end)
})

it('a number that does not exist is written to no more', async () => {
  const { phone, message } = await sendOne()
  await twilio.reportStatus(message, { status: 'undelivered', errorCode: 30006 })
  await waitForRows(phone, 'FAILED receipt_landline')
  await post(phone)
  await waitForRows(phone, 'FAILED receipt_landline', 'SUPPRESSED address_suppressed')
})

it('a phone that was off gets one more try, later', async () => {
  const { phone, message } = await sendOne()
  await twilio.reportStatus(message, { status: 'undelivered', errorCode: 30003 })
  const rows = await waitForRows(phone, 'FAILED receipt_handset_unreachable', 'SCHEDULED retried_after_receipt')
  expect(rows.map(({ replay }) => replay)).toEqual([0, 1])
})

it('who writes STOP gets nothing more, until they write START', async () => {
  const { phone } = await sendOne()
  const write = (text: string) => twilio.reply({ from: phone, to: OURS, text, url: `${stage.api.url}/webhooks/twilio` })
  const waitForWish = (result: string) =>
    vi.waitFor(async () => {
      const { rows } = await stage.pool.query(`SELECT FROM "Receipt" WHERE result = $1 AND kind LIKE 'opted%'`, [
        result,
      ])
      expect(rows).toHaveLength(1)
    }, patience)
  expect(await write('STOP')).toBe(200)
  await waitForWish('suppressed')
  await post(phone)
  await waitForRows(phone, 'SENT', 'SUPPRESSED address_suppressed')
  expect(await write('START')).toBe(200)
  await waitForWish('lifted')
  await post(phone)
  await waitForRows(phone, 'SENT', 'SUPPRESSED address_suppressed', 'SENT')
  const { rows } = await stage.pool.query(`SELECT payload::text AS text FROM "Receipt"`)
  for (const { text } of rows) expect(text).not.toContain(phone)
})

it('a text that was planned before STOP arrived is SUPPRESSED when its turn comes', async () => {
  const { phone } = await sendOne()
  sms.kill('SIGTERM')
  await sms.exited
  await post(phone)
  await waitForRows(phone, 'SENT', 'PENDING')
  expect(await twilio.reply({ from: phone, to: OURS, text: 'STOP', url: `${stage.api.url}/webhooks/twilio` })).toBe(200)
  await vi.waitFor(async () => {
    const { rows } = await stage.pool.query(
      `SELECT FROM "Suppression" WHERE channel = 'SMS' AND reason = 'sms_opted_out'`,
    )
    expect(rows).toHaveLength(1)
  }, patience)
  sms = await start('sms')
  await waitForRows(phone, 'SENT', 'SUPPRESSED address_suppressed')
  expect((await twilio.accepted()).filter(({ to }) => to === phone)).toHaveLength(1)
}, 60_000)

it('what was answered outlives a process that is killed, and what is no receipt stops nobody', async () => {
  const { phone, message } = await sendOne()
  receipts.kill('SIGKILL')
  await receipts.exited
  await stage.producer.publish({ topic: RECEIPTS_TOPIC, key: 'k', value: '{"kind":"delivered"}', headers: {} })
  expect(await twilio.reportStatus(message, { status: 'delivered' })).toBe(200)
  receipts = await start('receipts')
  await waitForRows(phone, 'DELIVERED')
  await vi.waitFor(async () => {
    const ends = await stage.topics.readOffsets('receipts', RECEIPTS_DLQ)
    expect(ends.reduce((sum, { logEnd }) => sum + logEnd, 0)).toBe(1)
  }, patience)
}, 60_000)
