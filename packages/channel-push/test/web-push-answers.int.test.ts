import type { Device } from '@carillon/delivery'
import type { FakeWebPush, PushBehaviour } from '@carillon/testkit'
import { openFakeWebPush } from '@carillon/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createPushChannel, type PushChannel } from '../src/push-channel.ts'
import { channelOptions, DELIVERY_ID, never, outgoingMessage } from './outgoing-message.ts'

let webPush: FakeWebPush
let channel: PushChannel
let device: Device

beforeEach(async () => {
  webPush = await openFakeWebPush()
  channel = createPushChannel(channelOptions({ webPush }))
  device = { token: (await webPush.subscribe()).token, platform: 'web' }
})

afterEach(async () => {
  await webPush.clearBehaviours()
  await channel.close()
  await webPush.close()
})

async function sendUnder(behaviour: PushBehaviour, timeoutMs = 10_000) {
  await webPush.behave(behaviour)
  const { provider, ...rest } = await channel.send(outgoingMessage({ devices: [device], timeoutMs }), never)
  expect(provider).toBe('webpush')
  if (!('reason' in rest)) return rest
  const { error, ...known } = rest
  expect(error).not.toBe('')
  return known
}

it('a browser can read what it gets', async () => {
  const content = { title: 'Grüße 世界', message: 'Your parcel is here 🎉', actionUrl: 'https://shop.example/o/1' }
  const result = await channel.send(outgoingMessage({ devices: [device], content }), never)
  expect(result).toEqual({ outcome: 'accepted', provider: 'webpush' })
  const [accepted] = await webPush.accepted()
  expect(accepted?.message).toMatchObject({
    ...{ title: 'Grüße 世界', body: 'Your parcel is here 🎉', tag: DELIVERY_ID, link: 'https://shop.example/o/1' },
    data: { deliveryId: DELIVERY_ID, actionUrl: 'https://shop.example/o/1' },
  })
  expect(accepted?.headers).toMatchObject({ urgency: 'high', topic: DELIVERY_ID.replaceAll('-', '') })
  expect(Number(accepted?.headers.ttl)).toBeGreaterThan(3_590)
})

it('the biggest message that there can be fits what every push service takes', async () => {
  const content = {
    title: '字'.repeat(256),
    message: '字'.repeat(5_000),
    actionUrl: `https://x.example/${'a'.repeat(2_000)}`,
  }
  const result = await channel.send(outgoingMessage({ devices: [device], content }), never)
  expect(result).toMatchObject({ outcome: 'accepted' })
})

describe('what a push service answers decides what becomes of the message and of the subscription', () => {
  const gone = () => ({ outcome: 'rejected', reason: 'push_no_live_device', deadTokens: [device.token] })
  const later =
    (reason: string, retryAfterMs = 10_000) =>
    () => ({ outcome: 'unavailable', reason, retryAfterMs })
  const rejected = (reason: string) => () => ({ outcome: 'rejected', reason })
  const ourKeys = () => ({
    ...{ outcome: 'unavailable', reason: 'push_platform_credentials', notHandedOver: true, alert: true },
  })
  const rows: [string, PushBehaviour['answer'], () => object][] = [
    ['200', { status: 200 }, () => ({ outcome: 'accepted' })],
    ['404', { status: 404 }, gone],
    ['410', { status: 410 }, gone],
    ['413', { status: 413 }, () => ({ ...rejected('push_too_big')(), alert: true })],
    ['429', { status: 429 }, later('push_quota_exceeded')],
    ['429 with Retry-After', { status: 429, retryAfter: '90' }, later('push_quota_exceeded', 90_000)],
    ['500', { status: 500 }, later('push_service_unavailable')],
    ['503 with Retry-After', { status: 503, retryAfter: '20' }, later('push_service_unavailable', 20_000)],
    ['502 of something in front', { status: 502 }, () => ({ outcome: 'unknown', reason: 'push_answer_unclear' })],
    ['400', { status: 400 }, () => ({ ...rejected('push_message_invalid')(), alert: true })],
    ['401, which is our key and deletes no subscription', { status: 401 }, ourKeys],
    ['403, which is our key and deletes no subscription', { status: 403 }, ourKeys],
    ['a redirect, which is not followed', { status: 302 }, rejected('push_refused')],
    ['a status nobody knows', { status: 418 }, rejected('push_refused')],
  ]
  it.each(rows)('%s', async (_name, answer, expected) => {
    expect(await sendUnder({ at: 'received', ...(answer && { answer }) })).toEqual(expected())
    expect(await webPush.accepted()).toEqual([])
  })

  it('a subscription that was never made', async () => {
    const unknown = JSON.parse(device.token)
    const token = JSON.stringify({ ...unknown, endpoint: `${unknown.endpoint}-gone` })
    const result = await channel.send(outgoingMessage({ devices: [{ token, platform: 'web' }] }), never)
    expect(result).toMatchObject({ outcome: 'rejected', deadTokens: [token] })
  })

  it('keys that are no keys', async () => {
    const token = JSON.stringify({ ...JSON.parse(device.token), keys: { p256dh: 'AAAA', auth: 'BBBB' } })
    const result = await channel.send(outgoingMessage({ devices: [{ token, platform: 'web' }] }), never)
    expect(result).toMatchObject({ outcome: 'rejected', deadTokens: [token], error: 'push_token_invalid' })
  })

  it('keys of another site than the subscription was made for', async () => {
    const other = await openFakeWebPush()
    const stranger = createPushChannel(channelOptions({ webPush: other }))
    const result = await stranger.send(outgoingMessage({ devices: [device] }), never)
    expect(result).toMatchObject(ourKeys())
    await stranger.close()
    await other.close()
  })
})

describe('a connection that is lost', () => {
  const rows: [string, PushBehaviour, number][] = [
    ['after the request', { at: 'received', drop: 'reset', times: 1 }, 0],
    ['after it was accepted', { at: 'accepted', drop: 'reset', times: 1 }, 1],
    ['politely, after it was accepted', { at: 'accepted', drop: 'end', times: 1 }, 1],
  ]
  it.each(rows)('%s: not known', async (_name, behaviour, acceptedCount) => {
    expect(await sendUnder(behaviour)).toEqual({ outcome: 'unknown', reason: 'push_answer_lost' })
    expect(await webPush.accepted()).toHaveLength(acceptedCount)
  })

  it('in the middle of an answer that began with 201: accepted', async () => {
    expect(await sendUnder({ at: 'accepted', drop: 'half', times: 1 })).toEqual({ outcome: 'accepted' })
  })

  it('by a host that is away: not sent, and no breaker, since a subscriber chose the host', async () => {
    await webPush.refuseConnections(true)
    const result = await sendUnder({ at: 'accepted', delayMs: 0 })
    expect(result).toEqual({ outcome: 'unavailable', reason: 'push_unreachable', notHandedOver: true })
  })

  it('by the time limit: not known', async () => {
    const result = await sendUnder({ at: 'accepted', hold: 'silent' }, 200)
    expect(result).toEqual({ outcome: 'unknown', reason: 'push_answer_lost' })
  })
})

describe('an address that a stranger chose', () => {
  it.each([
    'https://127.0.0.1/push',
    'https://[::1]/push',
    'https://localhost/push',
    'https://169.254.169.254/latest/meta-data',
    'https://2130706433/push',
    'https://[::ffff:10.0.0.1]/push',
    'http://push.example/push',
    'https://user:pass@push.example/push',
  ])('%s is not called, and the device is dead', async (endpoint) => {
    const strict = createPushChannel({
      webPush: { subject: 'mailto:push@acme.test', ...webPush.vapid },
    })
    const token = JSON.stringify({ ...JSON.parse(device.token), endpoint })
    const result = await strict.send(outgoingMessage({ devices: [{ token, platform: 'web' }] }), never)
    expect(result).toMatchObject({ outcome: 'rejected', deadTokens: [token], error: 'push_endpoint_forbidden' })
    await strict.close()
  })

  it('is not called by the fake being on this machine either', async () => {
    const strict = createPushChannel({ webPush: { subject: 'mailto:push@acme.test', ...webPush.vapid } })
    await strict.send(outgoingMessage({ devices: [device] }), never)
    expect(await webPush.connections()).toEqual({ opened: 0, open: 0 })
    await strict.close()
  })
})

it('refuses to start with keys that are none', () => {
  const keys = { subject: 'mailto:push@acme.test', publicKey: 'AAAA', privateKey: webPush.vapid.privateKey }
  expect(() => createPushChannel({ webPush: keys })).toThrow(/create the push channel: .*public key/i)
})
