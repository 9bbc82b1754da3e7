import type { FakeSms } from '@carillon/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createWhatsAppChannel } from '../src/whatsapp-channel.ts'
import { templatesByCategory } from '../src/whatsapp-templates.ts'
import { accounts, createChannel, never, openTwilio, openVonage, outgoingMessage, phone, tokens } from './fakes.ts'

let twilio: FakeSms
let vonage: FakeSms

beforeEach(async () => {
  twilio = await openTwilio()
  vonage = await openVonage()
})

afterEach(async () => {
  await twilio.close()
  await vonage.close()
})

/** The fake takes only what Twilio's published schema lets through: names, types and formats. */
async function readTwilioRequest() {
  const [request] = (await twilio.requests()).slice(-1)
  expect(request).toMatchObject({
    method: 'POST',
    path: `/2010-04-01/Accounts/${accounts.twilio.accountSid}/Messages.json`,
    contentType: 'application/x-www-form-urlencoded',
  })
  const fields = Object.fromEntries(new URLSearchParams(request?.body))
  expect((await twilio.accepted()).at(-1)?.fields).toEqual(fields)
  return fields
}

describe('what Twilio is asked', () => {
  it('is in the shape that it published, and names number, text, life and where to report', async () => {
    const expiresAt = new Date(Date.now() + 600_500)
    await createChannel({ twilio }).send(outgoingMessage({ expiresAt, attempt: 3 }), never)
    const { ValidityPeriod: seconds, StatusCallback: url = '', ...fields } = await readTwilioRequest()
    expect(fields).toEqual({ To: phone, From: '+15005550006', Body: 'Invoice paid: Your invoice 42 was paid.' })
    expect([599, 600]).toContain(Number(seconds))
    const token = new URL(url).searchParams.get('ref') ?? ''
    expect(tokens.verify(token)).toEqual({ deliveryId: outgoingMessage().deliveryId, attempt: 3 })
    expect((await twilio.accepted())[0]).toMatchObject({ deliveryId: outgoingMessage().deliveryId, attempt: 3 })
  })

  it.each([
    ['ten hours at most', 72 * 3_600_000, 36_000],
    ['a second at least', -5_000, 1],
  ])('to keep a message for %s', async (_name, inMs, seconds) => {
    await createChannel({ twilio }).send(outgoingMessage({ expiresAt: new Date(Date.now() + inMs) }), never)
    expect(Number((await readTwilioRequest()).ValidityPeriod)).toBe(seconds)
  })

  it('to let a messaging service choose the sender', async () => {
    const options = { ...accounts.twilio, baseUrl: twilio.url, messagingServiceSid: `MG${'1'.repeat(32)}` }
    await createChannel({}, { twilio: options }).send(outgoingMessage(), never)
    const fields = await readTwilioRequest()
    expect(fields).toMatchObject({ MessagingServiceSid: `MG${'1'.repeat(32)}` })
    expect(fields).not.toHaveProperty('From')
  })

  it('to send a template by WhatsApp, its variables numbered and in one line', async () => {
    const findTemplate = templatesByCategory({
      billing: { contentSid: `HX${'2'.repeat(32)}`, variables: ['title', 'message', 'actionUrl'] },
    })
    const options = { ...accounts.twilio, baseUrl: twilio.url, from: '+15005550006' }
    const channel = createWhatsAppChannel({ twilio: options, findTemplate })
    const content = { title: 'Paid', message: 'Line\n  two\t{{1}}' }
    expect(await channel.send(outgoingMessage({ content }), never)).toMatchObject({ outcome: 'accepted' })
    const { ContentVariables: variables = '', ...fields } = await readTwilioRequest()
    expect(fields).toMatchObject({
      To: `whatsapp:${phone}`,
      From: 'whatsapp:+15005550006',
      ContentSid: `HX${'2'.repeat(32)}`,
    })
    expect(JSON.parse(variables)).toEqual({ 1: 'Paid', 2: 'Line two {{1}}', 3: '-' })
    expect(fields).not.toHaveProperty('Body')
  })

  it('as many segments as the category is worth', async () => {
    const decideSegmentsMax = ({ category }: { category: string }) => (category === 'legal' ? 3 : 1)
    const channel = createChannel({ twilio }, { decideSegmentsMax })
    const content = { title: 'Terms', message: 'word '.repeat(80) }
    await channel.send(outgoingMessage({ content }), never)
    expect((await readTwilioRequest()).Body?.length).toBeLessThanOrEqual(160)
    await channel.send(outgoingMessage({ content, category: 'legal' }), never)
    expect((await readTwilioRequest()).Body?.length).toBe(7 + 'word '.repeat(80).trim().length)
  })
})

describe('what Vonage is asked', () => {
  it('is one text message, with our token as its reference', async () => {
    const url = 'https://carillon.test/webhooks/vonage'
    const { privateKey } = await import('./fakes.ts')
    const channel = createChannel(
      {},
      {
        vonage: {
          applicationId: accounts.vonage.applicationId,
          privateKey,
          from: '+447700900000',
          baseUrl: vonage.url,
          statusCallbackUrl: url,
        },
      },
    )
    const expiresAt = new Date(Date.now() + 600_500)
    expect(await channel.send(outgoingMessage({ expiresAt }), never)).toMatchObject({ outcome: 'accepted' })
    const [request] = await vonage.requests()
    expect(request).toMatchObject({ method: 'POST', path: '/v1/messages', contentType: 'application/json' })
    const { ttl, client_ref: reference, ...fields } = JSON.parse(request?.body ?? '')
    expect(fields).toEqual({
      channel: 'sms',
      message_type: 'text',
      to: phone.slice(1),
      from: '447700900000',
      text: 'Invoice paid: Your invoice 42 was paid.',
      webhook_url: url,
      webhook_version: 'v1',
    })
    expect([599, 600]).toContain(ttl)
    expect(tokens.verify(reference)).toMatchObject({ attempt: 1 })
    expect(reference.length).toBeLessThanOrEqual(100)
  })
})

describe('a message that is refused here is asked of nobody', () => {
  it.each([
    ['a landline', { address: '+493012345678' }, 'sms_number_type_refused'],
    ['no number', { address: 'ada@mail.test' }, 'sms_number_malformed'],
    ['a country that is not allowed', { address: '+447400123456' }, 'sms_country_not_allowed'],
    ['an empty text', { content: { title: ' ', message: '\n' } }, 'sms_text_empty'],
  ])('%s', async (_name, overrides, reason) => {
    const channel = createChannel({ twilio }, { policy: { countries: ['DE'] } })
    const result = await channel.send(outgoingMessage(overrides), never)
    expect(result).toMatchObject({ outcome: 'rejected', reason })
    expect(result).not.toHaveProperty('suppressAddress')
    expect((await twilio.connections()).opened).toBe(0)
  })
})
