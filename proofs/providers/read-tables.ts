import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface TableLine {
  readonly table: string
  readonly line: string
  /** The numbers and names of the vendor's answers in it; a case must name each. */
  readonly codes: readonly string[]
}

const CODES = /\b\d\.\d\.[\dx]+\b|\b\d{3,5}\b|\b[A-Z]+_[A-Z_]+\b|\b(?:UNREGISTERED|UNAVAILABLE|INTERNAL)\b/g

/** Every line of the tables that say what a vendor's answer means. */
export async function readTables(): Promise<readonly TableLine[]> {
  const text = await readFile(join(import.meta.dirname, '../../docs/providers.md'), 'utf8')
  return text.split(/^## /m).flatMap((section) => {
    const [heading = '', ...lines] = section.split('\n')
    const table = heading.replace(/ \(nodemailer.*$/, '')
    const rows = lines.filter((line) => line.startsWith('| ')).map((line) => line.split('|')[1]?.trim() ?? '')
    // The first is the head of the table.
    return rows
      .slice(1)
      .filter((line) => !/^-+$/.test(line))
      .map((line) => ({ table, line, codes: readCodes(line) }))
  })
}

function readCodes(line: string): readonly string[] {
  return [...new Set(line.match(CODES) ?? [])]
}
