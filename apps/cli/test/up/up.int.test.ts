import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as rest } from 'node:timers/promises'
import { openTestDatabase, readTestConfig, startBroker } from '@carillon/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import {
  findServersIn,
  openScratchDir,
  runCarillon,
  type Started,
  startUp,
  waitUntilNoServerIn,
} from './run-carillon.ts'

// What the promise gives is 4 s to start, 3 s to stop and 1 s to send on a machine with nothing else to do.
const startMsMax = 15_000
const stopMsMax = 10_000
const sendMsMax = 5_000

const readyLine = z.strictObject({
  ready: z.literal(true),
  api: z.string().regex(/^http:\/\/127\.0\.0\.1:\d+$/),
  kafka: z.string().regex(/^127\.0\.0\.1:\d+$/),
  apiKey: z.string().startsWith('car_'),
  dataDir: z.string(),
  recovered: z.array(z.string()),
})

let scratch: Awaited<ReturnType<typeof openScratchDir>>
let started: Started[]

const anyPorts = ['--port', '0', '--kafka-port', '0']

async function start(...args: string[]): Promise<Started> {
  const up = await startUp(['--data', dataDir(), ...anyPorts, ...args])
  started.push(up)
  return up
}

async function startJson(...args: string[]) {
  const up = await start('--json', ...args)
  return { ...up, ready: readyLine.parse(JSON.parse(up.output())) }
}

const dataDir = () => join(scratch.path, 'data')

async function runShell(script: string): Promise<string> {
  const child = spawn('sh', ['-c', script], { stdio: ['ignore', 'pipe', 'ignore'] })
  let stdout = ''
  child.stdout.on('data', (chunk) => {
    stdout += chunk
  })
  const [code] = await once(child, 'close')
  expect(code).toBe(0)
  return stdout
}

async function ask(url: string, apiKey: string): Promise<unknown> {
  return (await fetch(url, { headers: { authorization: `Bearer ${apiKey}` } })).json()
}

beforeEach(async () => {
  scratch = await openScratchDir()
  started = []
})

afterEach(async () => {
  for (const up of started) await up.stop()
  expect(findServersIn(dataDir())).toEqual([])
  await scratch.remove()
})

describe('carillon up', () => {
  it('prints a curl that works when it is pasted, and its mail is sent at once', async () => {
    const up = await start()
    const screen = up.output()
    const curl = screen.slice(screen.indexOf('curl '), screen.indexOf("}'") + 2)
    const answer = z.object({ success: z.literal(true), statusUrl: z.string() }).parse(JSON.parse(await runShell(curl)))
    const answeredAtMs = performance.now()
    const [api = ''] = /http:\/\/127\.0\.0\.1:\d+/.exec(screen) ?? []
    const [, apiKey = ''] = /Bearer (\S+)'/.exec(screen) ?? []
    const statusSchema = z.object({ deliveries: z.record(z.string(), z.number()) })
    let deliveries: Record<string, number> = {}
    while (deliveries.SENT !== 1 && performance.now() - answeredAtMs < sendMsMax) {
      deliveries = statusSchema.parse(await ask(`${api}${answer.statusUrl}`, apiKey)).deliveries
      await rest(10)
    }
    expect(deliveries).toEqual({ SENT: 1 })
    const { stdout } = await runCarillon(['outbox', '--data', dataDir()])
    expect(stdout).toMatch(/ann@example\.com +Welcome /)
    expect(screen).toContain(`read it with ./carillon outbox --data ${dataDir()}`)
  })

  it('prints one line of JSON with everything that a program needs', async () => {
    const { ready } = await startJson()
    expect(ready).toMatchObject({ dataDir: dataDir(), recovered: [] })
    expect(await ask(`${ready.api}/api/users/nobody/notifications`, ready.apiKey)).toBeDefined()
  })

  it('keeps key and data for the next start, which is quick', async () => {
    const first = await startJson()
    await runCarillon(['send', '--data', dataDir(), '--to', 'kept@example.com', 'kept', '--json'])
    await first.stop()
    const second = await startJson()
    expect(second.startedInMs).toBeLessThan(startMsMax)
    expect(second.ready.apiKey).toBe(first.ready.apiKey)
    expect(second.ready.recovered).toEqual([])
    expect((await runCarillon(['outbox', '--data', dataDir()])).stdout).toContain('kept@example.com')
  })

  it('stops soon at Ctrl-C and leaves nothing behind', async () => {
    const up = await start()
    expect(findServersIn(dataDir()).length).toBeGreaterThan(0)
    const { code, stderr, stoppedInMs } = await up.stop('SIGINT')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stoppedInMs).toBeLessThan(stopMsMax)
    expect(findServersIn(dataDir())).toEqual([])
    expect(existsSync(join(dataDir(), 'running.json'))).toBe(false)
  })

  it('may be stopped while it starts', async () => {
    const starting = startUp(['--data', dataDir(), ...anyPorts, '--quiet'])
    starting.catch(() => undefined)
    while (!existsSync(join(dataDir(), 'postgres/pgdata/postmaster.pid'))) await rest(5)
    const holder = await readFile(join(dataDir(), 'lock.holder'), 'utf8')
    process.kill(Number(holder.replace('process ', '')), 'SIGTERM')
    await expect(starting).rejects.toThrow('ended before it was ready')
    await waitUntilNoServerIn(dataDir())
    expect(existsSync(join(dataDir(), 'running.json'))).toBe(false)
  })

  it('goes on after a kill with what was there, and says what it found', async () => {
    const killed = await startJson()
    await killed.stop('SIGKILL')
    expect(findServersIn(dataDir()).length).toBeGreaterThan(0)
    const next = await startJson()
    expect(next.ready.apiKey).toBe(killed.ready.apiKey)
    expect(next.ready.recovered).toEqual(['Postgres had outlived the last run and was taken over'])
  })

  it('is not kept from starting by a killed one whose process number is in use again', async () => {
    const first = await startJson()
    await first.stop()
    const stale = {
      pid: process.pid,
      api: 'http://127.0.0.1:1',
      kafka: '',
      apiKey: '',
      dataDir: dataDir(),
      database: '',
    }
    await writeFile(join(dataDir(), 'running.json'), JSON.stringify(stale))
    const send = await runCarillon(['send', '--data', dataDir(), '--to', 'a@example.com', 'hello'])
    expect(send).toMatchObject({ code: 1, stdout: '' })
    expect(send.stderr).toContain('nothing answers at http://127.0.0.1:1')
    const next = await startJson()
    expect(next.ready.apiKey).toBe(first.ready.apiKey)
  })

  it('forgets everything with --fresh, also the server of a killed one, and nothing that is not its own', async () => {
    await mkdir(dataDir())
    await writeFile(join(dataDir(), 'thesis.txt'), 'years of work')
    const first = await startJson()
    await runCarillon(['send', '--data', dataDir(), '--to', 'gone@example.com', 'gone', '--json'])
    await first.stop('SIGKILL')
    const orphans = findServersIn(dataDir())
    const next = await startJson('--fresh')
    expect(next.ready.apiKey).not.toBe(first.ready.apiKey)
    expect(next.ready.recovered).toEqual([])
    expect(findServersIn(dataDir()).filter((pid) => orphans.includes(pid))).toEqual([])
    expect((await runCarillon(['outbox', '--data', dataDir()])).stdout).toContain('Nothing was simulated')
    expect(await readFile(join(dataDir(), 'thesis.txt'), 'utf8')).toBe('years of work')
  })

  it('names who holds a port that is taken, and the flag that chooses another', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' ? String(address?.port) : ''
    try {
      for (const [flag, other] of [
        ['--port', '--kafka-port'],
        ['--kafka-port', '--port'],
      ] as const) {
        const refused = await runCarillon(['up', '--data', dataDir(), flag, port, other, '0'])
        expect(refused).toMatchObject({ code: 1, stdout: '' })
        expect(refused.stderr).toMatch(
          new RegExp(`^carillon: port ${port}, .*, is taken by \\S+ \\(pid ${process.pid}\\)`),
        )
        expect(refused.stderr).toContain(`Choose another with ${flag} PORT`)
      }
      const both = await runCarillon(['up', '--data', dataDir(), '--port', '9', '--kafka-port', '9'])
      expect(both.stderr).toContain('the API and the broker cannot both have port 9')
    } finally {
      server.close()
    }
  })

  it('is refused with a sentence where another one works already', async () => {
    const first = await startJson()
    const second = await runCarillon(['up', '--data', dataDir(), ...anyPorts])
    expect(second).toMatchObject({ code: 1, stdout: '' })
    expect(second.stderr).toBe(
      `carillon: Carillon is up on ${dataDir()} already (pid ${first.pid}), at ${first.ready.api}\n` +
        'Use that one, stop it first, or name another directory with --data DIR.\n',
    )
    expect((await first.stop()).code).toBe(0)
  })

  it('uses the Kafka and the Postgres that it is given, and shows no password', async () => {
    const database = await openTestDatabase({ empty: true })
    const broker = await startBroker(readTestConfig().on, scratch.path)
    try {
      const url = new URL(database.url)
      url.password = 'let-me-in'
      const given = ['--data', dataDir(), '--port', '0', '--with-kafka', broker.address]
      const up = await startUp(given, { DATABASE_URL: url.href })
      started.push(up)
      expect(up.output()).toMatch(new RegExp(`Kafka +${broker.address} +not ours`))
      expect(up.output()).toMatch(/Postgres .*\/carillon_test_\w+ +of DATABASE_URL/)
      expect(up.output()).not.toContain('let-me-in')
      const sent = await runCarillon(['send', '--data', dataDir(), '--to', 'real@example.com', 'hello'])
      expect(sent).toMatchObject({ code: 0, stderr: '' })
      expect(findServersIn(dataDir())).toEqual([])
      expect((await runCarillon(['lag', '--data', dataDir()])).stdout).toMatch(/^email +notification\.email +0$/m)
      expect((await up.stop()).code).toBe(0)
    } finally {
      await broker.stop()
      await database.drop()
    }
  })

  it('says in a sentence that the Kafka that it is given does not answer', async () => {
    const refused = await runCarillon(['up', '--data', dataDir(), '--port', '0', '--with-kafka', '127.0.0.1:1'])
    expect(refused).toMatchObject({ code: 1, stdout: '' })
    expect(refused.stderr).toMatch(/^carillon: up: .*ECONNREFUSED 127\.0\.0\.1:1\nThe log is in /)
  })

  it('prints nothing with --quiet', async () => {
    const quiet = startUp(['--data', dataDir(), ...anyPorts, '--quiet'])
    quiet.catch(() => undefined)
    while (!existsSync(join(dataDir(), 'running.json'))) await rest(10)
    const { pid } = z
      .object({ pid: z.number() })
      .parse(JSON.parse(await readFile(join(dataDir(), 'running.json'), 'utf8')))
    process.kill(pid, 'SIGINT')
    await expect(quiet).rejects.toThrow(/^up ended before it was ready: $/)
  })
})
