import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { childEnvironment } from '@carillon/testkit'
import { expect, it } from 'vitest'

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const ENV = {
  ...childEnvironment(),
  DATABASE_URL: 'postgres://nobody@127.0.0.1:9/none',
  KAFKA_BROKER: '127.0.0.1:9',
  CARILLON_SECRET: 'a secret of the test',
  PORT: '0',
}

function start(env: Record<string, string>) {
  const child = spawn(process.execPath, [MAIN], { env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
  const output = { out: '', err: '' }
  child.stdout?.on('data', (data) => {
    output.out += String(data)
  })
  child.stderr?.on('data', (data) => {
    output.err += String(data)
  })
  const ended = once(child, 'close').then(([code]) => ({ code, ...output }))
  return { child, ended }
}

it('lives while Postgres and Kafka are away, and leaves in order', async () => {
  const { child, ended } = start(ENV)
  try {
    const [message] = await Promise.race([once(child, 'message'), ended.then(({ err }) => [err])])
    expect(message).toBe('ready')
    child.kill('SIGTERM')
    const { code, out } = await ended
    expect(code).toBe(0)
    const events = out.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line).event]))
    expect(events).toEqual(expect.arrayContaining(['api.listening', 'process.ready', 'process.closed']))
  } finally {
    child.kill('SIGKILL')
  }
})

it('says everything that its environment lacks, at once', async () => {
  const { code, err } = await start(childEnvironment()).ended
  expect(code).toBe(78)
  for (const name of ['DATABASE_URL', 'KAFKA_BROKER', 'CARILLON_SECRET']) expect(err).toContain(`${name}: is missing`)
})
