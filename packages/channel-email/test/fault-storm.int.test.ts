import type { Behaviour, Stage } from '@carillon/testkit'
import { openFakeSmtp } from '@carillon/testkit'
import { expect, it, vi } from 'vitest'
import { createEmailChannel } from '../src/email-channel.ts'
import { channelOptions, outgoingMessage } from './outgoing-message.ts'

const stages: Stage[] = ['greeting', 'mail', 'rcpt', 'data', 'body', 'dot', 'accepted']

/** One of each kind of fault at each stage, in turn; a refusal after the acceptance would be a lie of the server's. */
function faultNumber(index: number): Behaviour {
  const at = stages[index % stages.length] ?? 'mail'
  const faults = [{ drop: true }, { delayMs: 300 }, at === 'accepted' ? {} : { reply: '451 4.3.0 later' }]
  return { at, times: 1, ...faults[Math.floor(index / stages.length) % faults.length] }
}

it('in a storm of faults no answer contradicts what the server accepted', async () => {
  const fake = await openFakeSmtp()
  const channel = createEmailChannel(channelOptions(fake))
  for (let index = 0; index < 210; index += 1) await fake.behave(faultNumber(index))

  const sends = Array.from({ length: 500 }, async (_, index) => {
    const message = outgoingMessage({ deliveryId: `d${index}`, timeoutMs: 200 + (index % 30) * 100 })
    return { deliveryId: message.deliveryId, result: await channel.send(message, new AbortController().signal) }
  })
  const results = await Promise.all(sends)
  await channel.close()
  await vi.waitFor(async () => expect((await fake.connections()).open).toBe(0), { timeout: 10_000 })

  const accepted = (await fake.accepted()).map(({ deliveryId }) => deliveryId)
  expect(new Set(accepted).size).toBe(accepted.length)
  const withOutcome = (outcome: string) =>
    results.filter(({ result }) => result.outcome === outcome).map(({ deliveryId }) => deliveryId)
  expect(withOutcome('accepted').filter((id) => !accepted.includes(id))).toEqual([])
  expect(withOutcome('unavailable').filter((id) => accepted.includes(id))).toEqual([])
  for (const outcome of ['accepted', 'unavailable', 'unknown']) expect(withOutcome(outcome)).not.toEqual([])
  await fake.close()
})
