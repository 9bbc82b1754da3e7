import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import type { ProofResult } from '../../../../proofs/proof.ts'
import type { Outcome } from '../command.ts'
import type { ProveOptions } from '../commands/prove.ts'
import type { Config } from '../config.ts'
import { formatCounts, formatSeconds } from '../counts.ts'
import { runSupervised } from '../supervise.ts'
import { listProofNames, loadProof } from './load-proof.ts'

const resultSchema = z.object({ passed: z.boolean(), figures: z.record(z.string(), z.union([z.string(), z.number()])) })

// A proof that hangs must not hold CI for ever; the long forms may take their time.
const quickLimitMs = 5 * 60_000

type ProofRun = ProofResult & { name: string; ms: number }

type RunOptions = ProveOptions & { seedNumber: number }

async function runProof(config: Config, name: string, options: RunOptions): Promise<ProofRun> {
  const startedMs = performance.now()
  const scratchDir = await mkdtemp(join(tmpdir(), 'carillon-proof-'))
  const resultPath = join(scratchDir, 'result.json')
  const { seedNumber: seed, quick = false, on, minutes, only } = options
  const passedOn = JSON.stringify({ seed, quick, on, minutes, only })
  const { exitCode, leftovers } = await runSupervised({
    command: [
      process.execPath,
      join(import.meta.dirname, 'proof-process.ts'),
      config.rootDir,
      name,
      resultPath,
      passedOn,
    ],
    cwd: config.rootDir,
    environment: config.environment,
    quiet: options.json ?? false,
    ...(options.quick ? { limitMs: quickLimitMs } : {}),
  })
  const written = await readFile(resultPath, 'utf8').catch(() => undefined)
  await rm(scratchDir, { recursive: true, force: true })
  const result = written === undefined ? { passed: false, figures: {} } : resultSchema.parse(JSON.parse(written))
  const figures: ProofResult['figures'] = { ...result.figures }
  if (exitCode !== 0) figures['exit code'] = exitCode
  for (const { pid, command } of leftovers) figures[`left behind ${pid}`] = command
  const passed = result.passed && exitCode === 0 && leftovers.length === 0
  return { name, passed, figures, ms: Math.round(performance.now() - startedMs) }
}

function formatFigures(figures: ProofResult['figures']): string {
  const width = Math.max(0, ...Object.keys(figures).map((label) => label.length))
  return Object.entries(figures)
    .map(([label, figure]) => `  ${label.padEnd(width)}  ${figure}\n`)
    .join('')
}

function printRun({ name, passed, figures, ms }: ProofRun): void {
  process.stdout.write(
    `${formatFigures(figures)}${name}: ${passed ? 'holds' : 'does not hold'}, ${formatSeconds(ms)}\n\n`,
  )
}

async function printList(rootDir: string, names: string[]): Promise<Outcome> {
  const width = Math.max(...names.map((name) => name.length))
  for (const name of names) {
    const { summary } = await loadProof(rootDir, name)
    process.stdout.write(`${name.padEnd(width)}  ${summary}\n`)
  }
  return { exitCode: 0 }
}

function parseSeed(seed: string | undefined): number | undefined {
  if (seed === undefined) return crypto.getRandomValues(new Uint32Array(1))[0]
  const number = Number(seed)
  return Number.isSafeInteger(number) && number >= 0 ? number : undefined
}

async function runAll(config: Config, names: string[], options: RunOptions): Promise<Outcome> {
  let passed = 0
  for (const name of names) {
    if (!options.json) process.stdout.write(`${name}, seed ${options.seedNumber}, on ${options.on}\n`)
    const run = await runProof(config, name, options)
    if (run.passed) passed++
    if (options.json) process.stdout.write(`${JSON.stringify({ ...run, seed: options.seedNumber, on: options.on })}\n`)
    else printRun(run)
  }
  const counts = { passed, failed: names.length - passed, skipped: 0 }
  if (!options.json) process.stdout.write(`${formatCounts(counts)}\n`)
  return { exitCode: counts.failed === 0 ? 0 : 1 }
}

export async function runProofs(config: Config, name: string | undefined, options: ProveOptions): Promise<Outcome> {
  const names = await listProofNames(config.rootDir)
  if (names.length === 0) return { problem: 'there are no proofs to run', cure: 'They live in proofs/, one file each.' }
  const known = `Take one of: ${names.join(', ')}.`
  if (name !== undefined && !names.includes(name)) return { problem: `there is no proof "${name}"`, cure: known }
  if (options.list) return printList(config.rootDir, names)
  if (name === undefined && !options.quick)
    return { problem: 'say which proof to run', cure: `${known} --quick runs all of them.` }
  const seedNumber = parseSeed(options.seed)
  if (seedNumber === undefined) {
    return { problem: `"${options.seed}" is no seed`, cure: 'Give a whole number of 0 or more, as a run prints it.' }
  }
  return runAll(config, name === undefined ? names : [name], { ...options, seedNumber })
}
