import type { FakeSms } from '@carillon/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ProviderChannel } from '../src/provider-channel.ts'
import { createChannel, never, openTwilio, openVonage, outgoingMessage, phone } from './fakes.ts'

let twilio: FakeSms
let vonage: FakeSms
let channel: ProviderChannel

beforeEach(async () => {
  twilio = await openTwilio()
  vonage = await openVonage()
  channel = createChannel({ twilio })
})

afterEach(async () => {
  await twilio.clearBehaviours()
  await channel.close()
  await twilio.close()
  await vonage.close()
})

const { content } = outgoingMessage()
/** The list is asked some seconds after the hand-over; the fake accepts now, so the hand-over is dated back. */
const startedAt = () => new Date(Date.now() - 6_000)
const lost = (overrides = {}) => {
  return { deliveryId: 'd', attempt: 1, address: phone, startedAt: startedAt(), content, ...overrides }
}

async function loseAnswer(at: 'body' | 'accepted', overrides = {}) {
  await twilio.behave({ at, drop: 'reset', times: 1 })
  expect(await channel.send(outgoingMessage(overrides), never)).toMatchObject({ outcome: 'unknown' })
}

describe('Twilio is asked for a message whose answer was lost', () => {
  it('it has it', async () => {
    await loseAnswer('accepted')
    const [accepted] = await twilio.accepted()
    expect(await channel.lookUp(lost())).toEqual({
      found: 'yes',
      provider: 'twilio',
      providerMessageId: accepted?.providerMessageId,
    })
  })

  it('it surely has not', async () => {
    await loseAnswer('body')
    expect(await channel.lookUp(lost())).toEqual({ found: 'no', provider: 'twilio' })
  })

  it('a message that waits in its queue has no date of sending, and is found all the same', async () => {
    await loseAnswer('accepted')
    expect(await channel.lookUp(lost())).toMatchObject({ found: 'yes' })
    const [asked] = (await twilio.requests()).slice(-1)
    expect(asked).toMatchObject({ method: 'GET' })
  })

  it('another message to the same number is not this one', async () => {
    await channel.send(outgoingMessage({ content: { title: 'Other', message: 'something else' } }), never)
    await loseAnswer('body')
    expect(await channel.lookUp(lost())).toEqual({ found: 'no', provider: 'twilio' })
  })

  it('nor is the same text to another number', async () => {
    await channel.send(outgoingMessage({ address: '+4915187654321' }), never)
    await loseAnswer('body')
    expect(await channel.lookUp(lost())).toEqual({ found: 'no', provider: 'twilio' })
  })

  it('nor is the same text at another time', async () => {
    await loseAnswer('accepted')
    const earlier = new Date(Date.now() - 600_000)
    const later = new Date(Date.now() + 10_000)
    expect(await channel.lookUp(lost({ startedAt: earlier }))).toEqual({ found: 'no', provider: 'twilio' })
    expect(await channel.lookUp(lost({ startedAt: later }))).toMatchObject({ found: 'cannot_tell' })
  })

  it('the same text twice at that time: it cannot be told which', async () => {
    await channel.send(outgoingMessage(), never)
    await loseAnswer('accepted')
    expect(await channel.lookUp(lost())).toEqual({ found: 'cannot_tell', provider: 'twilio' })
  })

  it('without the text it says no, and otherwise that it cannot be told', async () => {
    await loseAnswer('body')
    const { content: _content, ...unread } = lost()
    expect(await channel.lookUp(unread)).toEqual({ found: 'no', provider: 'twilio' })
    await loseAnswer('accepted')
    expect(await channel.lookUp(unread)).toEqual({ found: 'cannot_tell', provider: 'twilio' })
  })

  it('asked too early, when its list may not show it yet', async () => {
    await loseAnswer('accepted')
    expect(await channel.lookUp(lost({ startedAt: new Date() }))).toMatchObject({
      found: 'cannot_tell',
      askAgain: true,
    })
    await twilio.behave({ at: 'look_up', hide: true, times: 1 })
    expect(await channel.lookUp(lost({ startedAt: new Date() }))).toMatchObject({
      found: 'cannot_tell',
      askAgain: true,
    })
  })

  it.each([
    ['down', { at: 'look_up', answer: { status: 503 } }],
    ['cut off', { at: 'look_up', drop: 'half' }],
    ['refusing our credentials', { at: 'look_up', answer: { code: 20003 } }],
    ['saying nonsense', { at: 'look_up', answer: { status: 200, body: '<html>' } }],
  ] as const)('while it is %s it cannot be told, and is asked again', async (_name, behaviour) => {
    await loseAnswer('accepted')
    await twilio.behave(behaviour)
    expect(await channel.lookUp(lost())).toEqual({ found: 'cannot_tell', provider: 'twilio', askAgain: true })
  })

  it('while it refuses connections it cannot be told, and is asked again', async () => {
    await loseAnswer('accepted')
    await twilio.refuseConnections(true)
    await twilio.dropConnections()
    expect(await channel.lookUp(lost())).toEqual({ found: 'cannot_tell', provider: 'twilio', askAgain: true })
  })
})

describe('with a second provider, which cannot be asked', () => {
  beforeEach(() => {
    channel = createChannel({ twilio, vonage })
  })

  it('a message that Twilio may hold is asked of Twilio alone', async () => {
    await loseAnswer('body')
    expect(await channel.lookUp(lost({ provider: 'twilio' }))).toEqual({ found: 'no', provider: 'twilio' })
  })

  it('a message that Vonage may hold stays unknown, whatever Twilio says', async () => {
    expect(await channel.lookUp(lost({ provider: 'vonage' }))).toEqual({ found: 'cannot_tell', provider: 'vonage' })
  })

  it('when it is not known who may hold it, a no of Twilio is not enough, and its yes is', async () => {
    expect(await channel.lookUp(lost())).toEqual({ found: 'cannot_tell', provider: 'vonage' })
    await loseAnswer('accepted')
    expect(await channel.lookUp(lost())).toMatchObject({ found: 'yes', provider: 'twilio' })
  })

  it('a provider that is not configured any more cannot be asked', async () => {
    expect(await channel.lookUp(lost({ provider: 'other' }))).toEqual({ found: 'cannot_tell', provider: 'other' })
  })
})

it('a list that is cut off after a thousand messages is no proof that there is none', async () => {
  const other = outgoingMessage({ content: { title: 'Other', message: 'something else' } })
  for (let sent = 0; sent < 1_010; sent += 101) {
    await Promise.all(Array.from({ length: 101 }, () => channel.send(other, never)))
  }
  expect(await channel.lookUp(lost())).toEqual({ found: 'cannot_tell', provider: 'twilio' })
})
