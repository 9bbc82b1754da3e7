import { generateKeyPairSync } from 'node:crypto'
import type { FakeSms, SmsBehaviour, WrongAnswer } from '@carillon/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ProviderChannel } from '../src/provider-channel.ts'
import { smsReasons } from '../src/reasons.ts'
import { accounts, createChannel, never, openVonage, outgoingMessage, phone } from './fakes.ts'

type Expected = Readonly<Record<string, unknown>>

let fake: FakeSms
let channel: ProviderChannel

beforeEach(async () => {
  fake = await openVonage()
  channel = createChannel({ vonage: fake })
})

afterEach(async () => {
  await channel.close()
  await fake.close()
})

async function sendTo(behaviour?: SmsBehaviour) {
  if (behaviour) await fake.behave(behaviour)
  const { provider, ...rest } = await channel.send(outgoingMessage(), never)
  expect(provider).toBe('vonage')
  if (!('reason' in rest)) return { outcome: rest.outcome, providerMessageId: rest.providerMessageId }
  const { error, ...known } = rest
  expect(error).not.toContain(phone.slice(-9))
  expect(Object.keys(smsReasons)).toContain(known.reason)
  return known
}

const stops = (reason: string): Expected => ({ outcome: 'unavailable', reason, stopsChannel: true, alert: true })
const busy: Expected = { outcome: 'unavailable', reason: 'sms_provider_busy', opensBreaker: true }
const refused = (reason: string): Expected => ({ outcome: 'rejected', reason })

describe('what Vonage answers decides what becomes of the message', () => {
  it('202: accepted, with its id', async () => {
    const result = await sendTo()
    expect(result).toEqual({ outcome: 'accepted', providerMessageId: (await fake.accepted())[0]?.providerMessageId })
  })

  const rows: [string, WrongAnswer, Expected][] = [
    ['429', { status: 429 }, busy],
    ['1000 with Retry-After', { code: 1000, retryAfter: '3' }, { ...busy, retryAfterMs: 3_000 }],
    ['401', { status: 401 }, stops('sms_credentials')],
    ['unauthorized', { code: 'unauthorized' }, stops('sms_credentials')],
    ['402', { status: 402 }, stops('sms_balance_used_up')],
    ['1070', { code: 1070 }, stops('sms_balance_used_up')],
    ['1060', { code: 1060 }, stops('sms_account_suspended')],
    ['1120', { code: 1120 }, { ...refused('sms_sender_refused'), alert: true }],
    ['1040', { code: 1040 }, refused('sms_route_missing')],
    ['1050', { code: 1050 }, refused('sms_number_invalid')],
    ['1160', { code: 1160 }, { ...refused('sms_region_not_enabled'), alert: true }],
    ['1020', { code: 1020 }, refused('sms_refused')],
    ['500', { status: 500 }, { outcome: 'unknown', reason: 'sms_answer_unclear' }],
    ['503', { status: 503, body: '<html>' }, { outcome: 'unknown', reason: 'sms_answer_unclear' }],
    ['202 that cannot be read', { status: 202, body: 'ok' }, { outcome: 'unknown', reason: 'sms_answer_unclear' }],
  ]
  it.each(rows)('%s', async (_name, answer, expected) => {
    expect(await sendTo({ at: 'body', answer })).toEqual(expected)
    expect(await fake.accepted()).toEqual([])
  })

  it('a lost answer leaves it unknown', async () => {
    expect(await sendTo({ at: 'accepted', drop: 'reset' })).toEqual({ outcome: 'unknown', reason: 'sms_answer_lost' })
  })

  it('a private key of somebody else is refused credentials', async () => {
    const { privateKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    })
    const options = { applicationId: accounts.vonage.applicationId, privateKey, from: 'Acme', baseUrl: fake.url }
    const result = await createChannel({}, { vonage: options }).send(outgoingMessage(), never)
    expect(result).toMatchObject(stops('sms_credentials'))
  })

  it('a private key that is none is found out at the start', () => {
    const options = { applicationId: 'a', privateKey: 'no key', from: 'Acme', baseUrl: fake.url }
    expect(() => createChannel({}, { vonage: options })).toThrow('private key')
  })

  it('a private key in one line, as environments have it, will do', async () => {
    const { privateKey } = await import('./fakes.ts')
    const { applicationId } = accounts.vonage
    const options = { applicationId, privateKey: privateKey.replaceAll('\n', '\\n'), from: 'Acme', baseUrl: fake.url }
    const result = await createChannel({}, { vonage: options }).send(outgoingMessage(), never)
    expect(result).toMatchObject({ outcome: 'accepted' })
  })
})
