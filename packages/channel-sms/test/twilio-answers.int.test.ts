import type { FakeSms, SmsBehaviour, WrongAnswer } from '@carillon/testkit'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ProviderChannel } from '../src/provider-channel.ts'
import { smsReasons } from '../src/reasons.ts'
import { createChannel, never, openTwilio, outgoingMessage, phone } from './fakes.ts'

type Expected = Readonly<Record<string, unknown>>

let fake: FakeSms
let channel: ProviderChannel

beforeEach(async () => {
  fake = await openTwilio()
  channel = createChannel({ twilio: fake })
})

afterEach(async () => {
  await fake.clearBehaviours()
  await channel.close()
  await fake.close()
})

let answered = 0
afterAll(() => console.log(`${answered} answers and silences of Twilio, each through the real client`))

async function sendTo(behaviour?: SmsBehaviour, timeoutMs = 5_000) {
  if (behaviour) await fake.behave(behaviour)
  const result = await channel.send(outgoingMessage({ timeoutMs }), never)
  const { provider, ...rest } = result
  expect(provider).toBe('twilio')
  answered += 1
  if (!('reason' in rest)) return { outcome: rest.outcome, providerMessageId: rest.providerMessageId }
  const { error, ...known } = rest
  expect(error).not.toBe('')
  expect(error).not.toContain(phone.slice(-9))
  expect(Object.keys(smsReasons)).toContain(known.reason)
  return known
}

const stops = (reason: string): Expected => ({ outcome: 'unavailable', reason, stopsChannel: true, alert: true })
const busy: Expected = { outcome: 'unavailable', reason: 'sms_provider_busy', opensBreaker: true }
const dead: Expected = { outcome: 'rejected', reason: 'sms_number_invalid', suppressAddress: true }
const ourFault = (reason: string): Expected => ({ outcome: 'rejected', reason, alert: true })
const unclear: Expected = { outcome: 'unknown', reason: 'sms_answer_unclear' }
const lost: Expected = { outcome: 'unknown', reason: 'sms_answer_lost' }

describe('what Twilio answers decides what becomes of the message', () => {
  it('201: accepted, with the sid of the message', async () => {
    const result = await sendTo()
    expect(result).toEqual({ outcome: 'accepted', providerMessageId: (await fake.accepted())[0]?.providerMessageId })
  })

  const rows: [string, WrongAnswer, Expected][] = [
    ['429', { status: 429 }, busy],
    ['429 with Retry-After in seconds', { code: 20429, retryAfter: '7' }, { ...busy, retryAfterMs: 7_000 }],
    ['20429', { code: 20429 }, busy],
    ['21611, the queue of our sender is full', { code: 21611 }, busy],
    ['20003', { code: 20003 }, stops('sms_credentials')],
    ['20404, no such account', { code: 20404 }, stops('sms_credentials')],
    ['401 without a code', { status: 401 }, stops('sms_credentials')],
    ['20005', { code: 20005 }, stops('sms_account_suspended')],
    ['30002', { code: 30002 }, stops('sms_account_suspended')],
    ['21211', { code: 21211 }, dead],
    ['21214', { code: 21214 }, dead],
    ['21217', { code: 21217 }, dead],
    ['21614', { code: 21614 }, dead],
    ['21610', { code: 21610 }, { outcome: 'rejected', reason: 'sms_opted_out', suppressAddress: true }],
    ['21408', { code: 21408 }, ourFault('sms_region_not_enabled')],
    ['21606', { code: 21606 }, ourFault('sms_sender_refused')],
    ['21612', { code: 21612 }, ourFault('sms_route_missing')],
    ['30034', { code: 30034 }, ourFault('sms_sender_unregistered')],
    ['a code nobody knows', { status: 400, code: 29999 }, { outcome: 'rejected', reason: 'sms_refused' }],
    ['a code nobody knows with 403', { status: 403, code: 29999 }, { outcome: 'rejected', reason: 'sms_refused' }],
    ['400 without a code', { status: 400 }, { outcome: 'rejected', reason: 'sms_refused' }],
  ]
  it.each(rows)('%s', async (_name, answer, expected) => {
    expect(await sendTo({ at: 'body', answer })).toEqual(expected)
    expect(await fake.accepted()).toEqual([])
  })

  const unclearRows: [string, WrongAnswer][] = [
    ['500', { status: 500 }],
    ['502 with a page of HTML', { status: 502, body: '<html>Bad Gateway</html>' }],
    ['503', { status: 503, code: 20503 }],
    ['503 with Retry-After', { status: 503, retryAfter: '5' }],
    ['504', { status: 504 }],
    ['500 beside a code of the table', { status: 500, code: 21211 }],
    ['408', { status: 408 }],
    ['302', { status: 302, body: '' }],
    ['201 that cannot be read', { status: 201, body: 'ok' }],
    ['201 without a sid', { status: 201, body: '{}' }],
  ]
  it.each(unclearRows)('%s: it may hold the message', async (_name, answer) => {
    expect(await sendTo({ at: 'accepted', answer })).toEqual(unclear)
    expect(await fake.accepted()).toHaveLength(1)
  })
})

it('a redirect is not followed: it may hold the message, and nobody else gets it', async () => {
  expect(await sendTo({ at: 'accepted', answer: { status: 307, location: `${fake.url}/elsewhere` } })).toEqual(unclear)
  expect(await fake.requests()).toHaveLength(1)
})

describe('an answer that never came leaves the message unknown, whether it was accepted or not', () => {
  const rows: [string, SmsBehaviour, number][] = [
    ['a reset before anything was read', { at: 'connect', drop: 'reset' }, 0],
    ['a reset before the body was read', { at: 'headers', drop: 'reset' }, 0],
    ['a reset after the body was read, not accepted', { at: 'body', drop: 'reset' }, 0],
    ['a reset after it was accepted', { at: 'accepted', drop: 'reset' }, 1],
    ['half an answer', { at: 'accepted', drop: 'half' }, 1],
  ]
  it.each(rows)('%s', async (_name, behaviour, acceptedCount) => {
    expect(await sendTo(behaviour)).toEqual(lost)
    expect(await fake.accepted()).toHaveLength(acceptedCount)
  })

  it('the time limit, with the message not accepted yet', async () => {
    expect(await sendTo({ at: 'body', hold: 'silent' }, 200)).toEqual(lost)
    await fake.releaseHold('silent')
    expect(await fake.waitForAccepted(1, 2_000)).toHaveLength(1)
  })

  it('the time limit, with the message accepted', async () => {
    expect(await sendTo({ at: 'accepted', hold: 'silent' }, 200)).toEqual(lost)
    expect(await fake.accepted()).toHaveLength(1)
  })

  it('but one that comes late and in time is an answer', async () => {
    expect(await sendTo({ at: 'accepted', delayMs: 150 })).toMatchObject({ outcome: 'accepted' })
  })

  it('on a connection that served a message before', async () => {
    expect(await sendTo()).toMatchObject({ outcome: 'accepted' })
    expect(await sendTo({ at: 'body', drop: 'reset', times: 1 })).toEqual(lost)
    expect(await sendTo({ at: 'accepted', drop: 'reset', times: 1 })).toEqual(lost)
    expect(await sendTo()).toMatchObject({ outcome: 'accepted' })
    expect(await fake.accepted()).toHaveLength(3)
  })
})

it('connections that are refused: surely not sent, and no attempt is used up', async () => {
  await fake.refuseConnections(true)
  const expected = { outcome: 'unavailable', reason: 'sms_unreachable', opensBreaker: true, notHandedOver: true }
  expect(await sendTo()).toEqual(expected)
  await fake.refuseConnections(false)
  expect(await sendTo()).toMatchObject({ outcome: 'accepted' })
})

it('a host that does not exist: surely not sent', async () => {
  const lostChannel = createChannel({ twilio: { ...fake, url: 'http://nowhere.invalid' } })
  const result = await lostChannel.send(outgoingMessage(), never)
  expect(result).toMatchObject({ outcome: 'unavailable', reason: 'sms_unreachable', notHandedOver: true })
})

it('a certificate that nobody signed: surely not sent', async () => {
  const egress = async () => ({ kind: 'not_sent', error: 'no connection: DEPTH_ZERO_SELF_SIGNED_CERT' }) as const
  const result = await createChannel({ twilio: fake }, { egress }).send(outgoingMessage(), never)
  expect(result).toMatchObject({ outcome: 'unavailable', reason: 'sms_unreachable', notHandedOver: true })
})
