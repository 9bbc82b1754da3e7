import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type GuardResult, SEQUENCES_MAX } from './guard-result.ts'
import { SOURCE_REMOVALS, type SourceRemoval } from './removals.ts'

interface MutantResult {
  readonly sequences: number
  readonly broken: { readonly number: number; readonly message: string } | null
  readonly story: string | null
}

export async function runSourceRemoval(removal: SourceRemoval, seed: number): Promise<GuardResult> {
  const scratchDir = await mkdtemp(join(tmpdir(), 'carillon-mutant-'))
  const resultPath = join(scratchDir, 'result.json')
  const rootDir = join(import.meta.dirname, '../../..')
  const index = SOURCE_REMOVALS.indexOf(removal)
  const given = [rootDir, index, seed, SEQUENCES_MAX, resultPath].map(String)
  const child = Bun.spawn([process.execPath, join(import.meta.dirname, 'mutant-process.ts'), ...given], {
    stdout: 'ignore',
    stderr: 'pipe',
  })
  const [code, complaint] = await Promise.all([child.exited, new Response(child.stderr).text()])
  try {
    if (code !== 0) throw new Error(`${removal.guard}, ${removal.how}: ${complaint}`)
    const result: MutantResult = JSON.parse(await readFile(resultPath, 'utf8'))
    const { guard, how } = removal
    const failed = result.broken ? `promise ${result.broken.number}` : null
    return { guard, how, where: 'sources', failed, sequences: result.sequences, story: result.story }
  } finally {
    await rm(scratchDir, { recursive: true, force: true })
  }
}
