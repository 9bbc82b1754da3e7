import { join } from 'node:path'
import type { Outcome } from '../command.ts'
import type { BenchOptions } from '../commands/bench.ts'
import type { Config } from '../config.ts'
import { runSupervised } from '../supervise.ts'

// As PM2's file has it for the processes whose work is measured here.
const KEEP_MEMORY = { MIMALLOC_PURGE_DELAY: '-1' }

export async function runBench({ rootDir, environment }: Config, options: BenchOptions): Promise<Outcome> {
  const write = options.write ? join(rootDir, 'docs/benchmarks.md') : undefined
  const { exitCode, leftovers } = await runSupervised({
    command: [process.execPath, join(rootDir, 'bench/run.ts'), JSON.stringify({ ...options, write })],
    cwd: rootDir,
    environment: { ...environment, ...KEEP_MEMORY },
    quiet: false,
  })
  for (const { pid, command } of leftovers) process.stderr.write(`left behind ${pid}: ${command}\n`)
  return { exitCode: exitCode === 0 && leftovers.length === 0 ? 0 : 1 }
}
