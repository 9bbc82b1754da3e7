import { OUTCOMES_TOPIC } from '@carillon/contracts'
import {
  type FakeSms,
  type FleetProcess,
  type FleetStage,
  openFakeTwilio,
  readTopic,
  STAGE_SECRET,
  startFleetProcess,
} from '@carillon/testkit'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { OPEN_MS_MAX, openSharedStage, readDeliveries, readMails } from './open-shared-stage.ts'

/** The ladder of the main system with its minutes as seconds, and events that wait. */

const account = { accountSid: `AC${'0'.repeat(32)}`, authToken: 'twilio-secret' }
const patience = { timeout: 30_000, interval: 100 }
const SMS_SECONDS = 2
const EMAIL_SECONDS = 5
const ladder = [
  { channel: 'IN_APP', afterSeconds: 0 },
  { channel: 'SMS', afterSeconds: SMS_SECONDS },
  { channel: 'EMAIL', afterSeconds: EMAIL_SECONDS },
]

let stage: FleetStage
let twilio: FakeSms
let sms: FleetProcess

beforeAll(async () => {
  stage = await openSharedStage()
  twilio = await openFakeTwilio(account)
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
      SMS_WORKER_TIMEOUT: '5000',
    },
    logDir: stage.logDir,
    readyTimeoutMs: 60_000,
  })
}, OPEN_MS_MAX)

afterAll(async () => {
  sms?.kill('SIGTERM')
  await sms?.exited
  await stage?.close()
  await twilio?.close()
})

let people = 0

/** Somebody with all addresses. */
async function createPerson(preferences: object = {}) {
  const id = `person-${++people}`
  const person = { id, email: `${id}@example.com`, phone: `+49151125${String(10_000 + people)}` }
  const { email, phone } = person
  const { status } = await stage.api.call('PUT', `/api/users/${id}`, { body: { email, phone, preferences } })
  expect(status).toBe(200)
  return person
}

async function post(recipientId: string, more: object = {}) {
  const { status, body } = await stage.api.post({
    type: 'REMINDER',
    title: 'Please look',
    message: 'There is something to decide.',
    recipientIds: [recipientId],
    ...more,
  })
  expect(status).toBe(202)
  return body.eventId
}

const rowsOf = async (id: string) =>
  (await readDeliveries(stage, id)).map(({ channel, status, reason }) =>
    reason ? `${channel} ${status} ${reason}` : `${channel} ${status}`,
  )

async function waitForRows(id: string, ...expected: string[]) {
  await vi.waitFor(async () => expect(await rowsOf(id)).toEqual(expected), patience)
  const [row] = await readDeliveries(stage, id)
  return row?.notificationId ?? ''
}

/** When each rung was claimed, in seconds from the start of its ladder. */
async function readClaims(id: string): Promise<Record<string, number>> {
  const { rows } = await stage.pool.query<{ channel: string; seconds: number }>(
    `SELECT d.channel, extract(epoch FROM min(a."startedAt") - n."createdAt")::float8 AS seconds
     FROM "Notification" n JOIN "NotificationDelivery" d ON d."notificationId" = n.id
     JOIN "DeliveryAttempt" a ON a."deliveryId" = d.id WHERE n."recipientId" = $1 GROUP BY d.id, n.id`,
    [id],
  )
  return Object.fromEntries(rows.map(({ channel, seconds }) => [channel, seconds]))
}

const textsTo = async (phone: string) => (await twilio.accepted()).filter(({ to }) => to === phone)

describe('a ladder', () => {
  it('is in the inbox at once, then a text message, then a mail, each at its time', async () => {
    const { id, email, phone } = await createPerson()
    await post(id, { deliveryStrategy: 'ESCALATION', ladder })
    await waitForRows(id, 'EMAIL SCHEDULED', 'IN_APP DELIVERED', 'SMS SCHEDULED')
    await waitForRows(id, 'EMAIL SENT', 'IN_APP DELIVERED', 'SMS SENT')
    const { SMS = 0, EMAIL = 0 } = await readClaims(id)
    expect(SMS).toBeGreaterThan(SMS_SECONDS - 0.5)
    expect(EMAIL).toBeGreaterThan(EMAIL_SECONDS - 0.5)
    expect(SMS).toBeLessThan(EMAIL_SECONDS)
    expect([(await textsTo(phone)).length, (await readMails(stage, email)).length]).toEqual([1, 1])
  })

  it('stops when it is read: after the text message, the mail is cancelled', async () => {
    const { id, email, phone } = await createPerson()
    await post(id, {
      deliveryStrategy: 'ESCALATION',
      ladder: [ladder[0], ladder[1], { channel: 'EMAIL', afterSeconds: 60 }],
    })
    const notificationId = await waitForRows(id, 'EMAIL SCHEDULED', 'IN_APP DELIVERED', 'SMS SENT')
    const { status, body } = await stage.api.read(notificationId, id)
    expect([status, body.stopped]).toEqual([200, { cancelled: 1, tooLate: 1, possiblySent: 0 }])
    expect(await rowsOf(id)).toEqual(['EMAIL CANCELLED read', 'IN_APP DELIVERED', 'SMS SENT'])
    expect([(await textsTo(phone)).length, (await readMails(stage, email)).length]).toEqual([1, 0])
  })

  it('that nobody described waits ten and forty minutes, which is what LOW gets', async () => {
    const { id } = await createPerson()
    await post(id, { notificationPriority: 'LOW' })
    const notificationId = await waitForRows(id, 'EMAIL SCHEDULED', 'IN_APP DELIVERED', 'SMS SCHEDULED')
    const { body } = await stage.api.readDeliveryStatus(notificationId)
    const startedAtMs = Date.parse(body.notification.createdAt)
    const minutes = body.deliveries.map(({ channel, scheduledFor }) =>
      scheduledFor === null ? channel : `${channel} ${Math.round((Date.parse(scheduledFor) - startedAtMs) / 60_000)}`,
    )
    expect(minutes.toSorted()).toEqual(['EMAIL 40', 'IN_APP', 'SMS 10'])
    expect((await stage.api.cancel(notificationId)).status).toBe(200)
  })

  it('is none for CRITICAL: everywhere at once, whatever was asked', async () => {
    const { id, email, phone } = await createPerson()
    await post(id, { notificationPriority: 'CRITICAL', deliveryStrategy: 'ESCALATION', ladder })
    await waitForRows(id, 'EMAIL SENT', 'IN_APP DELIVERED', 'SMS SENT')
    expect([(await textsTo(phone)).length, (await readMails(stage, email)).length]).toEqual([1, 1])
  })

  it('leaves out what the person switched off, and says so', async () => {
    const { id, phone } = await createPerson({ sms: false })
    await post(id, { deliveryStrategy: 'ESCALATION', ladder })
    await waitForRows(id, 'EMAIL SENT', 'IN_APP DELIVERED', 'SMS SUPPRESSED preference_off')
    expect(await textsTo(phone)).toEqual([])
  })
})

describe('an event that waits', () => {
  const mail = { channels: ['EMAIL'] }
  const stateOf = async (eventId: string) =>
    (await stage.api.call<{ state: string }>('GET', `/api/events/${eventId}`)).body.state
  const waitForState = (eventId: string, state: string) =>
    vi.waitFor(async () => expect(await stateOf(eventId)).toBe(state), patience)

  it('for its time is HELD, then planned with the preferences of that moment', async () => {
    const { id, email } = await createPerson()
    const eventId = await post(id, { ...mail, delay: 4_000 })
    await waitForState(eventId, 'HELD')
    expect(await rowsOf(id)).toEqual([])
    await stage.api.call('PUT', `/api/users/${id}`, { body: { email: `new-${email}` } })
    await waitForState(eventId, 'PLANNED')
    await waitForRows(id, 'EMAIL SENT')
    expect((await readMails(stage, `new-${email}`)).length).toBe(1)
  })

  it('for approval goes out when it is approved, and never when it is rejected', async () => {
    const { id, email } = await createPerson()
    const [approved, rejected] = [
      await post(id, { ...mail, requiresApproval: true }),
      await post(id, { ...mail, requiresApproval: true }),
    ]
    await waitForState(approved, 'HELD')
    await waitForState(rejected, 'HELD')
    expect((await stage.api.call('POST', `/api/events/${rejected}/reject`)).status).toBe(200)
    expect((await stage.api.call('POST', `/api/events/${approved}/approve`)).status).toBe(200)
    await waitForState(approved, 'PLANNED')
    await waitForRows(id, 'EMAIL SENT')
    expect(await stateOf(rejected)).toBe('CANCELLED')
    expect((await readMails(stage, email)).length).toBe(1)
  })

  it('under a key gives way to a newer one, and is cancelled by its key', async () => {
    const { id } = await createPerson()
    const sendAt = new Date(Date.now() + 3_600_000).toISOString()
    const first = await post(id, { ...mail, sendAt, cancelKey: `slot-${id}` })
    const second = await post(id, { ...mail, sendAt, cancelKey: `slot-${id}` })
    await waitForState(first, 'CANCELLED')
    await waitForState(second, 'HELD')
    const { body } = await stage.api.call<object>('DELETE', `/api/notifications/by-key/slot-${id}`)
    expect(body).toMatchObject({ success: true, eventIds: [second] })
    expect(await stateOf(second)).toBe('CANCELLED')
    expect(await rowsOf(id)).toEqual([])
  })
})

it('a timer that nobody ends in time tells so, and notifies; one that is acknowledged does not', async () => {
  const { id, email } = await createPerson()
  const set = (key: string, more: object) =>
    stage.api.call<{ id: string }>('POST', '/api/timers', { body: { key: `${key}-${id}`, afterSeconds: 1, ...more } })
  const told = await set('told', { data: { slot: 7 } })
  const quiet = await set('quiet', {})
  const event = {
    type: 'SLOT_FREE',
    title: 'Your turn',
    message: 'The slot is free.',
    recipientIds: [id],
    channels: ['EMAIL'],
  }
  const notifying = await set('notifying', { onDue: 'notify', event })
  expect([told.status, quiet.status, notifying.status]).toEqual([201, 201, 201])
  const ended = await stage.api.call<object>('POST', `/api/timers/quiet-${id}/acknowledge`)
  expect(ended.body).toMatchObject({ answer: 'ended' })
  await waitForRows(id, 'EMAIL SENT')
  expect((await readMails(stage, email)).length).toBe(1)
  await vi.waitFor(async () => {
    const records = (await readTopic(stage.kafka, OUTCOMES_TOPIC)).map(({ value }) => JSON.parse(String(value)))
    const expired = records.filter(({ type, key }) => type === 'timer.expired' && String(key).endsWith(`-${id}`))
    expect(expired).toMatchObject([{ timerId: told.body.id, key: `told-${id}`, data: { slot: 7 } }])
  }, patience)
})
