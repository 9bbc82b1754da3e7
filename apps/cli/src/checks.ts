import type { Outcome } from './command.ts'
import type { Config } from './config.ts'
import { formatCounts, formatSeconds } from './counts.ts'

// Started by Bun and not by their shebang: there may be no Node.
const checks = [
  { name: 'types', script: ['node_modules/typescript/bin/tsc', '--noEmit', '--pretty', 'false'] },
  {
    name: 'lint',
    script: ['node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '--max-diagnostics=200'],
  },
  { name: 'boundaries', script: ['scripts/boundaries.ts'] },
  { name: 'unused', script: ['node_modules/knip/bin/knip.js', '--no-progress', '--no-config-hints'] },
] as const

type Check = (typeof checks)[number]
type Finding = { name: string; ok: boolean; ms: number; output: string }

async function runCheck(check: Check, config: Config): Promise<Finding> {
  const startedMs = performance.now()
  const child = Bun.spawn([process.execPath, '--bun', ...check.script], {
    cwd: config.rootDir,
    env: { ...config.environment, NO_COLOR: '1' },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const [stdout, stderr, exitCode] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited])
  const ms = Math.round(performance.now() - startedMs)
  return { name: check.name, ok: exitCode === 0, ms, output: `${stdout}${stderr}`.trim() }
}

function printFindings(findings: Finding[]): void {
  for (const { name, ok, output } of findings) {
    if (!ok) process.stdout.write(`\n${name}\n${output}\n`)
  }
  const passed = findings.filter(({ ok }) => ok).length
  process.stdout.write(`\n${formatCounts({ passed, failed: findings.length - passed, skipped: 0 })}\n`)
}

export async function runChecks(config: Config, options: { only?: string; json?: boolean }): Promise<Outcome> {
  const chosen = checks.filter(({ name }) => options.only === undefined || options.only === name)
  if (chosen.length === 0) {
    return {
      problem: `there is no check "${options.only}"`,
      cure: `Take one of: ${checks.map(({ name }) => name).join(', ')}.`,
    }
  }
  const findings = await Promise.all(
    chosen.map(async (check) => {
      const finding = await runCheck(check, config)
      if (!options.json) {
        process.stdout.write(
          `${check.name.padEnd(12)}${(finding.ok ? 'ok' : 'failed').padEnd(8)}${formatSeconds(finding.ms)}\n`,
        )
      }
      return finding
    }),
  )
  const ok = findings.every((finding) => finding.ok)
  if (options.json) process.stdout.write(`${JSON.stringify({ ok, checks: findings })}\n`)
  else printFindings(findings)
  return { exitCode: ok ? 0 : 1 }
}
