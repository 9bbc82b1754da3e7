import type { FakeFcm, PushBehaviour } from '@carillon/testkit'
import { openFakeFcm } from '@carillon/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createPushChannel, type PushChannel } from '../src/push-channel.ts'
import { pushReasons } from '../src/reasons.ts'
import { channelOptions, never, outgoingMessage } from './outgoing-message.ts'

type Expected = Readonly<Record<string, unknown>>

let fcm: FakeFcm
let channel: PushChannel

beforeEach(async () => {
  fcm = await openFakeFcm()
  channel = createPushChannel(channelOptions({ fcm }))
})

afterEach(async () => {
  await fcm.clearBehaviours()
  await channel.close()
  await fcm.close()
})

async function sendUnder(behaviour: PushBehaviour, timeoutMs = 10_000) {
  await fcm.behave(behaviour)
  const { provider, ...rest } = await channel.send(outgoingMessage({ timeoutMs }), never)
  expect(provider).toBe('fcm')
  if (!('reason' in rest)) return rest
  const { error, ...known } = rest
  expect(error).not.toBe('')
  expect(error).not.toContain('token-1')
  expect(Object.keys(pushReasons)).toContain(known.reason)
  return known
}

const dead: Expected = { outcome: 'rejected', reason: 'push_no_live_device', deadTokens: ['token-1'] }
const refused = (reason: string): Expected => ({ outcome: 'rejected', reason })
const later = (reason: string, retryAfterMs = 10_000): Expected => ({
  ...{ outcome: 'unavailable', reason, retryAfterMs, opensBreaker: true },
})
const aboutUs: Expected = {
  ...{ outcome: 'unavailable', reason: 'push_credentials', stopsChannel: true, alert: true, notHandedOver: true },
}
const notSent = (reason: string): Expected => ({ outcome: 'unavailable', reason, notHandedOver: true })
const lost: Expected = { outcome: 'unknown', reason: 'push_answer_lost' }

it('an id is accepted', async () => {
  expect(await sendUnder({ at: 'received', delayMs: 1 })).toEqual({
    ...{ outcome: 'accepted', providerMessageId: 'projects/fake-project/messages/1' },
  })
  expect(await fcm.accepted()).toMatchObject([{ token: 'token-1', number: 1 }])
})

describe('what FCM answers decides what becomes of the message and of the token', () => {
  const rows: [string, PushBehaviour['answer'], Expected][] = [
    ['UNREGISTERED', { code: 'UNREGISTERED' }, dead],
    ['INVALID_ARGUMENT on the token', { code: 'INVALID_ARGUMENT', field: 'message.token' }, dead],
    ['INVALID_ARGUMENT on the token, in words alone', { status: 400, body: JSON.stringify(tokenFaultInWords()) }, dead],
    [
      'INVALID_ARGUMENT on something else, which is us',
      { code: 'INVALID_ARGUMENT', field: 'message.android.ttl' },
      { ...refused('push_message_invalid'), alert: true },
    ],
    ['SENDER_ID_MISMATCH', { code: 'SENDER_ID_MISMATCH' }, { ...dead, alert: true }],
    ['QUOTA_EXCEEDED', { code: 'QUOTA_EXCEEDED' }, later('push_quota_exceeded')],
    [
      'QUOTA_EXCEEDED with Retry-After',
      { code: 'QUOTA_EXCEEDED', retryAfter: '75' },
      later('push_quota_exceeded', 75_000),
    ],
    ['UNAVAILABLE', { code: 'UNAVAILABLE' }, later('push_service_unavailable')],
    [
      'UNAVAILABLE with Retry-After',
      { code: 'UNAVAILABLE', retryAfter: '30' },
      later('push_service_unavailable', 30_000),
    ],
    ['INTERNAL', { code: 'INTERNAL' }, later('push_service_unavailable')],
    [
      'THIRD_PARTY_AUTH_ERROR',
      { code: 'THIRD_PARTY_AUTH_ERROR' },
      { ...notSent('push_platform_credentials'), alert: true },
    ],
    ['our credentials', { code: 'UNAUTHENTICATED' }, aboutUs],
    ['a project that is not ours', { code: 'PERMISSION_DENIED' }, aboutUs],
    ['a project that does not exist, which deletes no token', { code: 'NOT_FOUND' }, aboutUs],
    ['429 without a word of FCM', { status: 429, body: 'slow down' }, later('push_quota_exceeded')],
    ['503 without a word of FCM', { status: 503, body: '<html>' }, later('push_service_unavailable')],
    [
      'INTERNAL without a word of FCM',
      { code: 'INTERNAL', body: '{"error":{"status":"INTERNAL"}}' },
      later('push_service_unavailable'),
    ],
    [
      '502 of something in front',
      { status: 502, body: '<html>' },
      { outcome: 'unknown', reason: 'push_answer_unclear' },
    ],
    ['504 deadline', { code: 'DEADLINE_EXCEEDED' }, { outcome: 'unknown', reason: 'push_answer_unclear' }],
    ['413 too big', { status: 413, body: '' }, { ...refused('push_too_big'), alert: true }],
    ['a code nobody knows', { status: 418, body: '{"error":{"status":"TEAPOT"}}' }, refused('push_refused')],
    ['a code of FCM that nobody knows yet', { status: 404, body: JSON.stringify(newCode()) }, refused('push_refused')],
  ]
  it.each(rows)('%s', async (_name, answer, expected) => {
    expect(await sendUnder({ at: 'received', ...(answer && { answer }) })).toEqual(expected)
    expect(await fcm.accepted()).toEqual([])
  })
})

function tokenFaultInWords() {
  const details = [{ '@type': 'type.googleapis.com/google.firebase.fcm.v1.FcmError', errorCode: 'INVALID_ARGUMENT' }]
  const message = 'The registration token is not a valid FCM registration token: token-1'
  return { error: { code: 400, message, status: 'INVALID_ARGUMENT', details } }
}

function newCode() {
  const details = [{ '@type': 'type.googleapis.com/google.firebase.fcm.v1.FcmError', errorCode: 'MOON_IN_THE_WAY' }]
  return { error: { code: 404, message: 'Not now', status: 'NOT_FOUND', details } }
}

describe('a connection that is lost', () => {
  const before: [string, PushBehaviour][] = [
    ['GOAWAY that leaves the request out', { at: 'received', drop: 'goaway', times: 1 }],
    ['a stream that is refused', { at: 'received', drop: 'refuse_stream', times: 1 }],
    ['a stream that is refused before the body was read', { at: 'headers', drop: 'refuse_stream', times: 1 }],
  ]
  it.each(before)('%s: known not sent', async (_name, behaviour) => {
    expect(await sendUnder(behaviour)).toEqual(notSent('push_not_processed'))
    expect(await fcm.accepted()).toEqual([])
    expect(await channel.send(outgoingMessage(), never)).toMatchObject({ outcome: 'accepted' })
  })

  const after: [string, PushBehaviour, number][] = [
    ['reset while the request was on its way', { at: 'headers', drop: 'reset', times: 1 }, 0],
    ['reset after the request', { at: 'received', drop: 'reset', times: 1 }, 0],
    ['closed after the request', { at: 'received', drop: 'end', times: 1 }, 0],
    ['a stream that breaks', { at: 'received', drop: 'break_stream', times: 1 }, 0],
    ['reset after it was accepted', { at: 'accepted', drop: 'reset', times: 1 }, 1],
    ['closed in the middle of the answer', { at: 'accepted', drop: 'half', times: 1 }, 1],
  ]
  it.each(after)('%s: not known', async (_name, behaviour, acceptedCount) => {
    expect(await sendUnder(behaviour)).toEqual(lost)
    expect(await fcm.accepted()).toHaveLength(acceptedCount)
    expect(await channel.send(outgoingMessage(), never)).toMatchObject({ outcome: 'accepted' })
  })

  it('by a service that is away, and is there again', async () => {
    await channel.verify()
    await fcm.refuseConnections(true)
    const away = await sendUnder({ at: 'accepted', delayMs: 0 })
    expect(away).toEqual({ ...notSent('push_unreachable'), opensBreaker: true })
    await fcm.refuseConnections(false)
    expect(await channel.send(outgoingMessage(), never)).toMatchObject({ outcome: 'accepted' })
  })

  it('between two messages costs nothing', async () => {
    for (let round = 1; round <= 3; round += 1) {
      expect(await channel.send(outgoingMessage(), never)).toMatchObject({ outcome: 'accepted' })
      await fcm.dropConnections()
      await waitUntilNoneIsOpen()
    }
    expect(await fcm.connections()).toMatchObject({ opened: 3 })
  })
})

async function waitUntilNoneIsOpen() {
  const until = performance.now() + 5_000
  while ((await fcm.connections()).open > 0 && performance.now() < until)
    await new Promise((resolve) => setTimeout(resolve, 5))
  // The client hears of it a turn later.
  await new Promise((resolve) => setTimeout(resolve, 20))
}

describe('the time limit', () => {
  it('passes before the connection is there: nothing was sent', async () => {
    await fcm.behave({ at: 'sign_in', delayMs: 400, times: 1 })
    const result = await sendUnder({ at: 'accepted', delayMs: 0 }, 150)
    expect(result).toEqual({ ...notSent('push_timeout'), opensBreaker: true })
    expect(await fcm.accepted()).toEqual([])
  })

  it('passes after the hand-over: not known', async () => {
    expect(await sendUnder({ at: 'accepted', hold: 'silent' }, 200)).toEqual(lost)
    expect(await fcm.accepted()).toHaveLength(1)
  })

  it('gives a connection up that has fallen silent, and the next message is not its victim', async () => {
    await fcm.behave({ at: 'headers', hold: 'dead', times: 1 })
    expect(await channel.send(outgoingMessage({ timeoutMs: 200 }), never)).toMatchObject(lost)
    expect(await channel.send(outgoingMessage(), never)).toMatchObject({ outcome: 'accepted' })
    expect((await fcm.connections()).opened).toBe(2)
  })

  it('is kept by an answer that comes late but in time', async () => {
    expect(await sendUnder({ at: 'accepted', delayMs: 200 }, 5_000)).toMatchObject({ outcome: 'accepted' })
  })
})

describe('signing in', () => {
  it('happens once for many messages', async () => {
    const sends = Array.from({ length: 20 }, () => channel.send(outgoingMessage(), never))
    expect((await Promise.all(sends)).every(({ outcome }) => outcome === 'accepted')).toBe(true)
    expect(await fcm.countSignIns()).toBe(1)
  })

  it('happens again before the token ends', async () => {
    await channel.close()
    await fcm.close()
    fcm = await openFakeFcm({ accessTokenSeconds: 0.2 })
    channel = createPushChannel(channelOptions({ fcm }))
    await channel.send(outgoingMessage(), never)
    await new Promise((resolve) => setTimeout(resolve, 150))
    await channel.send(outgoingMessage(), never)
    expect(await fcm.countSignIns()).toBe(2)
  })

  it('with credentials that Google does not take stops the channel', async () => {
    await fcm.behave({ at: 'sign_in', answer: { status: 400, body: '{"error":"invalid_grant"}' } })
    expect(await channel.send(outgoingMessage(), never)).toMatchObject({ ...aboutUs, provider: 'fcm' })
    expect(await channel.verify()).toMatchObject({
      ok: false,
      result: { reason: 'push_credentials', stopsChannel: true },
    })
    await fcm.clearBehaviours()
    expect(await channel.verify()).toEqual({ ok: true })
  })

  it('that fails for the moment uses up no attempt', async () => {
    await fcm.behave({ at: 'sign_in', answer: { status: 503, body: '' }, times: 1 })
    const result = await channel.send(outgoingMessage(), never)
    expect(result).toMatchObject({ ...notSent('push_sign_in_unavailable'), opensBreaker: true })
    await fcm.behave({ at: 'sign_in', drop: 'reset', times: 1 })
    expect(await channel.send(outgoingMessage(), never)).toMatchObject(notSent('push_sign_in_unavailable'))
    expect(await channel.send(outgoingMessage(), never)).toMatchObject({ outcome: 'accepted' })
  })

  it('is done anew when a token was revoked', async () => {
    await channel.send(outgoingMessage(), never)
    await fcm.revokeAccess()
    expect(await channel.send(outgoingMessage(), never)).toMatchObject(aboutUs)
    expect(await channel.send(outgoingMessage(), never)).toMatchObject({ outcome: 'accepted' })
    expect(await fcm.countSignIns()).toBe(2)
  })

  it('takes a key whose line breaks are written as two characters, and refuses what is no key', () => {
    const privateKey = fcm.account.privateKey.replaceAll('\n', '\\n')
    expect(() => createPushChannel({ fcm: { ...fcm.account, privateKey } })).not.toThrow()
    const broken = () => createPushChannel({ fcm: { ...fcm.account, privateKey: 'my-secret-key' } })
    expect(broken).toThrow('private key')
    expect(broken).not.toThrow('my-secret-key')
  })
})
