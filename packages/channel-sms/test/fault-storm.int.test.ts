import type { SmsBehaviour, SmsStage } from '@carillon/testkit'
import { expect, it } from 'vitest'
import { createChannel, never, openTwilio, openVonage, outgoingMessage } from './fakes.ts'

const stages: SmsStage[] = ['connect', 'headers', 'body', 'accepted']

/** One of each kind of fault at each stage, in turn; a refusal after the acceptance would be a lie of the provider's. */
function faultNumber(index: number): SmsBehaviour {
  const at = stages[index % stages.length] ?? 'body'
  const isHonest = at === 'accepted' || at === 'connect' || at === 'headers'
  const answer = { code: 20429 }
  const faults = [
    { drop: 'reset' },
    { delayMs: 250 },
    { drop: 'half' },
    isHonest ? { delayMs: 10 } : { answer },
  ] as const
  return { at, times: 1, ...faults[Math.floor(index / stages.length) % faults.length] }
}

it('in a storm of faults no answer contradicts what the providers accepted, and none holds a message twice', async () => {
  const twilio = await openTwilio()
  const vonage = await openVonage()
  const channel = createChannel({ twilio, vonage }, { breakerFailuresMax: 50, breakerOpenMs: 50 })
  for (let index = 0; index < 160; index += 1) {
    await twilio.behave(faultNumber(index))
    if (index % 4 === 0) await vonage.behave(faultNumber(index + (index % 16)))
  }
  const sends = Array.from({ length: 400 }, async (_, index) => {
    const deliveryId = `0198c0de-0000-7000-8000-${String(index).padStart(12, '0')}`
    const result = await channel.send(outgoingMessage({ deliveryId, timeoutMs: 200 + (index % 30) * 50 }), never)
    return { deliveryId, result }
  })
  const results = await Promise.all(sends)
  await channel.close()

  const held = [...(await twilio.accepted()), ...(await vonage.accepted())].map(({ deliveryId }) => deliveryId)
  expect(new Set(held).size).toBe(held.length)
  const withOutcome = (outcome: string) =>
    results.filter(({ result }) => result.outcome === outcome).map(({ deliveryId }) => deliveryId)
  expect(withOutcome('accepted').filter((id) => !held.includes(id))).toEqual([])
  expect(withOutcome('unavailable').filter((id) => held.includes(id))).toEqual([])
  expect(withOutcome('rejected')).toEqual([])
  for (const outcome of ['accepted', 'unknown']) expect(withOutcome(outcome)).not.toEqual([])
  for (const fake of [twilio, vonage]) {
    await fake.clearBehaviours()
    await fake.close()
  }
})
