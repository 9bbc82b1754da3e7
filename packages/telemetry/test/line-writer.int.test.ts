import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openLineWriter } from '../src/index.ts'

const LINES = 20_000
const SOURCE = new URL('../src/index.ts', import.meta.url).pathname

let dir = ''
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'carillon-lines-'))
})
afterAll(() => rm(dir, { recursive: true, force: true }))

/** Says lines and does `last`; whoever reads its standard output begins after a while. */
async function readLinesOf(last: string, readAfterMs = 0): Promise<number[]> {
  const program = `
    import { createLogger } from '${SOURCE}'
    const log = createLogger({ service: 'x', level: 'info' })
    for (let count = 0; count < ${LINES}; count++) {
      log.info({ count, reason: 'r'.repeat(count % 200) }, 'x.done')
      if (count % 1_000 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    ${last}`
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'ignore'] })
  const ended = once(child, 'close')
  await new Promise((resolve) => setTimeout(resolve, readAfterMs))
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    text += part
  })
  await ended
  return text
    .trimEnd()
    .split('\n')
    .map((line): number => JSON.parse(line).count)
}

const ALL = Array.from({ length: LINES }, (_, count) => count)

it.each([
  ['ends by itself', ''],
  ['says that it ends', 'process.exit(0)'],
  ['fails', 'throw new Error("x")'],
])('loses no line and no order when a process %s', async (_name, last) => {
  expect(await readLinesOf(last)).toEqual(ALL)
})

it('waits for a reader that is slow without losing a line', async () => {
  expect(await readLinesOf('await new Promise((resolve) => setTimeout(resolve, 500))', 300)).toEqual(ALL)
})

it('has every line in the file when it is closed', async () => {
  const path = join(dir, 'closed.log')
  const writer = openLineWriter(path)
  for (const count of ALL) writer.write(`${count}\n`)
  writer.close()
  const text = await readFile(path, 'utf8')
  expect(text.split('\n').filter(Boolean).map(Number)).toEqual(ALL)
})

it('writes what is waiting within a moment', async () => {
  const path = join(dir, 'waiting.log')
  const writer = openLineWriter(path)
  writer.write('one\n')
  await expect.poll(() => readFile(path, 'utf8'), { timeout: 2_000 }).toBe('one\n')
  writer.close()
})
