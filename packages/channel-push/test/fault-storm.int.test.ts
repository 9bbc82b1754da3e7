import type { PushBehaviour, PushDrop, PushStage } from '@carillon/testkit'
import { openFakeFcm } from '@carillon/testkit'
import { expect, it, vi } from 'vitest'
import { createPushChannel } from '../src/push-channel.ts'
import { channelOptions, outgoingMessage } from './outgoing-message.ts'

const stages: PushStage[] = ['headers', 'received', 'accepted']
// A connection that is lost takes all its requests along, so most faults are of one request alone.
const drops: PushDrop[] = ['refuse_stream', 'break_stream', 'goaway', 'refuse_stream', 'reset', 'half']

/** One of each kind of fault at each stage, in turn; what would be a lie of FCM's is left out. */
function faultNumber(index: number): PushBehaviour {
  const at = stages[index % stages.length] ?? 'received'
  const round = Math.floor(index / stages.length)
  const drop = drops[round % drops.length] ?? 'reset'
  const isLie = at === 'accepted' && (drop === 'refuse_stream' || drop === 'goaway')
  const faults = [{ drop: isLie ? 'break_stream' : drop } as const, { delayMs: 300 }]
  const answer = at === 'accepted' ? {} : { answer: { code: 'UNAVAILABLE' } }
  return { at, times: 1, ...[...faults, answer][round % 3] }
}

it('in a storm of faults no answer contradicts what FCM accepted', async () => {
  const fcm = await openFakeFcm()
  const channel = createPushChannel(channelOptions({ fcm }))
  for (let index = 0; index < 210; index += 1) await fcm.behave(faultNumber(index))

  const sends = Array.from({ length: 500 }, async (_, index) => {
    const token = `token-${index}`
    // In waves, so that there are connections to lose more than once.
    await new Promise((resolve) => setTimeout(resolve, Math.floor(index / 10) * 25))
    const message = outgoingMessage({ devices: [token], timeoutMs: 200 + (index % 30) * 100 })
    return { token, result: await channel.send(message, new AbortController().signal) }
  })
  const results = await Promise.all(sends)
  await channel.close()
  await vi.waitFor(async () => expect((await fcm.connections()).open).toBe(0), { timeout: 10_000 })

  const accepted = (await fcm.accepted()).map(({ token }) => token)
  expect(new Set(accepted).size).toBe(accepted.length)
  const withOutcome = (outcome: string) =>
    results.filter(({ result }) => result.outcome === outcome).map(({ token }) => token)
  expect(withOutcome('accepted').filter((token) => !accepted.includes(token))).toEqual([])
  expect(withOutcome('unavailable').filter((token) => accepted.includes(token))).toEqual([])
  for (const outcome of ['accepted', 'unavailable', 'unknown']) expect(withOutcome(outcome)).not.toEqual([])
  await fcm.close()
}, 30_000)
