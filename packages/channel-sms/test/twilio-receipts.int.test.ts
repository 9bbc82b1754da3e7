import type { FakeSms, StatusReport } from '@carillon/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { smsReasons } from '../src/reasons.ts'
import type { ProviderReceipt } from '../src/receipt.ts'
import { readTwilioReceipt, verifyTwilioSignature } from '../src/twilio/twilio-receipts.ts'
import { accounts, createChannel, never, openTwilio, outgoingMessage, phone, tokens } from './fakes.ts'
import { named, openReceiver, type Receiver } from './receiver.ts'

let receiver: Receiver
let fake: FakeSms

beforeEach(async () => {
  receiver = await openReceiver()
  fake = await openTwilio()
})

afterEach(async () => {
  receiver.close()
  await fake.close()
})

async function sendByTwilio() {
  const url = `${receiver.origin}/webhooks/twilio`
  const options = { ...accounts.twilio, baseUrl: fake.url, from: '+15005550006', statusCallbackUrl: url }
  const channel = createChannel({}, { twilio: options })
  const result = await channel.send(outgoingMessage(), never)
  const id = result.outcome === 'accepted' ? (result.providerMessageId ?? '') : ''
  return { channel, id, report: (report: StatusReport) => fake.reportStatus(id, report).then(readTwilio) }
}

function readTwilio(): ProviderReceipt | undefined {
  const { url, rawBody } = receiver.lastCall()
  return readTwilioReceipt({ params: Object.fromEntries(new URLSearchParams(rawBody)), url, tokens })
}

function isFromTwilio(call = receiver.lastCall(), authTokens: string[] = [accounts.twilio.authToken]) {
  const header = call.headers['x-twilio-signature']
  const signature = typeof header === 'string' ? header : undefined
  const params = Object.fromEntries(new URLSearchParams(call.rawBody))
  return verifyTwilioSignature({ authTokens, signature, url: call.url, params })
}

describe('what Twilio reports of a message', () => {
  const rows: [string, StatusReport, object][] = [
    ['accepted', { status: 'accepted' }, { kind: 'accepted', rank: 1 }],
    ['queued', { status: 'queued' }, { kind: 'queued', rank: 2 }],
    ['sending', { status: 'sending' }, { kind: 'sending', rank: 3 }],
    ['sent', { status: 'sent' }, { kind: 'sent', rank: 4 }],
    ['delivered', { status: 'delivered' }, { kind: 'delivered', rank: 5 }],
    ['read', { status: 'read' }, { kind: 'read', rank: 6 }],
    ['a status nobody knows', { status: 'sung' }, { kind: 'other', rank: 0 }],
    [
      '30003, one more try',
      { status: 'undelivered', errorCode: 30003 },
      { kind: 'undelivered', rank: 5, reason: 'receipt_handset_unreachable', isRetryWorthwhile: true },
    ],
    [
      '30008, one more try',
      { status: 'undelivered', errorCode: 30008 },
      { kind: 'undelivered', reason: 'receipt_carrier_error', isRetryWorthwhile: true },
    ],
    ['30004', { status: 'undelivered', errorCode: 30004 }, { reason: 'receipt_number_blocked' }],
    [
      '30005, the number is dead',
      { status: 'undelivered', errorCode: 30005 },
      { reason: 'receipt_number_unknown', suppressAddress: true, address: phone },
    ],
    [
      '30006, the number is dead',
      { status: 'undelivered', errorCode: 30006 },
      { reason: 'receipt_landline', suppressAddress: true, address: phone },
    ],
    ['30007', { status: 'undelivered', errorCode: 30007 }, { reason: 'receipt_filtered', alert: true }],
    ['30034', { status: 'undelivered', errorCode: 30034 }, { reason: 'sms_sender_unregistered', alert: true }],
    ['30036', { status: 'failed', errorCode: 30036 }, { kind: 'failed', rank: 5, reason: 'receipt_expired' }],
    ['21610', { status: 'failed', errorCode: 21610 }, { reason: 'sms_opted_out', suppressAddress: true }],
    ['a code nobody knows', { status: 'failed', errorCode: 39999 }, { reason: 'receipt_not_delivered' }],
  ]
  it.each(rows)('%s', async (_name, report, expected) => {
    const { id, report: send } = await sendByTwilio()
    const receipt = await send(report)
    expect(isFromTwilio()).toBe(true)
    expect(receipt).toMatchObject({ provider: 'twilio', providerMessageId: id, ...named, ...expected })
    if (receipt?.reason) expect(Object.keys(smsReasons)).toContain(receipt.reason)
    const mayRetry = [30003, 30008].includes(report.errorCode ?? 0)
    expect(receipt?.isRetryWorthwhile ?? false).toBe(mayRetry)
    const mayNeverAgain = [30005, 30006, 21610].includes(report.errorCode ?? 0)
    expect(receipt?.suppressAddress ?? false).toBe(mayNeverAgain)
  })

  it('has the same name when it is told twice, and another for another status', async () => {
    const { report } = await sendByTwilio()
    const [first, again, other] = [
      await report({ status: 'sent' }),
      await report({ status: 'sent' }),
      await report({ status: 'delivered' }),
    ]
    expect(again).toEqual(first)
    expect(other?.providerEventId).not.toBe(first?.providerEventId)
  })

  it('leads to the same end in whatever order it comes, because a rank never goes back', async () => {
    const { report } = await sendByTwilio()
    const statuses = ['queued', 'sending', 'sent', 'delivered']
    const receipts = await statuses.reduce<Promise<ProviderReceipt[]>>(async (before, status) => {
      const receipt = await before.then(async (list) => ({ list, one: await report({ status }) }))
      return receipt.one ? [...receipt.list, receipt.one] : receipt.list
    }, Promise.resolve([]))
    for (const order of permute(receipts)) {
      const end = order.reduce((best, one) => (one.rank > best.rank ? one : best))
      expect(end.kind).toBe('delivered')
    }
  })

  it('is from Twilio only with its signature over this address and these words', async () => {
    const { report } = await sendByTwilio()
    await report({ status: 'sent' })
    const genuine = receiver.lastCall()
    expect(isFromTwilio(genuine, ['rotated', accounts.twilio.authToken])).toBe(true)
    expect(isFromTwilio(genuine, ['rotated'])).toBe(false)
    expect(isFromTwilio({ ...genuine, url: `${genuine.url}&more=1` })).toBe(false)
    expect(isFromTwilio({ ...genuine, rawBody: genuine.rawBody.replace('sent', 'delivered') })).toBe(false)
    await report({ status: 'sent', signature: 'forged' })
    expect(isFromTwilio()).toBe(false)
    await report({ status: 'sent', signature: 'missing' })
    expect(isFromTwilio()).toBe(false)
  })

  it('names no delivery when the token was made up', async () => {
    const { report } = await sendByTwilio()
    await report({ status: 'sent' })
    const { url, rawBody } = receiver.lastCall()
    const params = Object.fromEntries(new URLSearchParams(rawBody))
    const forged = url.replace(/.$/, (last) => (last === '0' ? '1' : '0'))
    expect(readTwilioReceipt({ params, url: forged, tokens })).not.toHaveProperty('deliveryId')
    expect(readTwilioReceipt({ params, url })).not.toHaveProperty('deliveryId')
  })

  it.each([{}, { MessageSid: '' }, { MessageSid: 'SM1' }, { MessageStatus: 'sent' }])('is nothing: %j', (params) => {
    expect(readTwilioReceipt({ params, url: '/', tokens })).toBeUndefined()
  })
})

describe('what a person writes back by SMS', () => {
  it('STOP opts out, and Twilio refuses the next message', async () => {
    const { channel } = await sendByTwilio()
    await fake.reply({ from: phone, to: '+15005550006', text: ' stop ', url: `${receiver.origin}/webhooks/twilio` })
    expect(isFromTwilio()).toBe(true)
    expect(readTwilio()).toMatchObject({
      kind: 'opted_out',
      rank: 0,
      reason: 'sms_opted_out',
      suppressAddress: true,
      address: phone,
    })
    expect(await channel.send(outgoingMessage(), never)).toMatchObject({
      outcome: 'rejected',
      reason: 'sms_opted_out',
      suppressAddress: true,
    })
    await fake.reply({ from: phone, to: '+15005550006', text: 'START', url: `${receiver.origin}/webhooks/twilio` })
    expect(readTwilio()).toMatchObject({ kind: 'opted_in', address: phone })
    expect(await channel.send(outgoingMessage(), never)).toMatchObject({ outcome: 'accepted' })
  })

  it.each([
    ['STOPALL', 'opted_out'],
    ['Unsubscribe.', 'opted_out'],
    ['quit!', 'opted_out'],
    ['arrêt', 'opted_out'],
    ['unstop', 'opted_in'],
    ['help', 'help'],
    ['Info', 'help'],
    ['please do not stop', 'replied'],
    ['stop it', 'replied'],
    ['constructor', 'replied'],
    ['', 'replied'],
    ['👍', 'replied'],
  ])('%j', (text, kind) => {
    const params = { MessageSid: 'SM1', SmsStatus: 'received', From: phone, To: '+15005550006', Body: text }
    const receipt = readTwilioReceipt({ params, url: '/' })
    expect(receipt).toMatchObject({ kind, address: phone })
    expect(receipt?.suppressAddress ?? false).toBe(kind === 'opted_out')
  })

  it('Twilio may say itself what a word in another language meant', () => {
    const params = { MessageSid: 'SM1', SmsStatus: 'received', From: phone, Body: 'basta', OptOutType: 'STOP' }
    expect(readTwilioReceipt({ params, url: '/' })).toMatchObject({ kind: 'opted_out' })
  })
})

function permute<T>(items: readonly T[]): T[][] {
  if (items.length < 2) return [[...items]]
  return items.flatMap((item, index) =>
    permute(items.filter((_, other) => other !== index)).map((rest) => [item, ...rest]),
  )
}
