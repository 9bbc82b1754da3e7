import type { Behaviour, FakeSmtp } from '@carillon/testkit'
import { openFakeSmtp } from '@carillon/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createEmailChannel, type EmailChannel } from '../src/email-channel.ts'
import { emailReasons } from '../src/reasons.ts'
import { channelOptions, outgoingMessage } from './outgoing-message.ts'

type Expected = Readonly<Record<string, unknown>>

let fake: FakeSmtp
let channel: EmailChannel

beforeEach(async () => {
  fake = await openFakeSmtp()
  channel = createEmailChannel(
    channelOptions(fake, { smtp: { host: fake.host, port: fake.port, user: 'u', pass: 'p' } }),
  )
})

afterEach(async () => {
  await fake.clearBehaviours()
  await channel.close()
  await fake.close()
})

async function sendTo(behaviour: Behaviour, timeoutMs = 10_000) {
  await fake.behave(behaviour)
  const result = await channel.send(outgoingMessage({ timeoutMs }), new AbortController().signal)
  const { provider, ...rest } = result
  expect(provider).toBe('smtp')
  if (!('reason' in rest)) return { outcome: rest.outcome }
  const { error, ...known } = rest
  expect(error).not.toBe('')
  expect(Object.keys(emailReasons)).toContain(known.reason)
  return known
}

const retry = (reason: string): Expected => ({ outcome: 'unavailable', reason })
const breaker = (reason: string): Expected => ({ ...retry(reason), opensBreaker: true })
const notSent = (reason: string): Expected => ({ ...breaker(reason), notHandedOver: true })
const refused = (reason: string): Expected => ({ outcome: 'rejected', reason })
const dead: Expected = { ...refused('smtp_mailbox_unknown'), suppressAddress: true }
const ourFault = (reason: string): Expected => ({ ...refused(reason), alert: true })
const credentials: Expected = { ...retry('smtp_credentials'), stopsChannel: true, alert: true, notHandedOver: true }
const greylisted: Expected = { ...retry('smtp_greylisted'), retryAfterMs: 300_000 }

describe('what the server answers decides what becomes of the mail', () => {
  const rows: [string, Behaviour, Expected][] = [
    ['4yz at the greeting', { at: 'greeting', reply: '450 busy' }, notSent('smtp_service_unavailable')],
    ['421 at the greeting', { at: 'greeting', reply: '421 4.3.2 closing' }, notSent('smtp_service_unavailable')],
    [
      '554 at the greeting',
      { at: 'greeting', reply: '554 5.7.1 blocked' },
      { ...notSent('smtp_service_unavailable'), alert: true },
    ],
    ['4yz at EHLO', { at: 'ehlo', reply: '451 4.3.0 later' }, notSent('smtp_service_unavailable')],
    ['4yz at AUTH', { at: 'auth', reply: '454 4.7.0 later' }, notSent('smtp_service_unavailable')],
    ['535 at AUTH', { at: 'auth', reply: '535 5.7.8 wrong' }, credentials],
    ['530 at MAIL', { at: 'mail', reply: '530 5.7.0 authentication required' }, credentials],
    ['4yz at MAIL', { at: 'mail', reply: '451 4.3.0 later' }, retry('smtp_try_later')],
    ['4yz at RCPT', { at: 'rcpt', reply: '450 4.2.1 busy' }, retry('smtp_try_later')],
    ['4yz at DATA', { at: 'data', reply: '451 4.3.0 later' }, retry('smtp_try_later')],
    ['4yz at the end of data', { at: 'dot', reply: '451 4.3.0 later' }, retry('smtp_try_later')],
    ['greylisting', { at: 'rcpt', reply: '451 4.7.1 come back in 300 seconds' }, greylisted],
    ['greylisting in words', { at: 'rcpt', reply: '450 4.2.0 Greylisted, see help page' }, greylisted],
    ['421 at MAIL', { at: 'mail', reply: '421 4.3.2 shutting down' }, notSent('smtp_service_unavailable')],
    ['421 at RCPT', { at: 'rcpt', reply: '421 4.7.0 too many' }, notSent('smtp_service_unavailable')],
    ['421 at the end of data', { at: 'dot', reply: '421 4.3.2 closing' }, breaker('smtp_service_unavailable')],
    ['4.3.2 at RCPT', { at: 'rcpt', reply: '450 4.3.2 not now' }, notSent('smtp_service_unavailable')],
    ['4.7.0 at RCPT', { at: 'rcpt', reply: '450 4.7.0 slow down' }, notSent('smtp_service_unavailable')],
    ['452 mailbox full', { at: 'rcpt', reply: '452 4.2.2 over quota' }, retry('smtp_mailbox_full')],
    ['552 5.2.2 mailbox full', { at: 'rcpt', reply: '552 5.2.2 over quota' }, retry('smtp_mailbox_full')],
    ['552 5.3.4 too big', { at: 'dot', reply: '552 5.3.4 too big' }, refused('smtp_message_too_big')],
    ['550 5.1.1', { at: 'rcpt', reply: '550 5.1.1 no such user' }, dead],
    ['550 5.1.1 at the end of data', { at: 'dot', reply: '550 5.1.1 no such user' }, dead],
    ['550 5.1.10', { at: 'rcpt', reply: '550 5.1.10 null MX' }, dead],
    ['553', { at: 'rcpt', reply: '553 no such mailbox' }, dead],
    ['553 at MAIL, which is about us', { at: 'mail', reply: '553 5.1.8 bad sender' }, ourFault('smtp_sender_refused')],
    ['550 5.7.1 policy', { at: 'rcpt', reply: '550 5.7.1 not allowed' }, ourFault('smtp_policy')],
    ['554 5.7.1 policy at the end of data', { at: 'dot', reply: '554 5.7.1 spam' }, ourFault('smtp_policy')],
    [
      '553 5.7.1, policy and no dead mailbox',
      { at: 'rcpt', reply: '553 5.7.1 relaying denied' },
      ourFault('smtp_policy'),
    ],
    ['550 without a code', { at: 'rcpt', reply: '550 no' }, refused('smtp_refused')],
    ['554 without a code', { at: 'dot', reply: '554 transaction failed' }, refused('smtp_refused')],
    ['a code nobody knows', { at: 'rcpt', reply: '577 5.9.9 what' }, refused('smtp_refused')],
  ]
  it.each(rows)('%s', async (_name, behaviour, expected) => {
    expect(await sendTo(behaviour)).toEqual(expected)
    expect(await fake.accepted()).toEqual([])
  })
})

describe('a connection lost before the body began is known not sent, and afterwards is not known', () => {
  const before: [string, Behaviour, Expected][] = [
    ['at the greeting', { at: 'greeting', drop: true }, notSent('smtp_connection_lost')],
    ['at EHLO', { at: 'ehlo', drop: true }, notSent('smtp_connection_lost')],
    ['at AUTH', { at: 'auth', drop: true }, notSent('smtp_connection_lost')],
    ['at MAIL', { at: 'mail', drop: true }, notSent('smtp_connection_lost')],
    ['at RCPT', { at: 'rcpt', drop: true }, notSent('smtp_connection_lost')],
    ['at DATA, body not yet begun', { at: 'data', drop: true }, notSent('smtp_connection_lost')],
  ]
  it.each(before)('%s', async (_name, behaviour, expected) => {
    expect(await sendTo(behaviour)).toEqual(expected)
    expect(await fake.accepted()).toEqual([])
  })

  const after: [string, Behaviour, number][] = [
    ['in the middle of the body', { at: 'body', drop: true }, 0],
    ['after the final dot', { at: 'dot', drop: true }, 0],
    ['after it was accepted', { at: 'accepted', drop: true }, 1],
  ]
  it.each(after)('%s', async (_name, behaviour, acceptedCount) => {
    expect(await sendTo(behaviour)).toEqual({ outcome: 'unknown', reason: 'smtp_answer_lost' })
    expect(await fake.accepted()).toHaveLength(acceptedCount)
  })

  it('on a connection that served a mail before', async () => {
    const signal = new AbortController().signal
    expect(await channel.send(outgoingMessage(), signal)).toMatchObject({ outcome: 'accepted', provider: 'smtp' })
    expect(await sendTo({ at: 'mail', drop: true, times: 1 })).toEqual(notSent('smtp_connection_lost'))
    expect(await sendTo({ at: 'accepted', drop: true, times: 1 })).toMatchObject({ outcome: 'unknown' })
    expect(await channel.send(outgoingMessage(), signal)).toMatchObject({ outcome: 'accepted' })
  })

  it('a server that refuses connections, and is there again', async () => {
    await fake.refuseConnections(true)
    expect(await sendTo({ at: 'mail', delayMs: 0 })).toEqual(notSent('smtp_unreachable'))
    await fake.refuseConnections(false)
    expect(await sendTo({ at: 'mail', delayMs: 0 })).toEqual({ outcome: 'accepted' })
  })

  it('a host that does not exist', async () => {
    const lost = createEmailChannel(channelOptions({ host: 'nowhere.invalid', port: 25 }))
    const result = await lost.send(outgoingMessage(), new AbortController().signal)
    expect(result).toMatchObject(notSent('smtp_unreachable'))
    expect(await lost.verify()).toMatchObject({ ok: false, result: { reason: 'smtp_unreachable' } })
    await lost.close()
  })
})

describe('the time limit', () => {
  it.each<Behaviour['at']>(['greeting', 'ehlo', 'auth', 'mail', 'data'])(
    'passes while the server is silent at %s: nothing was sent',
    async (at) => {
      expect(await sendTo({ at, hold: 'silent' }, 300)).toEqual(notSent('smtp_timeout'))
      await fake.releaseHold('silent')
      await fake.clearBehaviours()
      expect(await sendTo({ at: 'rcpt', delayMs: 0 })).toEqual({ outcome: 'accepted' })
      expect(await fake.accepted()).toHaveLength(1)
    },
  )

  it('passes after the hand-over: not known', async () => {
    expect(await sendTo({ at: 'accepted', hold: 'silent' }, 300)).toEqual({
      outcome: 'unknown',
      reason: 'smtp_answer_lost',
    })
    expect(await fake.accepted()).toHaveLength(1)
  })

  it('is kept by an answer that comes late but in time', async () => {
    expect(await sendTo({ at: 'accepted', delayMs: 200 }, 5_000)).toEqual({ outcome: 'accepted' })
  })
})
