import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, it } from 'vitest'

const FIXTURE = fileURLToPath(new URL('fixtures/process.ts', import.meta.url))
const open: ChildProcess[] = []
afterEach(() => {
  for (const child of open.splice(0)) child.kill('SIGKILL')
})

function start(kind: string) {
  const child = spawn(process.execPath, [FIXTURE, kind], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
  open.push(child)
  const output = { text: '' }
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (data) => {
      output.text += String(data)
    })
  }
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, text: output.text }))
  const ready = Promise.race([once(child, 'message').then(([message]) => message), ended])
  return { child, ready, ended }
}

it.each(['SIGTERM', 'SIGINT'] as const)('says ready, and closes in order on %s', async (signal) => {
  const { child, ready, ended } = start('good')
  expect(await ready).toBe('ready')
  child.kill(signal)
  child.kill(signal)
  const { code, text } = await ended
  expect(code).toBe(0)
  expect(text.match(/closing/g)).toHaveLength(1)
  expect(text).toContain('process.closed')
})

it.each([
  ['rejects', 'nobody waits'],
  ['throws', 'nobody catches'],
  ['fatal', 'the consumer died'],
  ['bad-open', 'open it'],
])('ends with 1 and one line when it %s', async (kind) => {
  const { code, text } = await start(kind).ended
  expect(code).toBe(1)
  expect(text.match(/process\.failed/g)).toHaveLength(1)
})

it.each([['fatal'], ['fatal-hangs']])('closes what it can when an app cannot go on: %s', async (kind) => {
  const { code, text } = await start(kind).ended
  expect(code).toBe(1)
  expect(text.match(/closing/g)).toHaveLength(1)
  expect(text.match(/process\.failed/g)).toHaveLength(1)
})

it('says what is wrong with its environment, and exits with 78', async () => {
  const { code, text } = await start('bad-config').ended
  expect([code, text]).toEqual([78, 'carillon fixture: PORT: is missing\n'])
})

it('ends with 1 when closing fails', async () => {
  const { child, ready, ended } = start('bad-close')
  await ready
  child.kill('SIGTERM')
  expect((await ended).code).toBe(1)
})

it('ends with 1 when closing is overdue', async () => {
  const { child, ready, ended } = start('hangs')
  await ready
  child.kill('SIGTERM')
  const { code, text } = await ended
  expect(code).toBe(1)
  expect(text).toContain('process.close.overdue')
})
