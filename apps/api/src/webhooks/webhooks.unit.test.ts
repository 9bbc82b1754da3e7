import { createHash, createHmac, generateKeyPairSync, randomUUID, sign } from 'node:crypto'
import { createDeliveryTokens } from '@carillon/channel-sms'
import { createApi } from '@carillon/http-api'
import { createMemoryPorts } from '@carillon/http-api/testing'
import { parseConfig } from '@carillon/process'
import { decodeReceipt } from '@carillon/receipts'
import { describe, expect, it } from 'vitest'
import { settings } from '../config.ts'
import { createWebhooks } from './create-webhooks.ts'

const SECRET = 'a secret of the test'
const NUMBER = '+4915112345678'
const PUBLIC_URL = 'https://notify.example/webhooks'
const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const TOPIC = 'arn:aws:sns:eu-west-1:123456789012:mail'
const ALL = {
  WEBHOOKS_URL: PUBLIC_URL,
  TWILIO_AUTH_TOKEN: 'twilio token',
  VONAGE_SIGNATURE_SECRET: 'vonage secret',
  META_APP_SECRET: 'older secret,meta secret',
  META_VERIFY_TOKEN: 'our word',
  SENDGRID_WEBHOOK_KEY: publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
  SES_TOPIC_ARNS: TOPIC,
}
const reference = { deliveryId: randomUUID(), attempt: 2 }
const token = createDeliveryTokens([SECRET]).sign(reference)

async function startApi(environment: Readonly<Record<string, string>> = ALL) {
  const needed = { DATABASE_URL: 'postgres://x', KAFKA_BROKER: 'x:9092', CARILLON_SECRET: SECRET }
  const config = parseConfig(settings, { ...needed, ...environment })
  const tenants = { ids: ['default', 'acme'] as readonly string[] | undefined }
  const webhooks = await createWebhooks(config, {
    async listTenantIds() {
      if (!tenants.ids) throw new Error('the database is away')
      return tenants.ids
    },
  })
  const memory = createMemoryPorts()
  const app = createApi({ ...memory.ports, webhooks }, { eventIdKeys: ['a key for event ids of 32 characters'] })
  async function post(path: string, body: string, headers: Record<string, string>) {
    const response = await app.request(path, { method: 'POST', body, headers })
    return { status: response.status, text: await response.text() }
  }
  const receipts = () =>
    memory.published.map(({ value }) => {
      const decoded = decodeReceipt(new TextEncoder().encode(value))
      if (!decoded.ok) throw new Error(decoded.message)
      return decoded.receipt
    })
  return { app, webhooks, post, receipts, tenants, published: memory.published }
}

const form = (params: Record<string, string>) => new URLSearchParams(params).toString()

function signTwilio(url: string, params: Record<string, string>): Record<string, string> {
  const sorted = Object.keys(params).toSorted()
  const signed = url + sorted.map((key) => key + params[key]).join('')
  const signature = createHmac('sha1', ALL.TWILIO_AUTH_TOKEN).update(signed).digest('base64')
  return { 'content-type': 'application/x-www-form-urlencoded', 'x-twilio-signature': signature }
}

it('opens a door to every provider that is configured, and to no other', async () => {
  const names = async (environment: Record<string, string>) =>
    (await startApi(environment)).webhooks.providers.map(({ name }) => name)
  expect(await names(ALL)).toEqual(['twilio', 'vonage', 'meta', 'sendgrid', 'ses'])
  expect(await names({ META_APP_SECRET: 'x' })).toEqual(['meta'])
  expect(await names({})).toEqual([])
})

it.each([
  ['SENDGRID_WEBHOOK_KEY', 'no key'],
  ['SES_TOPIC_ARNS', 'mail'],
  ['WEBHOOKS_URL', 'no address'],
])('refuses a setting that would refuse every report: %s', async (name, value) => {
  await expect(startApi({ [name]: value })).rejects.toThrow(name)
})

describe('Twilio', () => {
  const params = {
    MessageSid: 'SM1',
    MessageStatus: 'undelivered',
    ErrorCode: '30003',
    To: NUMBER,
    From: '+15005550006',
  }
  const path = `/webhooks/twilio?ref=${token}`

  it('is believed by its signature over the public address, and names delivery and attempt by our token', async () => {
    const api = await startApi()
    const answer = await api.post(path, form(params), signTwilio(`${PUBLIC_URL}/twilio?ref=${token}`, params))
    expect(answer).toEqual({ status: 200, text: '<Response/>' })
    expect(api.receipts()).toEqual([
      expect.objectContaining({
        ...{ provider: 'twilio', kind: 'undelivered', rank: 5, providerMessageId: 'SM1', ...reference },
        ...{ isRetryWorthwhile: true, reason: 'receipt_handset_unreachable' },
      }),
    ])
    expect(api.published[0]?.value).not.toContain(NUMBER)
  })

  it('takes no token that we did not sign', async () => {
    const api = await startApi()
    const forged = `/webhooks/twilio?ref=${token.slice(0, -1)}x`
    await api.post(forged, form(params), signTwilio(`${PUBLIC_URL}${forged.slice('/webhooks'.length)}`, params))
    expect(api.receipts()[0]).not.toHaveProperty('deliveryId')
  })

  it.each([
    ['another status', path, { ...params, MessageStatus: 'delivered' }],
    ['another token', '/webhooks/twilio?ref=other', params],
  ])('is not believed with %s than it signed', async (_name, at, sent) => {
    const api = await startApi()
    const headers = signTwilio(`${PUBLIC_URL}/twilio?ref=${token}`, params)
    expect((await api.post(at, form(sent), headers)).status).toBe(403)
    expect((await api.post(path, form(params), {})).status).toBe(403)
    expect(api.published).toEqual([])
  })

  it.each([
    ['SMS', NUMBER],
    ['WHATSAPP', `whatsapp:${NUMBER}`],
  ])('tells of a person who does not want %s any more', async (channel, From) => {
    const api = await startApi()
    const stop = { MessageSid: 'SM2', SmsStatus: 'received', Body: 'Stop.', From, To: '+15005550006' }
    await api.post('/webhooks/twilio', form(stop), signTwilio(`${PUBLIC_URL}/twilio`, stop))
    const [receipt] = api.receipts()
    expect(receipt).toMatchObject({ kind: 'opted_out', channel })
    expect(Object.keys(receipt?.addressHashes ?? {})).toEqual(['default', 'acme'])
    expect(receipt?.addressHashes?.default).toBe(api.webhooks.hashAddress('default', NUMBER))
    expect(api.published[0]?.value).not.toContain(NUMBER.slice(1))
  })

  it('tells of it also while the database is away, once the tenants were known', async () => {
    const api = await startApi()
    api.tenants.ids = undefined
    const stop = { MessageSid: 'SM3', SmsStatus: 'received', Body: 'STOP', From: NUMBER }
    const post = () => api.post('/webhooks/twilio', form(stop), signTwilio(`${PUBLIC_URL}/twilio`, stop))
    expect((await post()).status).toBe(500)
    api.tenants.ids = ['default']
    expect((await post()).status).toBe(200)
    api.tenants.ids = undefined
    expect((await post()).status).toBe(200)
  })
})

describe('Vonage', () => {
  const body = JSON.stringify({ message_uuid: 'v1', status: 'delivered', to: NUMBER.slice(1), client_ref: token })

  function signVonage(signedBody: string): Record<string, string> {
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const payloadHash = createHash('sha256').update(signedBody).digest('hex')
    const claims = { iat: Math.floor(Date.now() / 1_000), payload_hash: payloadHash }
    const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`
    const mac = createHmac('sha256', ALL.VONAGE_SIGNATURE_SECRET).update(signed).digest('base64url')
    return { authorization: `Bearer ${signed}.${mac}` }
  }

  it('is believed by its token over the body', async () => {
    const api = await startApi()
    expect((await api.post('/webhooks/vonage', body, signVonage(body))).status).toBe(200)
    expect(api.receipts()).toMatchObject([{ provider: 'vonage', kind: 'delivered', ...reference }])
    expect((await api.post('/webhooks/vonage', `${body} `, signVonage(body))).status).toBe(403)
  })

  it.each([
    ['SMS', 'sms'],
    ['WHATSAPP', 'whatsapp'],
  ])('tells of a person who does not want %s any more', async (channel, name) => {
    const api = await startApi()
    const stop = JSON.stringify({ message_uuid: 'v2', channel: name, from: NUMBER.slice(1), text: 'STOP' })
    await api.post('/webhooks/vonage', stop, signVonage(stop))
    expect(api.receipts()).toMatchObject([{ kind: 'opted_out', channel }])
  })
})

describe('Meta', () => {
  const webhook = (value: object) =>
    JSON.stringify({ object: 'whatsapp_business_account', entry: [{ changes: [{ value }] }] })
  const signMeta = (body: string) => ({
    'x-hub-signature-256': `sha256=${createHmac('sha256', 'meta secret').update(body).digest('hex')}`,
  })

  it('is believed by any of our secrets over the body', async () => {
    const api = await startApi()
    const body = webhook({
      statuses: [{ id: 'wamid.1', status: 'read', biz_opaque_callback_data: token }],
      messages: [{ id: 'wamid.2', from: NUMBER.slice(1), text: { body: 'START' } }],
    })
    expect((await api.post('/webhooks/meta', body, signMeta(body))).status).toBe(200)
    expect(api.receipts()).toMatchObject([
      { provider: 'meta', kind: 'read', rank: 6, ...reference },
      { kind: 'opted_in', channel: 'WHATSAPP' },
    ])
    expect((await api.post('/webhooks/meta', body.replace('read', 'sent'), signMeta(body))).status).toBe(403)
  })

  it('is told that the door is ours, when it brings our word', async () => {
    const { app } = await startApi()
    const ask = (word: string) =>
      app.request(`/webhooks/meta?hub.mode=subscribe&hub.verify_token=${word}&hub.challenge=42`)
    const answer = await ask('our+word')
    expect([answer.status, await answer.text()]).toEqual([200, '42'])
    expect((await ask('another')).status).toBe(404)
  })
})

it('SendGrid is believed by its signature over time and body', async () => {
  const api = await startApi()
  const body = JSON.stringify([
    { event: 'bounce', sg_event_id: 'e1', 'smtp-id': `<${reference.deliveryId}@x>`, status: '5.1.1' },
  ])
  const signature = sign('sha256', Buffer.from(`1769000000${body}`), privateKey).toString('base64')
  const headers = {
    'x-twilio-email-event-webhook-signature': signature,
    'x-twilio-email-event-webhook-timestamp': '1769000000',
  }
  expect((await api.post('/webhooks/sendgrid', body, headers)).status).toBe(200)
  expect(api.receipts()).toMatchObject([{ kind: 'failed', suppressAddress: true, deliveryId: reference.deliveryId }])
  expect((await api.post('/webhooks/sendgrid', `${body}\n`, headers)).status).toBe(403)
})
