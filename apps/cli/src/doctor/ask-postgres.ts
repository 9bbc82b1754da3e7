import { openPool } from '@carillon/store'

/** Undefined where Postgres does not answer as it should, which `checkPostgres` says already. */
export async function askPostgres<Row extends object>(
  url: string | undefined,
  text: string,
): Promise<Row[] | undefined> {
  if (!url) return undefined
  const pool = openPool({ connectionString: url, max: 1, applicationName: 'doctor', statementTimeoutMs: 5_000 })
  try {
    return (await pool.query<Row>(text)).rows
  } catch {
    return undefined
  } finally {
    await pool.end()
  }
}
