import type { Pool } from 'pg'
import { runStatement } from '../run-statement.ts'
import { findStale, reseal, SEALED_TABLES, type SealedName, type SealedTable } from '../sql/reseal.ts'
import { repeatConflicts } from '../transaction.ts'
import { cipherOf } from './cipher-of.ts'
import type { FieldCipher } from './field-cipher.ts'
import { openJsonText } from './sealed-json.ts'

/** How many rows of each kind were sealed again. */
export type ResealedCounts = Readonly<Record<SealedName, number>>

const BATCH_ROWS = 500
const BEFORE_ALL = { text: '', uuid: '00000000-0000-0000-0000-000000000000' }

/** Seals everything by the newest key, in batches that nobody feels; afterwards the older keys may go. */
export async function resealData(pool: Pool): Promise<ResealedCounts> {
  const cipher = cipherOf(pool)
  const { prefix } = cipher
  if (prefix === undefined) throw new Error('seal data again: this pool was opened without keys')
  const all = (name: SealedName) => resealTable(pool, SEALED_TABLES[name], { ...cipher, prefix })
  return {
    users: await all('users'),
    devices: await all('devices'),
    webhooks: await all('webhooks'),
    notifications: await all('notifications'),
    fanouts: await all('fanouts'),
    heldEvents: await all('heldEvents'),
    schedules: await all('schedules'),
  }
}

interface SealedRow {
  readonly tenantId: string
  readonly keys: readonly string[]
  readonly stored: readonly (string | null)[]
  readonly isStale: boolean
}

type SealingCipher = FieldCipher & { readonly prefix: string }

async function resealTable(pool: Pool, table: SealedTable, cipher: SealingCipher): Promise<number> {
  const [find, write] = [findStale(table), reseal(table)]
  const again = (tenantId: string) => (stored: string | null) => stored && sealAgain(stored, tenantId, table, cipher)
  let after: readonly string[] = Object.values(table.keys).map((type) => BEFORE_ALL[type])
  for (let total = 0; ; ) {
    const rows = await runStatement<SealedRow>(pool, find, [cipher.prefix, BATCH_ROWS, ...after])
    const last = rows.at(-1)
    if (last === undefined) return total
    after = last.keys
    const stale = rows
      .filter((row) => row.isStale)
      .map(({ tenantId, keys, stored }) => [...keys, ...stored, ...stored.map(again(tenantId))])
    const [first] = stale
    if (first === undefined) continue
    const columns = first.map((_, column) => stale.map((row) => row[column] ?? null))
    await repeatConflicts(write.name, () => runStatement(pool, write, columns))
    total += stale.length
  }
}

function sealAgain(stored: string, tenantId: string, { type }: SealedTable, cipher: FieldCipher): string {
  if (type === 'text') return cipher.seal(tenantId, cipher.open(tenantId, stored))
  return JSON.stringify(cipher.seal(tenantId, openJsonText(cipher, tenantId, stored)))
}
