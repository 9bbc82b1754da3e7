import type { Behaviour, FleetStage } from '@carillon/testkit'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { guest, OPEN_MS_MAX, openSharedStage, readMails, waitForEmail } from './open-shared-stage.ts'

let stage: FleetStage

beforeAll(async () => {
  stage = await openSharedStage()
}, OPEN_MS_MAX)

afterAll(async () => {
  await stage?.close()
})

async function send(name: string, behaviour?: Omit<Behaviour, 'for'>): Promise<void> {
  if (behaviour) await stage.smtp.behave({ ...behaviour, for: `${name}@example.com` })
  await stage.api.post({ type: 'X', title: 'Hi', message: 'hi', recipients: [guest(name)], channels: ['EMAIL'] })
}

const countMails = async (name: string) => (await readMails(stage, `${name}@example.com`)).length

it('an answer that is lost leads to one more mail with the same Message-ID, and the row says so', async () => {
  await send('lost', { at: 'accepted', drop: true, times: 1 })
  const email = await waitForEmail(stage, 'lost', { status: 'SENT', possiblySent: true, attemptCount: 2 })
  const mails = await readMails(stage, 'lost@example.com')
  expect(mails).toHaveLength(2)
  expect(new Set(mails.map(({ messageId }) => messageId)).size).toBe(1)
  expect(mails.map(({ attempt }) => attempt)).toEqual([1, 2])
  const told = await stage.api.readDeliveryStatus(email.notificationId)
  expect(told.body.deliveries[0]).toMatchObject({ status: 'SENT', possiblySent: true })
})

it('a connection that is lost before the message was sent is no doubt: nobody is said to have got it twice', async () => {
  await send('dropped', { at: 'rcpt', drop: true, times: 1 })
  await waitForEmail(stage, 'dropped', { status: 'SENT', possiblySent: false, attemptCount: 1 })
  expect(await countMails('dropped')).toBe(1)
})

it('a server that is away costs no attempt, and the mail goes when it is back', async () => {
  await stage.smtp.refuseConnections(true)
  await stage.smtp.dropConnections()
  await send('away')
  await waitForEmail(stage, 'away', { status: 'SCHEDULED', attemptCount: 0 })
  await stage.smtp.refuseConnections(false)
  await waitForEmail(stage, 'away', { status: 'SENT', attemptCount: 1, possiblySent: false })
  expect(await countMails('away')).toBe(1)
})

it('a mail that is put off is tried again, and counted', async () => {
  await send('later', { at: 'dot', reply: '451 4.3.0 try again later', times: 1 })
  await waitForEmail(stage, 'later', { status: 'SENT', attemptCount: 2, possiblySent: false })
  expect(await countMails('later')).toBe(1)
})

it('a mail that is put off for ever fails after four tries', async () => {
  await send('never', { at: 'rcpt', reply: '451 4.3.0 try again later' })
  await waitForEmail(stage, 'never', { status: 'FAILED', reason: 'smtp_try_later', attemptCount: 4 })
  expect(await countMails('never')).toBe(0)
})

it('a mailbox that does not exist fails once, and is not written to again', async () => {
  await send('unknown', { at: 'rcpt', reply: '550 5.1.1 no such user' })
  await waitForEmail(stage, 'unknown', { status: 'FAILED', reason: 'smtp_mailbox_unknown', attemptCount: 1 })
  const recipients = [{ userId: 'unknown-again', email: 'unknown@example.com' }]
  await stage.api.post({ type: 'X', message: 'hi', recipients, channels: ['EMAIL'] })
  await waitForEmail(stage, 'unknown-again', { status: 'SUPPRESSED', reason: 'address_suppressed', attemptCount: 0 })
})

it.each([
  ['552 5.3.4 message too big', 'smtp_message_too_big'],
  ['554 5.7.1 refused by policy', 'smtp_policy'],
  ['550 nothing more', 'smtp_refused'],
])('%s fails for good', async (reply, reason) => {
  const name = `refused-${reason}`.replaceAll('_', '-')
  await send(name, { at: 'dot', reply })
  await waitForEmail(stage, name, { status: 'FAILED', reason, attemptCount: 1 })
  expect(await countMails(name)).toBe(0)
})

it('a server that closes on us is no fault of the mail', async () => {
  await send('closing', { at: 'mail', reply: '421 4.3.2 shutting down', times: 1 })
  await waitForEmail(stage, 'closing', { status: 'SENT', attemptCount: 1, possiblySent: false })
})
