import { join } from 'node:path'
import { createProducer } from '@carillon/kafka'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { openScratchDir, runCarillon, type Started, startUp } from './run-carillon.ts'

let scratch: Awaited<ReturnType<typeof openScratchDir>>
let up: Started
let data: string[]
let ready: { kafka: string; api: string; apiKey: string }

beforeAll(async () => {
  scratch = await openScratchDir()
  data = ['--data', join(scratch.path, 'data')]
  up = await startUp([...data, '--port', '0', '--kafka-port', '0', '--json'])
  ready = JSON.parse(up.output())
}, 60_000)

afterAll(async () => {
  await up.stop()
  await scratch.remove()
})

async function ask(...args: string[]) {
  const { code, stdout, stderr } = await runCarillon([...args, ...data])
  return { code, stdout, stderr }
}

async function askJson(...args: string[]) {
  const { code, stdout, stderr } = await ask(...args, '--json')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return JSON.parse(stdout)
}

async function produce(value: string): Promise<void> {
  const log = { debug() {}, info() {}, warn() {}, error() {} }
  const producer = createProducer({ connection: { brokers: [ready.kafka], clientId: 'test' }, log })
  await producer.publish({ topic: 'notification.events', key: 'broken', value })
  await producer.close()
}

describe('carillon status', () => {
  it('tells what became of an event, and of each of its notifications', async () => {
    const { eventId } = await askJson('send', '--to', 'ann@example.com', 'hello')
    const table = await ask('status', eventId)
    expect(table.stdout).toMatch(new RegExp(`^${eventId} {2}PLANNED\naccepted .*, 1 notification: 1 SENT\n`))
    expect(table.stdout).toMatch(/^ {2}EMAIL +SENT +1$/m)
    const { notificationIds } = await askJson('status', eventId)
    expect((await ask('status', notificationIds[0])).stdout).toMatch(/^ {2}EMAIL +SENT/m)
  })

  it('says that there is no such event', async () => {
    const { code, stderr } = await ask('status', 'evt_none')
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^carillon: .*\(404\)\nLook whether the id is right/)])
  })
})

describe('carillon explain', () => {
  it('says for each channel why a message went out or did not, and what came when', async () => {
    const { eventId } = await askJson('send', '--to', 'why@example.com', 'hello')
    const { stdout } = await ask('explain', eventId)
    expect(stdout).toMatch(/^[0-9a-f-]{36} for \S+: \w+, MEDIUM, \w+\n/)
    expect(stdout).toMatch(/^✓ EMAIL {2}sent\n {4}\S.*\n/m)
    expect(stdout).toMatch(/^\d\d:\d\d:\d\d\.\d{3} {2}EMAIL +\S/m)
    expect(await askJson('explain', eventId)).toMatchObject({ channels: expect.any(Array) })
  })
})

describe('carillon users, templates and keys', () => {
  it('say where a person can be reached, and keep what is not given', async () => {
    await askJson('users', 'set', 'ann', '--email', 'ann@example.com', '--role', 'admin', 'buyer')
    const { stdout } = await ask('users', 'set', 'ann', '--locale', 'de-AT')
    expect(stdout).toMatch(/^email +ann@example\.com\n(.*\n)*roles +admin, buyer\nlanguage +de-AT\n/m)
    expect(await askJson('users', 'show', 'ann')).toMatchObject({ id: 'ann', roles: ['admin', 'buyer'] })
    expect((await ask('users', 'set', 'ann')).stderr).toMatch(/^carillon: nothing to change was given/)
  })

  it('list texts and show what somebody would get', async () => {
    expect((await ask('templates', 'list')).stdout).toMatch(/^ORDER_SHIPPED +shipped +en +An order/m)
    const preview = await ask('templates', 'preview', 'ORDER_SHIPPED', '--var', 'orderNumber=Z-9')
    expect(preview.stdout).toMatch(/^e-mail {2}Order Z-9 is on its way$/m)
    expect(preview.stdout).toMatch(/^sms {2}\d segments?, GSM-7$/m)
  })

  it('make a key that is shown once, and end it', async () => {
    const made = await askJson('keys', 'create', '--name', 'shop', '--scope', 'events:write')
    expect(made.token).toMatch(/^car_/)
    expect((await ask('keys', 'list')).stdout).toMatch(
      new RegExp(`^${made.apiKey.id} +shop +lives +never +events:write$`, 'm'),
    )
    expect((await ask('keys', 'rotate', made.apiKey.id)).stdout).toMatch(/^car_\S+\n$/)
    expect((await ask('keys', 'revoke', made.apiKey.id)).stdout).toBe(`${made.apiKey.id} works no more.\n`)
    expect((await ask('keys', 'list')).stdout).toMatch(new RegExp(`^${made.apiKey.id} +shop +revoked`, 'm'))
  })
})

describe('carillon dlq', () => {
  it('shows why a record was set aside, and puts it back', async () => {
    await produce('{"type":"X"}')
    await vi.waitFor(async () => expect(await askJson('dlq', 'list')).toHaveLength(1), { timeout: 15_000 })
    const list = await ask('dlq', 'list')
    const [place = ''] = /^\d+:\d+/m.exec(list.stdout) ?? []
    expect(list.stdout).toMatch(new RegExp(`^${place} +\\S+ \\S+ +malformed +1 +broken +.*message`, 'm'))
    const shown = await ask('dlq', 'show', place)
    expect(shown.stdout).toMatch(/^originalTopic +notification\.events$/m)
    expect(shown.stdout).toMatch(/\n\{"type":"X"\}\n$/)
    expect(await ask('dlq', 'replay', place)).toMatchObject({ code: 0, stdout: '1 put back\n' })
    await vi.waitFor(
      async () =>
        expect((await askJson('dlq', 'list')).map((one: { attempts: number }) => one.attempts)).toEqual([2, 1]),
      { timeout: 15_000 },
    )
    expect(await ask('dlq', 'replay', '0:999')).toMatchObject({ code: 1, stdout: '0 put back, not found: 0:999\n' })
    expect((await ask('dlq', 'replay')).stderr).toMatch(/^carillon: nothing to replay was named/)
  }, 60_000)
})

describe('carillon events tail and replay', () => {
  it('print an event as it comes, and what is not valid with what is wrong', async () => {
    const tail = runCarillon(['events', 'tail', '--count', '1', '--json', ...data])
    let sent = 0
    const sending = setInterval(() => void produce(JSON.stringify({ id: `tail-${sent++}`, type: 'TAIL' })), 500)
    const { code, stdout } = await tail
    clearInterval(sending)
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ topic: 'notification.events', tenantId: 'default', id: null })
    expect(JSON.parse(stdout).problems).not.toEqual([])
  }, 60_000)

  it('publish what came since a moment again, and nobody hears of it twice', async () => {
    await askJson('send', '--to', 'bob@example.com', 'once')
    const replayed = await askJson('replay', '--from', '1h')
    expect(replayed.replayed).toBeGreaterThanOrEqual(1)
    const headers = { authorization: `Bearer ${ready.apiKey}` }
    const audit = await (await fetch(`${ready.api}/api/audit?limit=1`, { headers })).json()
    const actor = expect.stringMatching(/^cli:./)
    expect(audit).toMatchObject({ entries: [{ actor, action: 'replay', detail: { replayed: replayed.replayed } }] })
    await askJson('send', '--to', 'bob@example.com', 'after')
    const lines = (await ask('outbox', '--json')).stdout.trim().split('\n')
    const toBob = lines.map((line) => JSON.parse(line)).filter(({ to }) => to === 'bob@example.com')
    expect(toBob).toHaveLength(2)
    expect((await ask('replay', '--from', '2026-11-21T10:00')).stderr).toContain('with its zone')
  }, 60_000)
})

describe('carillon completion', () => {
  it('completes the commands that there are, in bash itself', async () => {
    const { stdout } = await runCarillon(['completion', 'bash'])
    const complete = (...words: string[]) => {
      const line = `COMP_WORDS=(${['./carillon', ...words].map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length}; _carillon; echo "\${COMPREPLY[@]}"`
      return Bun.spawnSync(['bash', '-c', `${stdout}\n${line}`])
        .stdout.toString()
        .trim()
        .split(' ')
    }
    expect(complete('do')).toEqual(['doctor'])
    expect(complete('dlq', '')).toEqual(expect.arrayContaining(['list', 'show', 'replay']))
    expect(complete('dlq', 'replay', '--a')).toEqual(['--all'])
    for (const shell of ['zsh', 'fish']) expect((await runCarillon(['completion', shell])).stdout).toContain('doctor')
  })
})
