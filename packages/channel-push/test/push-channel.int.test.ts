import type { Device } from '@carillon/delivery'
import type { FakeFcm, FakeWebPush } from '@carillon/testkit'
import { openFakeFcm, openFakeWebPush } from '@carillon/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createPushChannel, type PushChannel, type PushChannelOptions } from '../src/push-channel.ts'
import { channelOptions, never, outgoingMessage } from './outgoing-message.ts'

let fcm: FakeFcm
let webPush: FakeWebPush
const channels: PushChannel[] = []

beforeEach(async () => {
  ;[fcm, webPush] = await Promise.all([openFakeFcm(), openFakeWebPush()])
})

afterEach(async () => {
  await Promise.all([fcm.clearBehaviours(), webPush.clearBehaviours()])
  for (const channel of channels.splice(0)) await channel.close()
  await Promise.all([fcm.close(), webPush.close()])
})

function openChannel(overrides: Partial<PushChannelOptions> = {}) {
  return keepChannel({ ...channelOptions({ fcm, webPush }), ...overrides })
}

function keepChannel(options: PushChannelOptions) {
  const channel = createPushChannel(options)
  channels.push(channel)
  return channel
}

const answerTo = (token: string, code: string, retryAfter?: string) =>
  fcm.behave({ at: 'received', for: token, answer: { code, ...(retryAfter !== undefined && { retryAfter }) } })
const acceptedTokens = async () => (await fcm.accepted()).map(({ token }) => token).toSorted()

describe('a person with several devices', () => {
  it('gets the message on all of them', async () => {
    const { token } = await webPush.subscribe()
    const devices: Device[] = [
      { token: 'phone', platform: 'android' },
      { token: 'tablet', platform: 'ios' },
      { token: 'fcm-browser', platform: 'web' },
      { token, platform: 'web' },
    ]
    const result = await openChannel().send(outgoingMessage({ devices }), never)
    expect(result).toMatchObject({ outcome: 'accepted', provider: 'fcm' })
    expect(await acceptedTokens()).toEqual(['fcm-browser', 'phone', 'tablet'])
    expect(await webPush.accepted()).toHaveLength(1)
  })

  it('has it sent when one took it, and the dead ones are named', async () => {
    await answerTo('gone', 'UNREGISTERED')
    await answerTo('busy', 'UNAVAILABLE')
    await fcm.behave({ at: 'accepted', for: 'lost', drop: 'break_stream' })
    const devices = ['gone', 'busy', 'lost', 'live']
    const result = await openChannel().send(outgoingMessage({ devices }), never)
    expect(result).toMatchObject({ outcome: 'accepted', deadTokens: ['gone'] })
  })

  it('has it fail when all are dead', async () => {
    await answerTo('a', 'UNREGISTERED')
    await answerTo('b', 'SENDER_ID_MISMATCH')
    const result = await openChannel().send(outgoingMessage({ devices: ['a', 'b'] }), never)
    expect(result).toEqual({
      ...{ outcome: 'rejected', provider: 'fcm', reason: 'push_no_live_device', alert: true },
      ...{ error: 'push_token_unregistered, push_sender_mismatch', deadTokens: ['a', 'b'] },
    })
  })

  it('waits for the longest Retry-After when none took it', async () => {
    await answerTo('a', 'QUOTA_EXCEEDED', '20')
    await answerTo('b', 'UNAVAILABLE', '45')
    await answerTo('c', 'UNREGISTERED')
    const result = await openChannel().send(outgoingMessage({ devices: ['a', 'b', 'c'] }), never)
    expect(result).toMatchObject({ outcome: 'unavailable', retryAfterMs: 45_000, opensBreaker: true })
    expect(result).not.toHaveProperty('notHandedOver')
  })

  it('is not known when one answer was lost and none took it', async () => {
    await answerTo('a', 'UNAVAILABLE')
    await fcm.behave({ at: 'accepted', for: 'b', drop: 'break_stream' })
    const result = await openChannel().send(outgoingMessage({ devices: ['a', 'b'] }), never)
    expect(result).toMatchObject({ outcome: 'unknown', reason: 'push_answer_lost' })
  })

  it('gets it once on a device that is listed twice', async () => {
    await openChannel().send(outgoingMessage({ devices: ['a', 'a'] }), never)
    expect(await acceptedTokens()).toEqual(['a'])
  })

  it('of a kind that is not configured is told so, and the others go on', async () => {
    const { token } = await webPush.subscribe()
    const { webPush: _, ...options } = channelOptions({ fcm, webPush })
    const channel = keepChannel(options)
    const alone = await channel.send(outgoingMessage({ devices: [{ token, platform: 'web' }] }), never)
    expect(alone).toMatchObject({ outcome: 'rejected', reason: 'push_platform_not_configured', alert: true })
    expect(alone).not.toHaveProperty('deadTokens')
    const both = outgoingMessage({ devices: [{ token, platform: 'web' }, 'phone'] })
    expect(await channel.send(both, never)).toMatchObject({ outcome: 'accepted' })
  })
})

it('500 devices are served over one connection, well under a second once it is warm', async () => {
  const channel = openChannel()
  const devices = Array.from({ length: 500 }, (_, index) => `token-${index}`)
  await channel.send(outgoingMessage({ devices }), never)
  const startedAt = performance.now()
  expect(await channel.send(outgoingMessage({ devices }), never)).toMatchObject({ outcome: 'accepted' })
  expect(performance.now() - startedAt).toBeLessThan(1_500)
  expect(await fcm.accepted()).toHaveLength(1_000)
  expect((await fcm.connections()).opened).toBe(1)
})

it('never has more requests under way than are allowed', async () => {
  const channel = openChannel({ policy: { inFlightMax: 3 } })
  await fcm.behave({ at: 'accepted', hold: 'all' })
  const sending = channel.send(outgoingMessage({ devices: ['a', 'b', 'c', 'd', 'e'] }), never)
  await fcm.waitForAccepted(3, 5_000)
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(await fcm.accepted()).toHaveLength(3)
  await fcm.clearBehaviours()
  expect(await sending).toMatchObject({ outcome: 'accepted' })
  expect(await fcm.accepted()).toHaveLength(5)
})

describe('a platform whose keys are wrong', () => {
  it('rests and says so once, while the others go on, and comes back by itself', async () => {
    const lines: unknown[] = []
    const log = { error: (fields: object, message: string) => lines.push({ message, ...fields }) }
    const channel = openChannel({ log, policy: { platformHoldMs: 300 } })
    const iphone: Device = { token: 'iphone', platform: 'ios' }
    await answerTo('iphone', 'THIRD_PARTY_AUTH_ERROR')
    const first = await channel.send(outgoingMessage({ devices: [iphone, 'phone'] }), never)
    expect(first).toMatchObject({ outcome: 'accepted' })
    await fcm.clearBehaviours()
    const held = await channel.send(outgoingMessage({ devices: [iphone] }), never)
    expect(held).toMatchObject({ outcome: 'unavailable', reason: 'push_platform_held', notHandedOver: true })
    expect(held).not.toHaveProperty('stopsChannel')
    expect(await channel.send(outgoingMessage({ devices: ['phone'] }), never)).toMatchObject({ outcome: 'accepted' })
    expect(lines).toEqual([expect.objectContaining({ message: 'push.platform.stopped', platform: 'ios', alert: true })])
    await new Promise((resolve) => setTimeout(resolve, 350))
    expect(await channel.send(outgoingMessage({ devices: [iphone] }), never)).toMatchObject({ outcome: 'accepted' })
  })
})

describe('a message that was given up before its hand-over is never sent', () => {
  it('while it waits for its turn', async () => {
    const channel = openChannel({ policy: { inFlightMax: 1 } })
    await fcm.behave({ at: 'accepted', hold: 'first', times: 1 })
    const first = channel.send(outgoingMessage({ devices: ['first'] }), never)
    await fcm.waitForHold('first', 5_000)
    const caller = new AbortController()
    const queued = channel.send(outgoingMessage({ devices: ['queued'] }), caller.signal)
    const timedOut = channel.send(outgoingMessage({ devices: ['timed-out'], timeoutMs: 100 }), never)
    caller.abort()
    expect(await queued).toMatchObject({ outcome: 'unavailable', reason: 'push_stopped', notHandedOver: true })
    expect(await timedOut).toMatchObject({ outcome: 'unavailable', reason: 'push_timeout', notHandedOver: true })
    await fcm.releaseHold('first')
    expect(await first).toMatchObject({ outcome: 'accepted' })
    expect(await acceptedTokens()).toEqual(['first'])
  })

  it('when its lease has no room left, seen right before the first byte', async () => {
    const { token } = await webPush.subscribe()
    const devices: Device[] = [
      { token: 'phone', platform: 'android' },
      { token, platform: 'web' },
    ]
    const late = outgoingMessage({ devices, handOverBeforeMs: performance.now() - 1 })
    const result = await openChannel().send(late, never)
    expect(result).toMatchObject({ outcome: 'unavailable', reason: 'lease_used_up', notHandedOver: true })
    expect(await acceptedTokens()).toEqual([])
    expect(await webPush.accepted()).toEqual([])
  })

  it('and one whose hand-over has begun is waited for', async () => {
    const channel = openChannel()
    await fcm.behave({ at: 'accepted', hold: 'deciding', times: 1 })
    const caller = new AbortController()
    const sending = channel.send(outgoingMessage(), caller.signal)
    await fcm.waitForHold('deciding', 5_000)
    caller.abort()
    const closing = channel.close()
    await fcm.releaseHold('deciding')
    expect(await sending).toMatchObject({ outcome: 'accepted' })
    await closing
    expect(await channel.send(outgoingMessage(), never)).toMatchObject({ reason: 'push_stopped', notHandedOver: true })
  })
})

describe('tokens', () => {
  it('are in no answer but among the dead, and in no line of the log', async () => {
    const token = 'cXk3:APA91bH-very-secret-token_with-many-characters-0123456789'
    const lines: unknown[] = []
    const channel = openChannel({ log: { error: (...line) => lines.push(line) } })
    const quoting = { status: 400, body: JSON.stringify({ error: { message: `Bad: ${token}`, status: 'ODD' } }) }
    const dead = { code: 'SENDER_ID_MISMATCH' }
    for (const answer of [quoting, dead]) {
      await fcm.behave({ at: 'received', answer, times: 1 })
      const { deadTokens, ...result } = {
        deadTokens: [],
        ...(await channel.send(outgoingMessage({ devices: [token] }), never)),
      }
      expect(JSON.stringify(result)).not.toContain('APA91b')
    }
    expect(lines).toHaveLength(1)
    expect(JSON.stringify(lines)).not.toContain('APA91b')
  })
})
