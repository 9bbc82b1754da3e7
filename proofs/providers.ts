import type { Proof, ProofResult } from './proof.ts'
import { fcmCases } from './providers/fcm-cases.ts'
import { readTables, type TableLine } from './providers/read-tables.ts'
import { runCase } from './providers/run-case.ts'
import { smtpCases } from './providers/smtp-cases.ts'
import { twilioCases } from './providers/twilio-cases.ts'
import type { VendorCase } from './providers/vendor-case.ts'
import { openVendorStage } from './providers/vendor-stage.ts'

const cases: readonly VendorCase[] = [...smtpCases, ...twilioCases, ...fcmCases]

/** docs/providers.md is walked line by line: a line or a code that no case names, and a case of no line, are failures. */
export const proof: Proof = {
  name: 'providers',
  summary: 'every line of the tables of vendors, through the real client, worker and rows, leads to what it promises',
  async run({ print }): Promise<ProofResult> {
    const lines = await readTables()
    const missing = lines.flatMap(findMissing)
    const strays = cases.filter(({ table, line }) => !lines.some((one) => one.table === table && one.line === line))
    const stage = await openVendorStage()
    const wrong: string[] = []
    try {
      for (const vendorCase of cases) {
        const { name, problems } = await runCase(stage, vendorCase)
        if (problems.length > 0) wrong.push(name)
        for (const problem of problems) print(`${name}: ${problem}`)
      }
    } finally {
      await stage.close()
    }
    const perTable = Map.groupBy(lines, ({ table }) => table)
    return {
      passed: lines.length > 0 && missing.length + strays.length + wrong.length === 0,
      figures: {
        ...Object.fromEntries([...perTable].map(([table, own]) => [`lines of ${table}`, own.length])),
        'lines of the tables': lines.length,
        'cases that walk them': cases.length,
        'without a case': missing.join('; ') || 0,
        'cases of no line': strays.map(({ name }) => name).join('; ') || 0,
        'not as the table says': wrong.join('; ') || 0,
      },
    }
  },
}

function findMissing({ table, line, codes }: TableLine): string[] {
  const own = cases.filter((one) => one.table === table && one.line === line)
  if (own.length === 0) return [`${table}: ${line}`]
  return codes.filter((code) => !own.some(({ name }) => name.includes(code))).map((code) => `${table}: ${code}`)
}
