import { mkdtemp, readFile, rm } from 'node:fs/promises'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { FakeSmtp, FakeSmtpOptions } from '../src/smtp/index.ts'
import { openFakeSmtp, spawnFakeSmtp } from '../src/smtp/index.ts'

const kinds: [string, (options: FakeSmtpOptions) => Promise<FakeSmtp>][] = [
  ['in this process', openFakeSmtp],
  ['in a process of its own', spawnFakeSmtp],
]

describe.each(kinds)('the fake mail server %s', (_name, open) => {
  let folder: string
  let file: string
  let fake: FakeSmtp

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fake-smtp-'))
    file = join(folder, 'accepted.jsonl')
    fake = await open({ file })
  })

  afterEach(async () => {
    await fake.close()
    await rm(folder, { recursive: true })
  })

  it('logs what it accepts before it answers, in memory and in the file', async () => {
    expect(await talk(fake, mail('d1'))).toBe('250')
    expect(await fake.waitForAccepted(1, 2_000)).toMatchObject([
      { number: 1, from: 'a@x.test', to: ['b@x.test'], deliveryId: 'd1', attempt: 2, messageId: '<d1@x.test>' },
    ])
    const lines = (await readFile(file, 'utf8')).trim().split('\n')
    expect(lines.map((line) => JSON.parse(line).deliveryId)).toEqual(['d1'])
    expect(await fake.readMail(1)).toMatchObject({ subject: 'Hi', text: 'one\n.two\n', headers: { subject: ['Hi'] } })
  })

  it('misbehaves for one recipient, for so many messages, until told to stop', async () => {
    await fake.behave({ at: 'rcpt', reply: '550 5.1.1 no', for: 'b@x.test', times: 1 })
    await fake.behave({ at: 'dot', reply: '451 4.3.0 later' })
    expect(await talk(fake, mail('d1'))).toBe('550')
    expect(await talk(fake, mail('d2'))).toBe('451')
    expect(await talk(fake, mail('d3'))).toBe('451')
    await fake.clearBehaviours()
    expect(await talk(fake, mail('d4'))).toBe('250')
    expect((await fake.accepted()).map(({ deliveryId }) => deliveryId)).toEqual(['d4'])
  })

  it('loses the connection before and after it has accepted', async () => {
    for (const at of ['body', 'dot', 'accepted'] as const) {
      await fake.behave({ at, drop: true, times: 1 })
      expect(await talk(fake, mail(at))).toBe('lost')
    }
    expect((await fake.accepted()).map(({ deliveryId }) => deliveryId)).toEqual(['accepted'])
  })

  it('holds a message between acceptance and answer', async () => {
    await fake.behave({ at: 'accepted', hold: 'gate', times: 1 })
    const talking = talk(fake, mail('d1'))
    expect(await fake.waitForHold('gate', 2_000)).toMatchObject({ name: 'gate', deliveryId: 'd1' })
    expect(await fake.accepted()).toHaveLength(1)
    await fake.releaseHold('gate')
    expect(await talking).toBe('250')
    await expect(fake.waitForHold('gate', 50)).rejects.toThrow('gate')
  })

  it('refuses connections and takes them again at the same port', async () => {
    await fake.refuseConnections(true)
    expect(await talk(fake, mail('d1'))).toBe('ECONNREFUSED')
    await fake.refuseConnections(false)
    expect(await talk(fake, mail('d2'))).toBe('250')
  })
})

function mail(deliveryId: string) {
  const head = `Message-ID: <${deliveryId}@x.test>\r\nSubject: Hi\r\nX-Carillon-Delivery: ${deliveryId}\r\nX-Carillon-Attempt: 2`
  return `${head}\r\n\r\none\r\n..two\r\n`
}

/** A client that shares no code with ours: the code of the reply that ended the mail, or what became of the line. */
function talk(fake: FakeSmtp, message: string): Promise<string> {
  const steps = ['EHLO t', 'MAIL FROM:<a@x.test>', 'RCPT TO:<b@x.test>', 'DATA', `${message}.`]
  return new Promise((resolve) => {
    const socket = net.connect(fake.port, fake.host)
    let buffered = ''
    socket.on('error', (error) => resolve('code' in error && error.code === 'ECONNREFUSED' ? 'ECONNREFUSED' : 'lost'))
    socket.on('close', () => resolve('lost'))
    socket.on('data', (chunk) => {
      buffered += chunk.toString()
      const reply = /^(\d{3}) .*\r\n$/m.exec(buffered)
      if (!reply?.[1]) return
      buffered = ''
      const step = steps.shift()
      if (step !== undefined && /^[23]/.test(reply[1])) return void socket.write(`${step}\r\n`)
      resolve(reply[1])
      socket.destroy()
    })
  })
}
