import type { Statement } from '../run-statement.ts'

/** A table some of whose columns rest sealed: each a text by itself, or a string in a column of JSON. */
export interface SealedTable {
  readonly table: string
  readonly keys: Readonly<Record<string, 'text' | 'uuid'>>
  readonly columns: readonly string[]
  readonly type: 'text' | 'json' | 'jsonb'
  /** Of rows that are sealed at all. */
  readonly where?: string
}

/** Everything that is ever sealed; what is missing here is lost with the key that sealed it. */
export const SEALED_TABLES = {
  users: { table: 'User', keys: { tenantId: 'text', id: 'text' }, columns: ['email', 'phone'], type: 'text' },
  devices: { table: 'Device', keys: { tenantId: 'text', tokenHash: 'text' }, columns: ['token'], type: 'text' },
  webhooks: { table: 'OutcomeWebhook', keys: { tenantId: 'text' }, columns: ['secret'], type: 'text' },
  notifications: { table: 'Notification', keys: { id: 'uuid' }, columns: ['metadata', 'contact'], type: 'jsonb' },
  fanouts: { table: 'Fanout', keys: { id: 'uuid' }, columns: ['event'], type: 'jsonb' },
  heldEvents: {
    ...{ table: 'HeldEvent', keys: { id: 'uuid' }, columns: ['event'], type: 'json' },
    where: `"onDue" IS DISTINCT FROM 'emit'`,
  },
  schedules: { table: 'Schedule', keys: { tenantId: 'text', id: 'text' }, columns: ['event'], type: 'json' },
} as const satisfies Record<string, SealedTable>

export type SealedName = keyof typeof SEALED_TABLES

const quote = (name: string) => `"${name}"`

/**
 * The next rows after the keys from $3 on, which of them hold something that is not sealed by the key of prefix $1 said
 * beside: from one key to the next, so that a table of any length is read once.
 */
export function findStale({ table, keys, columns, type, where = 'true' }: SealedTable): Statement {
  const names = Object.keys(keys).map(quote).join(', ')
  const after = Object.values(keys).map((keyType, index) => `$${index + 3}::${keyType}`)
  const sealed = (name: string) => (type === 'text' ? quote(name) : `${quote(name)} #>> '{}'`)
  const isStale = columns
    .map((name) => `${quote(name)} IS NOT NULL AND NOT starts_with(coalesce(${sealed(name)}, ''), $1)`)
    .join(' OR ')
  return {
    name: `find-stale-${table}`,
    text: `SELECT "tenantId", ARRAY[${Object.keys(keys).map((name) => `${quote(name)}::text`)}] AS keys,
  ARRAY[${columns.map((name) => `${quote(name)}::text`)}] AS stored, (${isStale}) AS "isStale"
FROM "${table}" WHERE (${names}) > (${after.join(', ')}) AND ${where} ORDER BY ${names} LIMIT $2`,
  }
}

/** Only where nobody wrote meanwhile: what they wrote is sealed by the newest key already. */
export function reseal({ table, keys, columns, type }: SealedTable): Statement {
  const names = [...Object.keys(keys), ...columns.map((name) => `old ${name}`), ...columns.map((name) => `new ${name}`)]
  const types = [...Object.values(keys), ...columns.map(() => 'text'), ...columns.map(() => type)]
  const isRow = [
    ...Object.keys(keys).map((name) => `o.${quote(name)} = u.${quote(name)}`),
    ...columns.map((name) => `o.${quote(name)}::text IS NOT DISTINCT FROM u.${quote(`old ${name}`)}`),
  ]
  return {
    name: `reseal-${table}`,
    text: `UPDATE "${table}" o SET ${columns.map((name) => `${quote(name)} = u.${quote(`new ${name}`)}`).join(', ')}
FROM unnest(${types.map((one, index) => `$${index + 1}::${one}[]`).join(', ')}) u(${names.map(quote).join(', ')})
WHERE ${isRow.join(' AND ')}`,
  }
}
