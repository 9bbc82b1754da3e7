import type { FakeSmtp } from '@carillon/testkit'
import { openFakeSmtp } from '@carillon/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createEmailChannel, type EmailChannel, type EmailChannelOptions } from '../src/email-channel.ts'
import { channelOptions, outgoingMessage } from './outgoing-message.ts'

let fake: FakeSmtp
const channels: EmailChannel[] = []
const never = new AbortController().signal

beforeEach(async () => {
  fake = await openFakeSmtp({ auth: { user: 'carillon', pass: 'secret' } })
})

afterEach(async () => {
  await fake.clearBehaviours()
  for (const channel of channels.splice(0)) await channel.close()
  await fake.close()
})

function openChannel(overrides: Partial<EmailChannelOptions> = {}, smtp: Partial<EmailChannelOptions['smtp']> = {}) {
  const server = { host: fake.host, port: fake.port, user: 'carillon', pass: 'secret', ...smtp }
  const channel = createEmailChannel(channelOptions(fake, { ...overrides, smtp: server }))
  channels.push(channel)
  return channel
}

async function sendAndRead(channel: EmailChannel, message = outgoingMessage()) {
  const result = await channel.send(message, never)
  expect(result.outcome).toBe('accepted')
  return fake.readMail((await fake.accepted()).length)
}

describe('a mail as the mailbox gets it', () => {
  it('has a text and an html part, both with the message', async () => {
    const mail = await sendAndRead(openChannel())
    expect(mail.headers['content-type']?.[0]).toMatch(/^multipart\/alternative/)
    expect(mail.raw.match(/^content-type: text\/(plain|html)/gim)).toHaveLength(2)
    expect(mail.raw.indexOf('text/plain')).toBeLessThan(mail.raw.indexOf('text/html'))
    expect(mail.text).toContain('Your invoice 42 was paid.')
    expect(mail.html).toContain('Your invoice 42 was paid.')
    expect(mail.subject).toBe('Invoice paid')
  })

  it('names sender, recipient, delivery and attempt', async () => {
    const channel = openChannel({ replyTo: { address: 'help@acme.test' } })
    const mail = await sendAndRead(channel, outgoingMessage({ attempt: 3 }))
    expect(mail).toMatchObject({ from: 'hello@acme.test', to: ['ada@mail.test'], attempt: 3 })
    expect(mail.deliveryId).toBe(outgoingMessage().deliveryId)
    expect(mail.headers.from).toEqual(['Acme <hello@acme.test>'])
    expect(mail.headers.to).toEqual(['ada@mail.test'])
    expect(mail.headers['reply-to']).toEqual(['help@acme.test'])
    expect(mail.headers['auto-submitted']).toEqual(['auto-generated'])
  })

  it('is from whom its tenant or category names, field by field', async () => {
    const channel = openChannel({ replyTo: { address: 'help@acme.test' } })
    const named = { fromName: 'Acme\r\nBcc: x@y.test', fromEmail: 'billing@acme.test' }
    const mail = await sendAndRead(channel, outgoingMessage({ mailIdentity: named }))
    expect(mail.from).toBe('billing@acme.test')
    expect(mail.headers.from?.[0]).toMatch(/^"?Acme Bcc: x@y\.test"? <billing@acme\.test>$/)
    expect(mail.headers['reply-to']).toEqual(['help@acme.test'])
    expect(mail.headers.bcc).toBeUndefined()
    const answered = await sendAndRead(channel, outgoingMessage({ mailIdentity: { replyTo: 'desk@acme.test' } }))
    expect(answered).toMatchObject({ from: 'hello@acme.test', headers: { 'reply-to': ['desk@acme.test'] } })
    const broken = { fromEmail: 'a@b.test>\r\nX: 1', replyTo: 'x' }
    const usual = await sendAndRead(channel, outgoingMessage({ mailIdentity: broken }))
    expect(usual).toMatchObject({ from: 'hello@acme.test', headers: { 'reply-to': ['help@acme.test'] } })
  })

  it('has the same Message-ID at every attempt', async () => {
    const channel = openChannel()
    const first = await sendAndRead(channel, outgoingMessage({ attempt: 1 }))
    const second = await sendAndRead(channel, outgoingMessage({ attempt: 2 }))
    expect(first.messageId).toBe('<0198c0de-0000-7000-8000-000000000001@acme.test>')
    expect(second.messageId).toBe(first.messageId)
  })

  it('can be unsubscribed from by one click, unless it is mandatory', async () => {
    const channel = openChannel({ unsubscribe: ({ deliveryId }) => ({ url: `https://acme.test/u/${deliveryId}` }) })
    const optional = await sendAndRead(channel)
    expect(optional.headers['list-unsubscribe']).toEqual([`<https://acme.test/u/${outgoingMessage().deliveryId}>`])
    expect(optional.headers['list-unsubscribe-post']).toEqual(['List-Unsubscribe=One-Click'])
    expect(optional.text).toContain('https://acme.test/u/')
    const mandatory = await sendAndRead(channel, outgoingMessage({ mandatory: true }))
    expect(mandatory.headers['list-unsubscribe']).toBeUndefined()
    expect(mandatory.text).not.toContain('https://acme.test/u/')
  })

  it('keeps every language and a line that begins with a dot', async () => {
    const message = 'Grüße, 世界 🎉\n.\n..two dots\nthe end'
    const mail = await sendAndRead(openChannel(), outgoingMessage({ content: { title: 'Ünïcode 世界', message } }))
    expect(mail.subject).toBe('Ünïcode 世界')
    expect(mail.text.replaceAll('\r\n', '\n')).toContain(message)
  })

  it('is signed when a key is configured', async () => {
    const { privateKey } = await import('node:crypto').then(({ generateKeyPairSync }) =>
      generateKeyPairSync('rsa', {
        modulusLength: 2048,
        privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
        publicKeyEncoding: { type: 'spki', format: 'pem' },
      }),
    )
    const channel = openChannel({ dkim: { domainName: 'acme.test', keySelector: 's1', privateKey } })
    const mail = await sendAndRead(channel)
    expect(mail.headers['dkim-signature']?.[0]).toMatch(/d=acme\.test;.*s=s1/s)
    await fake.behave({ at: 'data', drop: true, times: 1 })
    expect(await channel.send(outgoingMessage(), never)).toMatchObject({ outcome: 'unavailable', notHandedOver: true })
  })
})

describe('nothing of a user becomes a header or a script', () => {
  it('a title with line breaks stays one subject', async () => {
    const title = 'Hello\r\nBcc: eve@evil.test\u2028X-Evil: 1\n\nbody'
    const mail = await sendAndRead(openChannel(), outgoingMessage({ content: { title } }))
    expect(mail.subject).toBe('Hello Bcc: eve@evil.test X-Evil: 1 body')
    expect(mail.headers.bcc).toBeUndefined()
    expect(mail.headers['x-evil']).toBeUndefined()
    expect(mail.to).toEqual(['ada@mail.test'])
  })

  it.each([
    'ada@mail.test\r\nBcc: eve@evil.test',
    'ada@mail.test>\r\nRCPT TO:<eve@evil.test',
    'Ada <ada@mail.test>',
    'ada@mail.test, eve@evil.test',
    'ada@mail.test(eve)',
    '"ada eve"@mail.test',
    'ada@@mail.test',
    'ada@mail.test ',
    'ada',
    '',
    `${'a'.repeat(250)}@x.test`,
  ])('the address %j is refused and nobody is connected to', async (address) => {
    const result = await openChannel().send(outgoingMessage({ address }), never)
    expect(result).toMatchObject({ outcome: 'rejected', reason: 'email_address_invalid' })
    expect(result).not.toHaveProperty('suppressAddress')
    expect((await fake.connections()).opened).toBe(0)
  })

  it('a template body is made harmless and a literal one is text', async () => {
    const channel = openChannel()
    const html = '<p onclick="x()">Hi<script>alert(1)</script> <a href="javascript:x">here</a></p>'
    const fromTemplate = await sendAndRead(channel, outgoingMessage({ content: { html } }))
    expect(fromTemplate.html).toContain('>Hi <a')
    expect(fromTemplate.html).not.toMatch(/onclick|alert|javascript:/)
    const literal = await sendAndRead(channel, outgoingMessage({ content: { message: html } }))
    expect(literal.html).toContain('&lt;script&gt;')
    expect(literal.text).toContain(html)
  })

  it('an address in the answer of a server does not reach our rows', async () => {
    await fake.behave({ at: 'rcpt', reply: '550 5.1.1 <ada@mail.test>: ada@mail.test unknown' })
    const result = await openChannel().send(outgoingMessage(), never)
    expect(result).toMatchObject({ outcome: 'rejected' })
    expect(JSON.stringify(result)).not.toContain('ada@')
  })
})

describe('a mail that was given up before its hand-over is never sent', () => {
  it('while it waits for a connection', async () => {
    const channel = openChannel({}, { connections: 1 })
    await fake.behave({ at: 'accepted', hold: 'first', times: 1 })
    const first = channel.send(outgoingMessage({ deliveryId: 'first' }), never)
    await fake.waitForHold('first', 5_000)
    const caller = new AbortController()
    const queued = channel.send(outgoingMessage({ deliveryId: 'queued' }), caller.signal)
    const timedOut = channel.send(outgoingMessage({ deliveryId: 'timed-out', timeoutMs: 100 }), never)
    caller.abort()
    expect(await queued).toMatchObject({ outcome: 'unavailable', reason: 'smtp_stopped', notHandedOver: true })
    expect(await timedOut).toMatchObject({ outcome: 'unavailable', reason: 'smtp_timeout', notHandedOver: true })
    await fake.releaseHold('first')
    expect(await first).toMatchObject({ outcome: 'accepted' })
    await sendAndRead(channel, outgoingMessage({ deliveryId: 'last' }))
    expect((await fake.accepted()).map(({ deliveryId }) => deliveryId)).toEqual(['first', 'last'])
  })

  it('while the server thinks about DATA', async () => {
    const channel = openChannel()
    await fake.behave({ at: 'data', hold: 'thinking', times: 1 })
    const caller = new AbortController()
    const sending = channel.send(outgoingMessage(), caller.signal)
    await fake.waitForHold('thinking', 5_000)
    caller.abort()
    expect(await sending).toMatchObject({ outcome: 'unavailable', reason: 'smtp_stopped', notHandedOver: true })
    await fake.releaseHold('thinking')
    await sendAndRead(channel, outgoingMessage({ deliveryId: 'next' }))
    expect((await fake.accepted()).map(({ deliveryId }) => deliveryId)).toEqual(['next'])
  })

  it('when its lease has no room left, seen right before the first byte', async () => {
    const channel = openChannel()
    await fake.behave({ at: 'data', hold: 'slow', times: 1 })
    const sending = channel.send(outgoingMessage({ handOverBeforeMs: performance.now() }), never)
    await fake.waitForHold('slow', 5_000)
    await fake.releaseHold('slow')
    expect(await sending).toMatchObject({ outcome: 'unavailable', reason: 'lease_used_up', notHandedOver: true })
    await sendAndRead(channel, outgoingMessage({ deliveryId: 'next' }))
    expect((await fake.accepted()).map(({ deliveryId }) => deliveryId)).toEqual(['next'])
  })

  it('and one whose hand-over has begun is waited for', async () => {
    const channel = openChannel()
    await fake.behave({ at: 'accepted', hold: 'deciding', times: 1 })
    const caller = new AbortController()
    const sending = channel.send(outgoingMessage(), caller.signal)
    await fake.waitForHold('deciding', 5_000)
    caller.abort()
    await fake.releaseHold('deciding')
    expect(await sending).toMatchObject({ outcome: 'accepted', providerMessageId: '1' })
  })

  it('nor one that comes after the channel was closed', async () => {
    const channel = openChannel()
    await channel.close()
    const result = await channel.send(outgoingMessage(), never)
    expect(result).toMatchObject({ outcome: 'unavailable', reason: 'smtp_stopped', notHandedOver: true })
    expect((await fake.connections()).opened).toBe(0)
  })
})

describe('the channel and its connections', () => {
  it('is verified without sending, and says what is wrong', async () => {
    expect(await openChannel().verify()).toEqual({ ok: true })
    const wrong = await openChannel({}, { pass: 'wrong' }).verify()
    expect(wrong).toMatchObject({ ok: false, result: { reason: 'smtp_credentials', stopsChannel: true, alert: true } })
    expect(await fake.accepted()).toEqual([])
  })

  it('waits for what is on its way before it closes, and leaves no connection', async () => {
    const channel = openChannel()
    await fake.behave({ at: 'accepted', hold: 'slow', times: 1 })
    const sending = channel.send(outgoingMessage(), never)
    await fake.waitForHold('slow', 5_000)
    const closing = channel.close()
    await fake.releaseHold('slow')
    expect(await sending).toMatchObject({ outcome: 'accepted' })
    await closing
  })

  it('sends many over few connections', async () => {
    const channel = openChannel({}, { connections: 4, messagesPerConnection: 1_000 })
    const sends = Array.from({ length: 200 }, (_, index) =>
      channel.send(outgoingMessage({ deliveryId: `d${index}` }), never),
    )
    const results = await Promise.all(sends)
    expect(results.every(({ outcome }) => outcome === 'accepted')).toBe(true)
    expect(new Set((await fake.accepted()).map(({ deliveryId }) => deliveryId)).size).toBe(200)
    expect((await fake.connections()).opened).toBe(4)
  })

  it('refuses to start with a sender that is no address', () => {
    expect(() => openChannel({ from: { address: 'Acme <a@b.test>' } })).toThrow('sender address')
  })
})
