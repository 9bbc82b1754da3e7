import type { SendResult } from '@carillon/delivery'
import type { FakeSms, SmsBehaviour, WrongAnswer } from '@carillon/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ProviderChannel } from '../src/provider-channel.ts'
import type { SmsChannelOptions } from '../src/sms-channel.ts'
import { createChannel, never, openTwilio, openVonage, outgoingMessage } from './fakes.ts'

let twilio: FakeSms
let vonage: FakeSms
let channel: ProviderChannel
let madeUpFor: SendResult[]

beforeEach(async () => {
  twilio = await openTwilio()
  vonage = await openVonage()
  madeUpFor = []
  channel = openChannel()
})

afterEach(async () => {
  await twilio.clearBehaviours()
  await vonage.clearBehaviours()
  await channel.close()
  await twilio.close()
  await vonage.close()
})

function openChannel(overrides: Partial<SmsChannelOptions> = {}) {
  return createChannel({ twilio, vonage }, { onFailover: (refusal) => madeUpFor.push(refusal), ...overrides })
}

const send = (overrides = {}) => channel.send(outgoingMessage(overrides), never)
const countAccepted = async () => [(await twilio.accepted()).length, (await vonage.accepted()).length]
const atTwilio = (answer: WrongAnswer): SmsBehaviour => ({ at: 'body', answer })

describe('what is known not accepted goes to the next provider within the same hand-over', () => {
  it('when Twilio refuses connections', async () => {
    await twilio.refuseConnections(true)
    expect(await send()).toMatchObject({ outcome: 'accepted', provider: 'vonage' })
    expect(madeUpFor).toMatchObject([{ provider: 'twilio', reason: 'sms_unreachable' }])
    expect(await countAccepted()).toEqual([0, 1])
  })

  const rows: [string, WrongAnswer, string][] = [
    ['429', { code: 20429, retryAfter: '30' }, 'sms_provider_busy'],
    ['20003', { code: 20003 }, 'sms_credentials'],
    ['20005', { code: 20005 }, 'sms_account_suspended'],
    ['30002', { code: 30002 }, 'sms_account_suspended'],
    ['21408', { code: 21408 }, 'sms_region_not_enabled'],
    ['21606', { code: 21606 }, 'sms_sender_refused'],
    ['21612', { code: 21612 }, 'sms_route_missing'],
    ['30034', { code: 30034 }, 'sms_sender_unregistered'],
  ]
  it.each(rows)('when Twilio answers %s', async (_name, answer, reason) => {
    await twilio.behave(atTwilio(answer))
    expect(await send()).toMatchObject({ outcome: 'accepted', provider: 'vonage' })
    expect(madeUpFor).toMatchObject([{ provider: 'twilio', reason }])
    expect(await countAccepted()).toEqual([0, 1])
  })
})

describe('what may be accepted stays with the provider that may hold it', () => {
  const rows: [string, SmsBehaviour, number][] = [
    ['503', { at: 'body', answer: { status: 503 } }, 0],
    ['503 after it was accepted', { at: 'accepted', answer: { status: 503 } }, 1],
    ['a lost answer', { at: 'accepted', drop: 'reset' }, 1],
    ['a reset before it was accepted', { at: 'body', drop: 'reset' }, 0],
    ['half an answer', { at: 'accepted', drop: 'half' }, 1],
  ]
  it.each(rows)('%s', async (_name, behaviour, acceptedCount) => {
    await twilio.behave(behaviour)
    expect(await send()).toMatchObject({ outcome: 'unknown', provider: 'twilio' })
    expect(await countAccepted()).toEqual([acceptedCount, 0])
  })

  it('silence until the time limit', async () => {
    await twilio.behave({ at: 'accepted', hold: 'silent' })
    expect(await send({ timeoutMs: 200 })).toMatchObject({ outcome: 'unknown', provider: 'twilio' })
    expect(await countAccepted()).toEqual([1, 0])
  })
})

describe('a refusal of the number is no reason to try elsewhere', () => {
  it.each([21211, 21214, 21217, 21614, 21610, 29999])('%i', async (code) => {
    await twilio.behave(atTwilio({ code }))
    expect(await send()).toMatchObject({ outcome: 'rejected', provider: 'twilio' })
    expect(await countAccepted()).toEqual([0, 0])
  })
})

describe('the order follows the trouble', () => {
  it('three lost answers in a row, and the next ones go to the second provider', async () => {
    await twilio.behave({ at: 'accepted', drop: 'reset', times: 3 })
    for (let index = 0; index < 3; index += 1) expect(await send()).toMatchObject({ outcome: 'unknown' })
    for (let index = 0; index < 3; index += 1) {
      expect(await send()).toMatchObject({ outcome: 'accepted', provider: 'vonage' })
    }
    expect(await countAccepted()).toEqual([3, 3])
  })

  it('one message asks Twilio again after the pause, and its answer brings the others back', async () => {
    channel = openChannel({ breakerFailuresMax: 1, breakerOpenMs: 100 })
    await twilio.behave({ at: 'body', answer: { status: 503 }, times: 1 })
    expect(await send()).toMatchObject({ outcome: 'unknown' })
    expect(await send()).toMatchObject({ provider: 'vonage' })
    await new Promise((resolve) => setTimeout(resolve, 120))
    await twilio.behave({ at: 'accepted', hold: 'asking', times: 1 })
    const asking = send()
    await twilio.waitForHold('asking', 2_000)
    expect(await send()).toMatchObject({ provider: 'vonage' })
    await twilio.releaseHold('asking')
    expect(await asking).toMatchObject({ outcome: 'accepted', provider: 'twilio' })
    expect(await send()).toMatchObject({ provider: 'twilio' })
  })

  it('a provider that names a time is left alone until then', async () => {
    await twilio.behave({ at: 'body', answer: { code: 20429, retryAfter: '60' }, times: 1 })
    expect(await send()).toMatchObject({ provider: 'vonage' })
    expect(await send()).toMatchObject({ provider: 'vonage' })
    expect(await twilio.requests()).toHaveLength(1)
  })

  it('a provider that refuses our credentials is left alone, and its refusal is told', async () => {
    await twilio.behave(atTwilio({ code: 20003 }))
    for (let index = 0; index < 3; index += 1) expect(await send()).toMatchObject({ provider: 'vonage' })
    expect(madeUpFor).toMatchObject([{ reason: 'sms_credentials', alert: true }])
  })
})

describe('when no provider took it', () => {
  it('all refuse connections: nothing was sent, and the breaker opens', async () => {
    await twilio.refuseConnections(true)
    await vonage.refuseConnections(true)
    expect(await send()).toMatchObject({
      outcome: 'unavailable',
      reason: 'sms_unreachable',
      opensBreaker: true,
      notHandedOver: true,
    })
  })

  it('all are paused: it waits until the first may be tried again', async () => {
    for (const fake of [twilio, vonage]) await fake.behave({ at: 'body', answer: { status: 429, retryAfter: '20' } })
    expect(await send()).toMatchObject({ outcome: 'unavailable', reason: 'sms_provider_busy', retryAfterMs: 20_000 })
    const result = await send()
    expect(result).toMatchObject({ reason: 'sms_providers_paused', opensBreaker: true, notHandedOver: true })
    expect(result).toHaveProperty('retryAfterMs', expect.closeTo(20_000, -3))
  })

  it('one has no way to the number and the other is busy: another try can help', async () => {
    await twilio.behave(atTwilio({ code: 21408 }))
    await vonage.behave({ at: 'body', answer: { code: 1000 } })
    const result = await send()
    expect(result).toMatchObject({ outcome: 'unavailable', provider: 'vonage', alert: true })
    expect(result).not.toHaveProperty('opensBreaker')
    expect(result).not.toHaveProperty('notHandedOver')
  })

  it('both have no way to the number: rejected, and people are told', async () => {
    await twilio.behave(atTwilio({ code: 21408 }))
    await vonage.behave({ at: 'body', answer: { code: 1120 } })
    expect(await send()).toMatchObject({ outcome: 'rejected', reason: 'sms_region_not_enabled', alert: true })
  })

  it('all refuse our credentials: the channel stops', async () => {
    await twilio.behave(atTwilio({ code: 20003 }))
    await vonage.behave({ at: 'body', answer: { code: 'unauthorized' } })
    expect(await send()).toMatchObject({ outcome: 'unavailable', stopsChannel: true, alert: true })
  })

  it('one refuses our credentials and the other is down: the channel goes on', async () => {
    await twilio.behave(atTwilio({ code: 20003 }))
    await vonage.refuseConnections(true)
    const result = await send()
    expect(result).toMatchObject({ outcome: 'unavailable', alert: true, opensBreaker: true })
    expect(result).not.toHaveProperty('stopsChannel')
  })
})

describe('a message that may not be handed over any more', () => {
  it('its lease is used up: no provider is asked', async () => {
    const result = await send({ handOverBeforeMs: performance.now() - 1 })
    expect(result).toMatchObject({ outcome: 'unavailable', reason: 'lease_used_up', notHandedOver: true })
    expect((await twilio.connections()).opened).toBe(0)
  })

  it('its lease was used up by the first provider: the second is not asked', async () => {
    await twilio.behave({ at: 'body', delayMs: 150, answer: { code: 20429 } })
    const result = await send({ handOverBeforeMs: performance.now() + 100 })
    expect(result).toMatchObject({ outcome: 'unavailable', reason: 'sms_provider_busy', provider: 'twilio' })
    expect(await countAccepted()).toEqual([0, 0])
  })

  it('it was stopped before: no provider is asked', async () => {
    const result = await channel.send(outgoingMessage(), AbortSignal.abort())
    expect(result).toMatchObject({ outcome: 'unavailable', reason: 'sms_stopped', notHandedOver: true })
    expect((await twilio.connections()).opened).toBe(0)
  })

  it('the channel was closed: no provider is asked', async () => {
    await channel.close()
    expect(await send()).toMatchObject({ outcome: 'unavailable', reason: 'sms_stopped', notHandedOver: true })
  })

  it('a stop after the hand-over has begun is no stop', async () => {
    await twilio.behave({ at: 'accepted', hold: 'deciding', times: 1 })
    const caller = new AbortController()
    const sending = channel.send(outgoingMessage(), caller.signal)
    await twilio.waitForHold('deciding', 2_000)
    caller.abort()
    await twilio.releaseHold('deciding')
    expect(await sending).toMatchObject({ outcome: 'accepted', provider: 'twilio' })
  })
})

it('without any provider there is no channel', () => {
  expect(() => createChannel({})).toThrow('no provider')
})

describe('a provider that fails in one country', () => {
  const french = '+33612345678'

  it('is tried last there, and first everywhere else', async () => {
    await twilio.behave({ ...atTwilio({ code: 21408 }), for: outgoingMessage().address })
    for (let n = 0; n < 4; n++) expect(await send()).toMatchObject({ provider: 'vonage' })
    const asked = (await twilio.requests()).length
    expect(await send()).toMatchObject({ outcome: 'accepted', provider: 'vonage' })
    expect(await twilio.requests()).toHaveLength(asked)
    expect(await send({ address: french })).toMatchObject({ outcome: 'accepted', provider: 'twilio' })
  })

  it('is still there when the others fail', async () => {
    await twilio.behave({ ...atTwilio({ code: 21408 }), times: 4 })
    for (let n = 0; n < 4; n++) await send()
    await vonage.refuseConnections(true)
    await vonage.dropConnections()
    expect(await send()).toMatchObject({ outcome: 'accepted', provider: 'twilio' })
  })
})
