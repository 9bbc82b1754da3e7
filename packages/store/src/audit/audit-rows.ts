import type { Pool, PoolClient } from 'pg'
import { DELIVERIES } from './delivery-rules.ts'
import { LADDERS } from './ladder-rules.ts'
import { ATTEMPTS, DISPATCHES, OUTBOX, RECEIPTS } from './other-rules.ts'
import type { AuditedTable } from './rule.ts'

export interface AuditFinding {
  readonly rule: string
  readonly table: string
  /** The primary key of the row that breaks it. */
  readonly row: string
  readonly detail: string
}

/** After each page: how many of a table's rows have been looked through so far. */
export interface AuditProgress {
  readonly table: string
  readonly rows: number
  readonly findings: readonly AuditFinding[]
}

export interface AuditOptions {
  /** Rows a statement, which bounds how long one runs and how much it holds. */
  readonly pageRows?: number
}

const TABLES = [DELIVERIES, LADDERS, ATTEMPTS, DISPATCHES, OUTBOX, RECEIPTS]
const PAGE_ROWS = 2_000
const NIL = '00000000-0000-0000-0000-000000000000'
const FIRST_KEY: Record<string, string> = { id: NIL, '"deliveryId"': NIL, number: '0' }

/** Every rule by its code, in the words of the promise that it stands for. */
export const AUDIT_RULES: ReadonlyMap<string, string> = new Map(
  TABLES.flatMap(({ rules }) => rules.map(({ code, says }) => [code, says])),
)

/**
 * The promises of docs/delivery.md asked of every row, for a database in use: read only, a page a statement, by primary
 * keys. What changes meanwhile is seen before or after, never half.
 */
export async function* auditRows(
  pool: Pool,
  { pageRows = PAGE_ROWS }: AuditOptions = {},
): AsyncGenerator<AuditProgress> {
  const client = await pool.connect()
  let isUsable = false
  try {
    await client.query('SET default_transaction_read_only = on')
    for (const table of TABLES) yield* auditTable(client, table, pageRows)
    await client.query('RESET default_transaction_read_only')
    isUsable = true
  } finally {
    client.release(!isUsable)
  }
}

interface PageRow {
  readonly row: string | null
  readonly rule: string | null
  readonly detail: string | null
  readonly rows: number | null
  readonly next: readonly string[] | null
}

async function* auditTable(
  client: PoolClient,
  { table, key, text }: AuditedTable,
  pageRows: number,
): AsyncGenerator<AuditProgress> {
  let after: readonly string[] | null = key.map((column) => FIRST_KEY[column] ?? NIL)
  let rows = 0
  while (after) {
    const answer: { rows: PageRow[] } = await client.query<PageRow>(text, [pageRows, ...after])
    const end = answer.rows.find((one) => one.rule === null)
    rows += end?.rows ?? 0
    const findings = answer.rows.flatMap(({ row, rule, detail }) =>
      rule === null ? [] : [{ rule, table, row: row ?? '', detail: detail ?? '' }],
    )
    yield { table, rows, findings }
    after = (end?.rows ?? 0) < pageRows ? null : (end?.next ?? null)
  }
}
