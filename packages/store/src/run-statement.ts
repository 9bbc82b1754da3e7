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

/**
 * For one `unnest` of all of them: an array a column. Postgres fills the shorter ones up with NULL, so that only the
 * first must be whole: most columns of a chunk hold nothing, and neither side reads a thousand times that it is nothing.
 */
export function toColumns<Row>(rows: readonly Row[], columns: readonly ((row: Row) => unknown)[]): unknown[][] {
  return columns.map((column, index) => {
    const values = rows.map(column)
    return index === 0 ? values : cutNulls(values)
  })
}

function cutNulls(values: unknown[]): unknown[] {
  let length = values.length
  while (length > 0 && (values[length - 1] ?? null) === null) length--
  return length === values.length ? values : values.slice(0, length)
}

/** One row that is always there. */
export function onlyRow<Row>(rows: readonly Row[]): Row {
  const [row] = rows
  if (row === undefined) throw new Error('the statement answered without its row')
  return row
}
