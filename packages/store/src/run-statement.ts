import type { Pool, PoolClient, QueryResultRow } from 'pg'
import { toArrayLiteral } from './array-literal.ts'

/** Named, so that Postgres parses it once a connection. */
export interface Statement {
  readonly name: string
  readonly text: string
}

export type Database = Pick<Pool | PoolClient, 'query'>

export async function runStatement<Row extends QueryResultRow>(
  database: Database,
  statement: Statement,
  values: readonly unknown[],
): Promise<Row[]> {
  const parameters = values.map((value) => (Array.isArray(value) ? toArrayLiteral(value) : value))
  const { rows } = await database.query<Row>({ ...statement, values: parameters })
  return rows
}

/** For `unnest`: one array a column. */
export function toColumns<Row>(rows: readonly Row[], columns: readonly ((row: Row) => unknown)[]): unknown[][] {
  return columns.map((column) => rows.map(column))
}

/** One row that is always there. */
export function onlyRow<Row>(rows: readonly Row[]): Row {
  const [row] = rows
  if (row === undefined) throw new Error('the statement answered without its row')
  return row
}
