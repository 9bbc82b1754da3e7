import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Outcome } from '../command.ts'
import type { TestOptions } from '../commands/test.ts'
import type { Config } from '../config.ts'
import { type Counts, formatCounts, formatSeconds } from '../counts.ts'
import { type Infrastructure, noInfrastructure, openInfrastructure } from '../infrastructure/open.ts'
import { runSupervised, type Supervised } from '../supervise.ts'
import { countReport } from './count-report.ts'
import {
  findTestFiles,
  needsInfrastructure,
  needsRedis,
  needsTools,
  pathFromRoot,
  selectFiles,
  toAbsolute,
} from './select-files.ts'

type Run = {
  config: Config
  files: string[]
  leftOut: string[]
  infrastructure: Infrastructure
  options: TestOptions
}

async function runVitest({ config, files, infrastructure, options }: Run): Promise<Supervised & { counts: Counts }> {
  const scratchDir = await mkdtemp(join(tmpdir(), 'carillon-test-'))
  const reportPath = join(scratchDir, 'report.json')
  const name = options.name === undefined ? [] : ['-t', options.name]
  try {
    const result = await runSupervised({
      command: [
        process.execPath,
        '--bun',
        join(config.rootDir, 'node_modules/vitest/vitest.mjs'),
        ...['run', '--pool=threads', '--reporter=default', '--reporter=json', `--outputFile.json=${reportPath}`],
        ...name,
        ...files,
      ],
      cwd: config.rootDir,
      environment: { ...config.environment, CARILLON_TEST_ON: options.on, ...infrastructure.environment },
      quiet: options.json ?? false,
    })
    const report = await readFile(reportPath, 'utf8').catch(() => undefined)
    // Without a report the runner itself fell over: one failure, whatever it had passed.
    const counts =
      report === undefined ? { passed: 0, failed: 1, skipped: 0 } : countReport(JSON.parse(report), result.exitCode)
    return { ...result, counts }
  } finally {
    await rm(scratchDir, { recursive: true, force: true })
  }
}

function printResult(run: Run, result: Supervised & { counts: Counts }, ms: number): void {
  const { counts, leftovers } = result
  if (run.options.json) {
    const { on } = run.options
    process.stdout.write(
      `${JSON.stringify({ ...counts, on, files: run.files.length, leftOut: run.leftOut, ms: Math.round(ms), leftovers })}\n`,
    )
    return
  }
  for (const { pid, command } of leftovers) process.stdout.write(`left behind and ended: ${pid} ${command}\n`)
  for (const file of run.leftOut) process.stdout.write(`left out, for it ${whatItNeeds(file)}: ${file}\n`)
  process.stdout.write(`took ${formatSeconds(ms)} on ${run.infrastructure.label}\n${formatCounts(counts)}\n`)
}

const toolsWanted = ['java', 'mvn', 'kcat']

function whatItNeeds(file: string): string {
  return needsRedis(file) ? 'needs Redis (--on kafka, or REDIS_URL)' : `needs ${toolsWanted.join(', ')} on PATH`
}

/** On the embedded parts nothing else is asked of a machine; on real ones, what is missing is a failure. */
function findLeftOut(files: readonly string[], { environment }: Config, { on }: TestOptions): string[] {
  if (on !== 'embedded') return []
  const hasRedis = Boolean(environment.REDIS_URL)
  const hasTools = toolsWanted.every((tool) => Bun.which(tool) !== null)
  return files.filter((file) => (needsRedis(file) && !hasRedis) || (needsTools(file) && !hasTools))
}

export async function runTests(config: Config, paths: string[], options: TestOptions): Promise<Outcome> {
  const startedMs = performance.now()
  const asked = paths.map((path) => pathFromRoot(config.rootDir, path))
  const selected = selectFiles(await findTestFiles(config.rootDir), { paths: asked, suite: options.suite })
  const leftOut = findLeftOut(selected, config, options)
  const files = selected.filter((file) => !leftOut.includes(file))
  const [first] = leftOut
  if (files.length === 0 && first !== undefined) {
    return { problem: `every test file that matches ${whatItNeeds(first)}`, cure: 'Nothing else was left to run.' }
  }
  if (files.length === 0) {
    return {
      problem: 'no test file matches, so nothing was tested',
      cure: 'Leave out the paths and --suite to run everything.',
    }
  }
  const withRedis = files.some(needsRedis)
  const opened = needsInfrastructure(files)
    ? await openInfrastructure(options.on, config, { withRedis })
    : noInfrastructure
  if ('problem' in opened) return opened
  const run: Run = { config, files: toAbsolute(config.rootDir, files), leftOut, infrastructure: opened, options }
  let result: Supervised & { counts: Counts }
  try {
    result = await runVitest(run)
  } finally {
    await opened.close()
  }
  result.counts.failed += result.leftovers.length
  printResult(run, result, performance.now() - startedMs)
  if (result.counts.passed + result.counts.failed === 0) {
    return { problem: 'no test ran', cure: 'A run that tests nothing does not pass: check --name and --suite.' }
  }
  return { exitCode: result.counts.failed === 0 ? 0 : 1 }
}
