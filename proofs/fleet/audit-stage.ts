import { type AuditFinding, auditRows } from '@carillon/store'
import type { FleetStage } from '@carillon/testkit'

/** What `./carillon audit` would say of a stage's database: the promises, asked of every row. */
export async function auditStage({ pool }: Pick<FleetStage, 'pool'>): Promise<AuditFinding[]> {
  const findings: AuditFinding[] = []
  for await (const page of auditRows(pool)) findings.push(...page.findings)
  return findings
}

/** As a figure: how many, and the first of them. */
export function describeFindings(findings: readonly AuditFinding[]): string | number {
  const shown = findings.slice(0, 3).map(({ rule, row, detail }) => `${rule} ${row} (${detail})`)
  return findings.length === 0 ? 0 : [`${findings.length}:`, ...shown].join(' ')
}
