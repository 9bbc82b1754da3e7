import type { TakeProviderSlot } from '@carillon/delivery'
import type { FakeSms } from '@carillon/testkit'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createChannel, never, openTwilio, openVonage, outgoingMessage } from './fakes.ts'

let twilio: FakeSms
let vonage: FakeSms
let asked: [string, boolean][]

beforeEach(async () => {
  twilio = await openTwilio()
  vonage = await openVonage()
  asked = []
})

afterEach(async () => {
  await twilio.close()
  await vonage.close()
})

/** A limiter that gives each provider so many slots, and never one more. */
function giveSlots(left: Record<string, number>): TakeProviderSlot {
  return async function takeSlot(provider, isQueued) {
    asked.push([provider, isQueued])
    left[provider] = (left[provider] ?? 0) - 1
    const limit = { key: provider, count: 1, windowMs: 60_000 }
    return left[provider] >= 0
      ? { granted: true }
      : { granted: false, freeInMs: provider === 'twilio' ? 9_000 : 5_000, limit }
  }
}

const countAccepted = async () => [(await twilio.accepted()).length, (await vonage.accepted()).length]

it('what is over the rate of one provider goes to the next, and the rest waits for its turn without a try', async () => {
  const channel = createChannel({ twilio, vonage }, { takeSlot: giveSlots({ twilio: 2, vonage: 1 }) })
  const results = []
  for (let index = 0; index < 5; index += 1) results.push(await channel.send(outgoingMessage(), never))
  expect(results.slice(0, 3)).toMatchObject([{ provider: 'twilio' }, { provider: 'twilio' }, { provider: 'vonage' }])
  for (const result of results.slice(3)) {
    expect(result).toMatchObject({
      outcome: 'unavailable',
      reason: 'sms_rate_reached',
      notHandedOver: true,
      retryAfterMs: 5_000,
    })
    // Nobody is in trouble, so that the others of the channel go on.
    expect(result).not.toHaveProperty('opensBreaker')
  }
  expect(await countAccepted()).toEqual([2, 1])
  expect(asked.slice(-2)).toEqual([
    ['twilio', false],
    ['vonage', true],
  ])
  await channel.close()
})

it('a provider whose turn it is again gets messages at once: nothing was taken for trouble', async () => {
  const left = { twilio: 0, vonage: 100 }
  const channel = createChannel({ twilio, vonage }, { takeSlot: giveSlots(left), breakerFailuresMax: 2 })
  for (let index = 0; index < 6; index += 1) {
    expect(await channel.send(outgoingMessage(), never)).toMatchObject({ provider: 'vonage' })
  }
  left.twilio = 1
  expect(await channel.send(outgoingMessage(), never)).toMatchObject({ provider: 'twilio' })
  await channel.close()
})

it('a provider that is out of order is not asked for a slot', async () => {
  const takeSlot = giveSlots({ twilio: 100, vonage: 100 })
  const channel = createChannel({ twilio, vonage }, { takeSlot, breakerFailuresMax: 1, breakerOpenMs: 60_000 })
  await twilio.behave({ at: 'body', answer: { status: 429 } })
  for (let index = 0; index < 3; index += 1) await channel.send(outgoingMessage(), never)
  expect(asked.filter(([name]) => name === 'twilio')).toHaveLength(1)
  expect(await countAccepted()).toEqual([0, 3])
  await channel.close()
})
