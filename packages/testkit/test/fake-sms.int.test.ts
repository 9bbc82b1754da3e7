import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { type FakeSms, openFakeMeta, openFakeTwilio, openFakeVonage, spawnFakeSms } from '../src/sms/index.ts'
import twilio from '../src/sms/twilio-schema.json' with { type: 'json' }
import { createFindFault } from '../src/vendor-schema.ts'

const findFault = createFindFault(twilio)
const account = { accountSid: `AC${'0'.repeat(32)}`, authToken: 'secret' }
const authorization = `Basic ${Buffer.from(`${account.accountSid}:${account.authToken}`).toString('base64')}`
const opened: FakeSms[] = []

afterEach(async () => {
  for (const fake of opened.splice(0)) await fake.close()
})

async function track<F extends FakeSms>(opening: Promise<F>): Promise<F> {
  const fake = await opening
  opened.push(fake)
  return fake
}

function post(fake: FakeSms, fields: Record<string, string>, headers = { authorization }) {
  return fetch(`${fake.url}/2010-04-01/Accounts/${account.accountSid}/Messages.json`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(fields).toString(),
  })
}
const readJson = async (response: Response) => JSON.parse(await response.text())

const message = { To: '+4915112345678', From: '+15005550006', Body: 'Grüße 🎉' }

describe('the fake of Twilio', () => {
  it('accepts a message, lists it, and answers for it by its sid', async () => {
    const fake = await track(openFakeTwilio(account))
    const response = await post(fake, message)
    expect(response.status).toBe(201)
    const created = await readJson(response)
    expect(created).toMatchObject({ body: 'Grüße 🎉', status: 'queued', date_sent: null, to: message.To })
    expect(await fake.accepted()).toMatchObject([{ number: 1, to: message.To, providerMessageId: created.sid }])
    const one = await fetch(`${fake.url}${created.uri}`, { headers: { authorization } })
    expect(await one.json()).toEqual(created)
    const today = new Date().toISOString().slice(0, 10)
    const list = async (query: string) => {
      const url = `${fake.url}/2010-04-01/Accounts/${account.accountSid}/Messages.json?${query}`
      const { messages } = await readJson(await fetch(url, { headers: { authorization } }))
      return messages.length
    }
    expect(await list(`To=${encodeURIComponent(message.To)}`)).toBe(1)
    expect(await list('To=%2B1')).toBe(0)
    // As at Twilio, what still waits in the queue has no date of sending.
    expect(await list(`DateSent=${today}`)).toBe(0)
    await expect(fake.reportStatus(created.sid, { status: 'sent' })).rejects.toThrow()
    expect(await list(`DateSent=${today}`)).toBe(1)
    expect(await list(`DateSent%3E=${today}`)).toBe(1)
    expect(await list('DateSent%3C=2020-01-01')).toBe(0)
  })

  it('refuses wrong credentials and a number that is none', async () => {
    const fake = await track(openFakeTwilio(account))
    const unknown = await post(fake, message, { authorization: 'Basic eDp5' })
    expect([unknown.status, (await readJson(unknown)).code]).toEqual([401, 20003])
    const invalid = await post(fake, { ...message, To: '123' })
    expect([invalid.status, (await readJson(invalid)).code]).toEqual([400, 21211])
    expect(await fake.accepted()).toEqual([])
  })

  it.each([
    ['a number that is text', { ValidityPeriod: 'soon' }, 'ValidityPeriod'],
    ['a fraction of a second', { ValidityPeriod: '1.5' }, 'ValidityPeriod'],
    ['a service with another prefix', { MessagingServiceSid: `SM${'0'.repeat(32)}` }, 'MessagingServiceSid'],
    ['an address without a host', { StatusCallback: 'webhooks/twilio' }, 'StatusCallback'],
    ['a word of no list', { ContentRetention: 'forget' }, 'ContentRetention'],
    ['a field that Twilio does not have', { Text: 'hello' }, 'Text'],
  ])('refuses %s, as its published schema does', async (_name, fields, field) => {
    const fake = await track(openFakeTwilio(account))
    const refused = await post(fake, { ...message, ...fields })
    expect([refused.status, await readJson(refused)]).toMatchObject([
      400,
      { code: 20001, message: expect.stringContaining(field) },
    ])
    expect(await fake.accepted()).toEqual([])
  })

  it.each([{ From: '+15005550006' }, { Body: 'hello' }])('refuses a message with nothing but %j', async (fields) => {
    const fake = await track(openFakeTwilio(account))
    expect((await post(fake, { To: message.To, ...fields })).status).toBe(400)
  })

  it('answers in the shape of the published schema', async () => {
    const fake = await track(openFakeTwilio(account))
    const created = await readJson(await post(fake, message))
    expect(findFault('message', created)).toBeUndefined()
    await expect(fake.reportStatus(created.sid, { status: 'undelivered', errorCode: 30003 })).rejects.toThrow()
    const url = `${fake.url}/2010-04-01/Accounts/${account.accountSid}/Messages.json?PageSize=1`
    const list = await readJson(await fetch(url, { headers: { authorization } }))
    expect(list.messages).toMatchObject([{ status: 'undelivered', error_code: 30003 }])
    expect(findFault('messageList', list)).toBeUndefined()
    expect(findFault('message', { ...created, status: 'sung' })).toMatchObject({ path: 'status' })
  })

  it('misbehaves for one number, for the next two, and then no more', async () => {
    const fake = await track(openFakeTwilio(account))
    await fake.behave({ at: 'body', for: '+447400123456', answer: { code: 21614 } })
    await fake.behave({ at: 'body', times: 2, answer: { code: 20429, retryAfter: '4' } })
    const statuses: number[] = []
    for (let index = 0; index < 3; index += 1) statuses.push((await post(fake, message)).status)
    expect(statuses).toEqual([429, 429, 201])
    expect((await post(fake, { ...message, To: '+447400123456' })).status).toBe(400)
    await fake.clearBehaviours()
    expect((await post(fake, { ...message, To: '+447400123456' })).status).toBe(201)
  })

  it('resets, stalls and refuses connections on command', async () => {
    const fake = await track(openFakeTwilio(account))
    for (const at of ['connect', 'headers', 'body', 'accepted'] as const) {
      await fake.dropConnections()
      await fake.behave({ at, drop: 'reset', times: 1 })
      await expect(post(fake, message)).rejects.toThrow()
    }
    expect(await fake.accepted()).toHaveLength(1)
    await fake.behave({ at: 'accepted', hold: 'thinking', times: 1 })
    const slow = post(fake, message)
    expect(await fake.waitForHold('thinking', 2_000)).toMatchObject({ recipients: [message.To] })
    await fake.releaseHold('thinking')
    expect((await slow).status).toBe(201)
    await fake.refuseConnections(true)
    await fake.dropConnections()
    await expect(post(fake, message)).rejects.toThrow()
    await fake.refuseConnections(false)
    expect((await post(fake, message)).status).toBe(201)
  })
})

it('the fakes of Vonage and Meta refuse what is not theirs', async () => {
  const vonage = await track(openFakeVonage({ applicationId: 'app', signatureSecret: 's' }))
  const meta = await track(openFakeMeta({ phoneNumberId: '1', accessToken: 't', appSecret: 's' }))
  expect((await fetch(`${vonage.url}/v1/messages`, { method: 'POST', body: '{}' })).status).toBe(401)
  expect((await fetch(`${meta.url}/v23.0/1/messages`, { method: 'POST', body: '{}' })).status).toBe(401)
})

describe('a fake in a process of its own', () => {
  it('is driven like one in this process, and its file says what it accepted', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'fake-sms-'))
    const file = join(folder, 'accepted.jsonl')
    try {
      const fake = await track(spawnFakeSms('twilio', account, { file }))
      await fake.behave({ at: 'body', times: 1, answer: { status: 503 } })
      expect((await post(fake, message)).status).toBe(503)
      expect((await post(fake, message)).status).toBe(201)
      const [accepted] = await fake.waitForAccepted(1, 2_000)
      expect(accepted).toMatchObject({ to: message.To, text: message.Body })
      expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(accepted)
      expect(await fake.requests()).toHaveLength(2)
      await fake.behave({ at: 'accepted', hold: 'there', times: 1 })
      const slow = post(fake, message)
      expect(await fake.waitForHold('there', 2_000)).toMatchObject({ name: 'there' })
      await fake.releaseHold('there')
      expect((await slow).status).toBe(201)
      expect(await fake.connections()).toMatchObject({ opened: expect.any(Number) })
      await expect(fake.reportStatus('SM', { status: 'sent' })).rejects.toThrow('was not accepted')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
