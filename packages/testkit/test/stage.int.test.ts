import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { openStage } from '../src/stage/index.ts'

afterEach(() => vi.unstubAllEnvs())

async function findProcessesThatName(text: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')))
  return lines.filter((line) => line.includes(text))
}

test('a stage whose broker does not start leaves no mail server behind', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'stage-'))
  vi.stubEnv('TMPDIR', dir)
  // Neither a shell nor Java can be found there.
  vi.stubEnv('PATH', dir)
  await expect(openStage({ broker: 'kafka' })).rejects.toThrow()
  expect(await findProcessesThatName(dir)).toEqual([])
  await rm(dir, { recursive: true })
})
