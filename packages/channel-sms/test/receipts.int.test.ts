import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { FakeSms, StatusReport } from '@carillon/testkit'
import { SignJWT } from 'jose'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { answerMetaChallenge, readMetaReceipts, verifyMetaSignature } from '../src/meta/meta-receipts.ts'
import { smsReasons } from '../src/reasons.ts'
import type { ProviderReceipt } from '../src/receipt.ts'
import { readTwilioReceipt, verifyTwilioSignature } from '../src/twilio/twilio-receipts.ts'
import { readVonageReceipt, verifyVonageSignature } from '../src/vonage/vonage-receipts.ts'
import { createWhatsAppChannel } from '../src/whatsapp-channel.ts'
import {
  accounts,
  createChannel,
  never,
  openMeta,
  openTwilio,
  openVonage,
  outgoingMessage,
  phone,
  privateKey,
  tokens,
} from './fakes.ts'

interface Called {
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly rawBody: string
}

let receiver: Server
let origin: string
let called: Called[]
const fakes: FakeSms[] = []

beforeEach(async () => {
  called = []
  receiver = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      called.push({
        url: `${origin}${request.url}`,
        headers: request.headers,
        rawBody: Buffer.concat(chunks).toString(),
      })
      response.writeHead(204).end()
    })
  })
  receiver.listen(0, '127.0.0.1')
  await once(receiver, 'listening')
  const address = receiver.address()
  origin = typeof address === 'object' && address ? `http://127.0.0.1:${address.port}` : ''
})

afterEach(async () => {
  receiver.closeAllConnections()
  receiver.close()
  for (const fake of fakes.splice(0)) await fake.close()
})

function lastCall(): Called {
  const call = called.at(-1)
  if (!call) throw new Error('no callback came')
  return call
}

const { deliveryId } = outgoingMessage()
const named = { deliveryId, attempt: 1 }

async function sendByTwilio() {
  const fake = await openTwilio()
  fakes.push(fake)
  const url = `${origin}/webhooks/twilio`
  const options = { ...accounts.twilio, baseUrl: fake.url, from: '+15005550006', statusCallbackUrl: url }
  const channel = createChannel({}, { twilio: options })
  const result = await channel.send(outgoingMessage(), never)
  const id = result.outcome === 'accepted' ? (result.providerMessageId ?? '') : ''
  return { fake, channel, id, report: (report: StatusReport) => fake.reportStatus(id, report).then(readTwilio) }
}

function readTwilio(): ProviderReceipt | undefined {
  const { url, rawBody } = lastCall()
  return readTwilioReceipt({ params: Object.fromEntries(new URLSearchParams(rawBody)), url, tokens })
}

function isFromTwilio(call = lastCall(), authTokens: string[] = [accounts.twilio.authToken]) {
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
    const genuine = lastCall()
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
    const { url, rawBody } = lastCall()
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
    const { fake, channel } = await sendByTwilio()
    await fake.reply({ from: phone, to: '+15005550006', text: ' stop ', url: `${origin}/webhooks/twilio` })
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
    await fake.reply({ from: phone, to: '+15005550006', text: 'START', url: `${origin}/webhooks/twilio` })
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

describe('what Vonage reports', () => {
  const { signatureSecret, applicationId } = accounts.vonage

  async function sendByVonage() {
    const fake = await openVonage()
    fakes.push(fake)
    const statusCallbackUrl = `${origin}/webhooks/vonage`
    const options = { applicationId, privateKey, from: 'Acme', baseUrl: fake.url, statusCallbackUrl }
    const result = await createChannel({}, { vonage: options }).send(outgoingMessage(), never)
    const id = result.outcome === 'accepted' ? (result.providerMessageId ?? '') : ''
    return { fake, id, report: (report: StatusReport) => fake.reportStatus(id, report).then(readVonage) }
  }
  const readVonage = () => readVonageReceipt(JSON.parse(lastCall().rawBody), tokens)
  const isFromVonage = ({ headers, rawBody } = lastCall(), signatureSecrets: string[] = [signatureSecret]) =>
    verifyVonageSignature({ signatureSecrets, authorization: headers.authorization, rawBody })

  const rows: [StatusReport, object][] = [
    [{ status: 'submitted' }, { kind: 'sent', rank: 4 }],
    [{ status: 'delivered' }, { kind: 'delivered', rank: 5 }],
    [
      { status: 'rejected', errorCode: 1050 },
      { kind: 'failed', rank: 5, reason: 'receipt_number_blocked' },
    ],
    [
      { status: 'rejected', errorCode: 1180 },
      { reason: 'receipt_handset_unreachable', isRetryWorthwhile: true },
    ],
    [{ status: 'rejected', errorCode: 1360 }, { reason: 'receipt_expired' }],
    [{ status: 'undeliverable' }, { kind: 'failed', reason: 'receipt_not_delivered' }],
  ]
  it.each(rows)('%j', async (report, expected) => {
    const { id, report: send } = await sendByVonage()
    const receipt = await send(report)
    expect(await isFromVonage()).toBe(true)
    expect(receipt).toMatchObject({ provider: 'vonage', providerMessageId: id, ...named, address: phone, ...expected })
  })

  it('is from Vonage only with a token of HS256 over this very body', async () => {
    const { report } = await sendByVonage()
    await report({ status: 'delivered' })
    const genuine = lastCall()
    expect(await isFromVonage(genuine, ['rotated', signatureSecret])).toBe(true)
    expect(await isFromVonage(genuine, ['rotated'])).toBe(false)
    expect(await isFromVonage({ ...genuine, rawBody: genuine.rawBody.replace('delivered', 'rejected') })).toBe(false)
    const [, claims] = (genuine.headers.authorization ?? '').split('.')
    const none = `Bearer ${Buffer.from('{"alg":"none"}').toString('base64url')}.${claims}.`
    expect(await isFromVonage({ ...genuine, headers: { authorization: none } })).toBe(false)
    const payload = { payload_hash: createHash('sha256').update(genuine.rawBody).digest('hex') }
    const key = new TextEncoder().encode(signatureSecret.repeat(5))
    const signWith = (alg: string) => new SignJWT(payload).setProtectedHeader({ alg }).setIssuedAt().sign(key)
    for (const [alg, isKnown] of [['HS256', true] as const, ['HS512', false] as const]) {
      const headers = { authorization: `Bearer ${await signWith(alg)}` }
      expect(await isFromVonage({ ...genuine, headers }, [signatureSecret.repeat(5)])).toBe(isKnown)
    }
    for (const signature of ['forged', 'missing'] as const) {
      await report({ status: 'delivered', signature })
      expect(await isFromVonage()).toBe(false)
    }
  })

  it('STOP opts out', async () => {
    const { fake } = await sendByVonage()
    await fake.reply({ from: phone, to: '+447700900000', text: 'Stop', url: `${origin}/webhooks/vonage` })
    expect(await isFromVonage()).toBe(true)
    expect(readVonage()).toMatchObject({ kind: 'opted_out', address: phone, suppressAddress: true })
  })

  it.each([null, 1, 'x', [], {}, { message_uuid: 'a' }, { message_uuid: 1, status: 'sent' }])(
    'is nothing: %j',
    (body) => {
      expect(readVonageReceipt(body, tokens)).toBeUndefined()
    },
  )
})

describe('what Meta reports', () => {
  async function sendByMeta() {
    const fake = await openMeta()
    fakes.push(fake)
    const findTemplate = () => ({ name: 'news', variables: [] })
    const channel = createWhatsAppChannel({ meta: { ...accounts.meta, baseUrl: fake.url }, findTemplate, tokens })
    const result = await channel.send(outgoingMessage(), never)
    const id = result.outcome === 'accepted' ? (result.providerMessageId ?? '') : ''
    const url = `${origin}/webhooks/meta`
    return { fake, id, report: (report: StatusReport) => fake.reportStatus(id, { url, ...report }).then(readMeta) }
  }
  const readMeta = () => readMetaReceipts(JSON.parse(lastCall().rawBody), tokens)

  function isFromMeta({ headers, rawBody } = lastCall(), appSecrets: string[] = [accounts.meta.appSecret]) {
    const header = headers['x-hub-signature-256']
    return verifyMetaSignature({ appSecrets, signature: typeof header === 'string' ? header : undefined, rawBody })
  }

  const rows: [StatusReport, object][] = [
    [{ status: 'sent' }, { kind: 'sent', rank: 4 }],
    [{ status: 'delivered' }, { kind: 'delivered', rank: 5 }],
    [{ status: 'read' }, { kind: 'read', rank: 6 }],
    [
      { status: 'failed', errorCode: 131026 },
      { kind: 'failed', rank: 5, reason: 'whatsapp_number_unreachable' },
    ],
    [
      { status: 'failed', errorCode: 131050 },
      { reason: 'sms_opted_out', suppressAddress: true },
    ],
    [
      { status: 'failed', errorCode: 131048 },
      { reason: 'sms_provider_busy', isRetryWorthwhile: true },
    ],
    [{ status: 'failed', errorCode: 1 }, { reason: 'receipt_not_delivered' }],
    [{ status: 'played' }, { kind: 'other', rank: 0 }],
  ]
  it.each(rows)('%j', async (report, expected) => {
    const { id, report: send } = await sendByMeta()
    const receipts = await send(report)
    expect(isFromMeta()).toBe(true)
    expect(receipts).toMatchObject([{ provider: 'meta', providerMessageId: id, ...named, address: phone, ...expected }])
  })

  it('is from Meta only with the signature over this very body', async () => {
    const { report } = await sendByMeta()
    await report({ status: 'sent' })
    const genuine = lastCall()
    expect(isFromMeta(genuine, ['rotated', accounts.meta.appSecret])).toBe(true)
    expect(isFromMeta(genuine, ['rotated'])).toBe(false)
    expect(isFromMeta({ ...genuine, rawBody: `${genuine.rawBody} ` })).toBe(false)
    for (const signature of ['forged', 'missing'] as const) {
      await report({ status: 'sent', signature })
      expect(isFromMeta()).toBe(false)
    }
  })

  it('STOP opts out', async () => {
    const { fake } = await sendByMeta()
    await fake.reply({ from: phone, to: '', text: 'STOP', url: `${origin}/webhooks/meta` })
    expect(isFromMeta()).toBe(true)
    expect(readMeta()).toMatchObject([{ kind: 'opted_out', address: phone, suppressAddress: true }])
  })

  it('one that cannot be read takes none of the others with it', () => {
    const good = { id: 'wamid.1', status: 'sent' }
    const value = { statuses: [null, good, { id: 1 }], messages: [{}, { id: 'wamid.2', from: '49151' }] }
    const body = { object: 'whatsapp_business_account', entry: [{ changes: [{ value }, { value: {} }] }] }
    expect(readMetaReceipts(body)).toMatchObject([{ kind: 'sent' }, { kind: 'replied' }])
    for (const nothing of [null, [], {}, { object: 'page', entry: [] }, { entry: 1 }]) {
      expect(readMetaReceipts(nothing)).toEqual([])
    }
  })

  it('answers the challenge of a set-up only for our own word', () => {
    const query = new URLSearchParams({
      'hub.mode': 'subscribe',
      'hub.verify_token': 'ours',
      'hub.challenge': '42',
    })
    expect(answerMetaChallenge(query, 'ours')).toBe('42')
    expect(answerMetaChallenge(query, 'theirs')).toBeUndefined()
  })
})

function permute<T>(items: readonly T[]): T[][] {
  if (items.length < 2) return [[...items]]
  return items.flatMap((item, index) =>
    permute(items.filter((_, other) => other !== index)).map((rest) => [item, ...rest]),
  )
}
