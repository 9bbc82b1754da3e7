import type { SendResult } from '@carillon/delivery'
import { type Behaviour, type FakeSmtp, openFakeSmtp } from '@carillon/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createEmailChannel, type EmailChannel } from '../src/email-channel.ts'
import { createMailProviders } from '../src/mail-providers.ts'
import { channelOptions, outgoingMessage } from './outgoing-message.ts'

let first: FakeSmtp
let second: FakeSmtp
let channel: EmailChannel
let passedOver: SendResult[]
let slotsLeft: Record<string, number>
const never = new AbortController().signal

beforeEach(async () => {
  first = await openFakeSmtp()
  second = await openFakeSmtp()
  passedOver = []
  slotsLeft = { smtp: 100, 'smtp-2': 100 }
  channel = createMailProviders({
    providers: [
      { name: 'smtp', channel: createEmailChannel(channelOptions(first, { provider: 'smtp' })) },
      { name: 'smtp-2', channel: createEmailChannel(channelOptions(second, { provider: 'smtp-2' })) },
    ],
    onFailover: (refusal) => void passedOver.push(refusal),
    async takeSlot(name) {
      slotsLeft[name] = (slotsLeft[name] ?? 0) - 1
      const limit = { key: name, count: 1, windowMs: 60_000 }
      return slotsLeft[name] >= 0 ? { granted: true } : { granted: false, freeInMs: 4_000, limit }
    },
    breakerFailuresMax: 2,
    breakerOpenMs: 60_000,
  })
})

afterEach(async () => {
  for (const fake of [first, second]) await fake.clearBehaviours()
  await channel.close()
  for (const fake of [first, second]) await fake.close()
})

const countBoth = async () => [(await first.accepted()).length, (await second.accepted()).length]
const send = (timeoutMs = 10_000) => channel.send(outgoingMessage({ timeoutMs }), never)

it('the first server gets every mail while it is well', async () => {
  expect(await send()).toMatchObject({ outcome: 'accepted', provider: 'smtp' })
  expect(await countBoth()).toEqual([1, 0])
})

describe('what the first server surely did not take, the second does', () => {
  const rows: [string, Behaviour | 'refuse', string][] = [
    ['it refuses connections', 'refuse', 'smtp_unreachable'],
    ['421', { at: 'mail', reply: '421 4.3.2 closing' }, 'smtp_service_unavailable'],
    ['it asks for another try', { at: 'rcpt', reply: '451 4.3.0 later' }, 'smtp_try_later'],
    [
      'it does not take our credentials',
      { at: 'mail', reply: '530 5.7.0 authentication required' },
      'smtp_credentials',
    ],
    ['its policy', { at: 'rcpt', reply: '550 5.7.1 not allowed' }, 'smtp_policy'],
    ['a connection lost before the body', { at: 'data', drop: true }, 'smtp_connection_lost'],
    ['it is silent', { at: 'rcpt', hold: 'silent' }, 'smtp_timeout'],
  ]
  it.each(rows)('%s', async (_name, behaviour, reason) => {
    if (behaviour === 'refuse') await first.refuseConnections(true)
    else await first.behave(behaviour)
    expect(await send(1_500)).toMatchObject({ outcome: 'accepted', provider: 'smtp-2' })
    expect(await countBoth()).toEqual([0, 1])
    expect(passedOver).toMatchObject([{ provider: 'smtp', reason }])
  })
})

describe('what is about the mailbox, or may have been taken, stays with the first', () => {
  const rows: [string, Behaviour, Partial<SendResult>, number][] = [
    ['no such mailbox', { at: 'rcpt', reply: '550 5.1.1 no such user' }, { outcome: 'rejected' }, 0],
    ['a full mailbox', { at: 'rcpt', reply: '452 4.2.2 full' }, { outcome: 'unavailable' }, 0],
    ['greylisting', { at: 'rcpt', reply: '451 4.7.1 greylisted' }, { outcome: 'unavailable' }, 0],
    ['an answer that was lost', { at: 'accepted', drop: true }, { outcome: 'unknown' }, 1],
    ['a body that was cut', { at: 'body', drop: true }, { outcome: 'unknown' }, 0],
  ]
  it.each(rows)('%s', async (_name, behaviour, expected, accepted) => {
    await first.behave(behaviour)
    expect(await send()).toMatchObject({ ...expected, provider: 'smtp' })
    expect(await countBoth()).toEqual([accepted, 0])
  })
})

it('a server in trouble is left out for a while, and no mail waits for it', async () => {
  await first.behave({ at: 'greeting', drop: true })
  for (let sent = 0; sent < 6; sent += 1) expect(await send()).toMatchObject({ provider: 'smtp-2' })
  expect((await first.connections()).opened).toBe(2)
})

it('with every server away the mail waits, and the channel stops only when all refuse us', async () => {
  await first.behave({ at: 'mail', reply: '530 5.7.0 authentication required' })
  await second.refuseConnections(true)
  const away = await send()
  expect(away).toMatchObject({ outcome: 'unavailable', reason: 'smtp_unreachable', notHandedOver: true })
  expect(away).not.toHaveProperty('stopsChannel')
  await second.refuseConnections(false)
  await second.behave({ at: 'mail', reply: '535 5.7.8 wrong' })
  expect(await send()).toMatchObject({ reason: 'smtp_credentials', stopsChannel: true })
})

it('what is over the rate of the first server goes to the second, and the rest waits without a try', async () => {
  slotsLeft = { smtp: 2, 'smtp-2': 1 }
  const results = []
  for (let index = 0; index < 4; index += 1) results.push(await send())
  expect(results).toMatchObject([
    { provider: 'smtp' },
    { provider: 'smtp' },
    { provider: 'smtp-2' },
    { outcome: 'unavailable', reason: 'smtp_rate_reached', notHandedOver: true, retryAfterMs: 4_000 },
  ])
  expect(results.at(-1)).not.toHaveProperty('opensBreaker')
  expect(await countBoth()).toEqual([2, 1])
  slotsLeft = { smtp: 1 }
  expect(await send()).toMatchObject({ provider: 'smtp' })
})
