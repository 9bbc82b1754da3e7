/** A promise as a question to one row: where `broken` is true, the row breaks it, and `detail` says how. */
export interface AuditRule {
  readonly code: string
  /** In the words of the promise. */
  readonly says: string
  /** SQL over the page's aliases. */
  readonly broken: string
  /** SQL of a text. */
  readonly detail: string
}

/** What is looked through page by page, each page in one statement and so in one snapshot. */
export interface AuditedTable {
  readonly table: string
  /** Columns of its primary key, as text; the cursor. */
  readonly key: readonly string[]
  /** $1 rows a page, then one parameter a key column. Answers findings, and one row without a rule: where to go on. */
  readonly text: string
  readonly rules: readonly AuditRule[]
}

/** The rules over the CTE `row`, beside the page's size and its last key. */
export function askRules(key: readonly string[], from: string, rules: readonly AuditRule[]): string {
  const cases = rules
    .map(({ code, broken, detail }) => `('${code}', coalesce(${broken}, false), ${detail})`)
    .join(',\n    ')
  const name = `concat_ws('/', ${key.map((column) => `r.${column}`).join(', ')})`
  return `SELECT ${name} AS row, f.rule, f.detail, NULL::int AS rows, NULL::text[] AS next
FROM ${from} CROSS JOIN LATERAL (VALUES
    ${cases}) f(rule, broken, detail)
WHERE f.broken
UNION ALL
SELECT NULL, NULL, NULL, count(*)::int, (SELECT array[${key.map((column) => `r.${column}::text`).join(', ')}]
  FROM page r ORDER BY ${key.map((column) => `r.${column} DESC`).join(', ')} LIMIT 1)
FROM page`
}
