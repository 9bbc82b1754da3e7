import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { childEnvironment } from '@carillon/testkit'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Config } from '../src/config.ts'
import { runProofs } from '../src/proving/run-proofs.ts'

let config: Config
let printed: string[]

async function writeProof(name: string, body: string): Promise<void> {
  const text = `export const proof = { name: '${name}', summary: 'shows ${name}', async run({ seed, quick, on, print }) { ${body} } }`
  await writeFile(join(config.rootDir, 'proofs', `${name}.ts`), text)
}

function answers(): unknown[] {
  return printed.map((line) => JSON.parse(line))
}

beforeEach(async () => {
  const rootDir = await mkdtemp(join(tmpdir(), 'carillon-prove-'))
  await mkdir(join(rootDir, 'proofs'))
  config = { rootDir, isCi: true, environment: childEnvironment() }
  printed = []
  vi.spyOn(process.stdout, 'write').mockImplementation((line) => printed.push(String(line)) > 0)
})

afterEach(async () => {
  vi.restoreAllMocks()
  await rm(config.rootDir, { recursive: true, force: true })
})

describe('carillon prove', () => {
  it('runs one proof with its seed and answers its figures', async () => {
    await writeProof('kills', 'return { passed: true, figures: { seed, quick: String(quick), on } }')
    const outcome = await runProofs(config, 'kills', { seed: '42', on: 'kafka', json: true })
    expect(outcome).toEqual({ exitCode: 0 })
    expect(answers()).toMatchObject([
      { name: 'kills', passed: true, figures: { seed: 42, quick: 'false', on: 'kafka' } },
    ])
  })

  it('runs all of them in their quick form, and one that fails fails the run', async () => {
    await writeProof('a-holds', 'return { passed: quick, figures: {} }')
    await writeProof('b-fails', 'return { passed: false, figures: { doubled: 1 } }')
    await writeProof('c-crashes', "throw new Error('cracked')")
    const outcome = await runProofs(config, undefined, { quick: true, on: 'embedded', json: true })
    expect(outcome).toEqual({ exitCode: 1 })
    expect(answers()).toMatchObject([
      { name: 'a-holds', passed: true },
      { name: 'b-fails', passed: false, figures: { doubled: 1 } },
      { name: 'c-crashes', passed: false, figures: { 'exit code': 1 } },
    ])
  })

  it('does not take the word of a proof that leaves a process behind', async () => {
    await writeProof('leaves', "Bun.spawn(['sleep', '95']).unref(); return { passed: true, figures: {} }")
    expect(await runProofs(config, 'leaves', { on: 'embedded', json: true })).toEqual({ exitCode: 1 })
    expect(JSON.stringify(answers())).toContain('sleep 95')
  })

  it('nor of one that leaves a timer running', async () => {
    await writeProof('hangs', 'setInterval(() => {}, 1000); return { passed: true, figures: {} }')
    expect(await runProofs(config, 'hangs', { on: 'embedded', json: true })).toEqual({ exitCode: 1 })
  })

  it('says what there is when the name is wrong or missing, and that there is nothing when there is nothing', async () => {
    expect(await runProofs(config, undefined, { quick: true, on: 'embedded' })).toMatchObject({
      problem: 'there are no proofs to run',
    })
    await writeProof('stops', 'return { passed: true, figures: {} }')
    const cure = 'Take one of: stops.'
    expect(await runProofs(config, 'stop', { on: 'embedded' })).toEqual({ problem: 'there is no proof "stop"', cure })
    expect(await runProofs(config, undefined, { on: 'embedded' })).toMatchObject({ problem: 'say which proof to run' })
    expect(await runProofs(config, 'stops', { seed: '-1', on: 'embedded' })).toMatchObject({
      problem: '"-1" is no seed',
    })
  })
})
