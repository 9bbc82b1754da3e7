import { AUDIT_RULES, type AuditFinding, auditRows, openPool } from '@carillon/store'
import type { Outcome } from '../command.ts'
import type { AuditCommandOptions } from '../commands/audit.ts'
import type { Config } from '../config.ts'
import { nameDataDir } from './data-dir.ts'
import { explain } from './explain.ts'
import { findRunning, type NotRunning } from './find-running.ts'

// A page takes milliseconds; whatever takes this long would be in somebody's way.
const PAGE_MS_MAX = 30_000

/** Exit code 0 without a finding, 1 with one: made for a cron job as for a person. */
export async function printAudit(config: Config, options: AuditCommandOptions): Promise<Outcome> {
  const url = await findDatabase(config, options)
  if (typeof url !== 'string') return url
  const pool = openPool({ connectionString: url, max: 1, applicationName: 'audit', statementTimeoutMs: PAGE_MS_MAX })
  const seen = createSeen(options)
  try {
    for await (const { table, rows, findings } of auditRows(pool)) seen.add(table, rows, findings)
  } catch (error) {
    return { problem: `the audit did not come to its end: ${explain(error)}`, cure: CURE }
  } finally {
    await pool.end()
  }
  return seen.end()
}

const CURE = 'It reads the tables of DATABASE_URL, or of --database URL, page by page; look whether they can be read.'

async function findDatabase(config: Config, { database, data }: AuditCommandOptions): Promise<string | NotRunning> {
  const given = database ?? config.environment.DATABASE_URL
  if (given) return given
  const running = await findRunning(nameDataDir(config.rootDir, data))
  return 'problem' in running ? running : running.database
}

function createSeen({ show, json = false }: AuditCommandOptions) {
  const rowsOf = new Map<string, number>()
  const counts = new Map<string, number>()

  function print(finding: AuditFinding): void {
    const { rule, table, row, detail } = finding
    process.stdout.write(json ? `${JSON.stringify(finding)}\n` : `${rule}  ${table} ${row}\n    ${detail}\n`)
  }

  return {
    add(table: string, rows: number, findings: readonly AuditFinding[]): void {
      rowsOf.set(table, rows)
      for (const finding of findings) {
        const count = (counts.get(finding.rule) ?? 0) + 1
        counts.set(finding.rule, count)
        if (count <= show) print(finding)
      }
    },
    end(): Outcome {
      const findings = [...counts.values()].reduce((sum, count) => sum + count, 0)
      const rows = Object.fromEntries(rowsOf)
      if (json) process.stdout.write(`${JSON.stringify({ findings, rules: Object.fromEntries(counts), rows })}\n`)
      else printSummary(findings, counts, rows)
      return { exitCode: findings === 0 ? 0 : 1 }
    },
  }
}

function printSummary(findings: number, counts: ReadonlyMap<string, number>, rows: Record<string, number>): void {
  for (const [rule, count] of counts)
    process.stdout.write(`${String(count).padStart(7)}  ${rule}: ${AUDIT_RULES.get(rule)}\n`)
  const read = Object.entries(rows).map(([table, count]) => `${table} ${count}`)
  process.stdout.write(`${findings} findings under ${AUDIT_RULES.size} rules. Rows read: ${read.join(', ')}\n`)
}
