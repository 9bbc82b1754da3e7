import type { Pool } from 'pg'
import { runStatement, toColumns } from '../run-statement.ts'
import {
  FIND_STALE_DEVICES,
  FIND_STALE_NOTIFICATIONS,
  FIND_STALE_USERS,
  RESEAL_DEVICES,
  RESEAL_NOTIFICATIONS,
  RESEAL_USERS,
} from '../sql/reseal.ts'
import { repeatConflicts } from '../transaction.ts'
import { cipherOf } from './cipher-of.ts'
import type { FieldCipher } from './field-cipher.ts'
import { openJson, sealJson } from './sealed-json.ts'

export interface ResealedCounts {
  readonly users: number
  readonly devices: number
  readonly notifications: number
}

const BATCH_ROWS = 500
const BEFORE_ALL = '00000000-0000-0000-0000-000000000000'

/** Seals everything by the newest key, in batches that nobody feels; afterwards the older keys may go. */
export async function resealData(pool: Pool): Promise<ResealedCounts> {
  const cipher = cipherOf(pool)
  const { prefix } = cipher
  if (prefix === undefined) throw new Error('seal data again: this pool was opened without keys')
  return {
    users: await resealUsers(pool, cipher, prefix),
    devices: await resealDevices(pool, cipher, prefix),
    notifications: await resealNotifications(pool, cipher, prefix),
  }
}

interface UserRow {
  readonly tenantId: string
  readonly id: string
  readonly email: string | null
  readonly phone: string | null
}

async function resealUsers(pool: Pool, cipher: FieldCipher, prefix: string): Promise<number> {
  const again = (tenantId: string, value: string | null) => value && cipher.seal(tenantId, cipher.open(tenantId, value))
  for (let total = 0; ; ) {
    const rows = await runStatement<UserRow>(pool, FIND_STALE_USERS, [prefix, BATCH_ROWS])
    if (rows.length === 0) return total
    const columns = toColumns(rows, [
      (row) => row.tenantId,
      (row) => row.id,
      (row) => row.email,
      (row) => row.phone,
      (row) => again(row.tenantId, row.email),
      (row) => again(row.tenantId, row.phone),
    ])
    await repeatConflicts('seal users again', () => runStatement(pool, RESEAL_USERS, columns))
    total += rows.length
  }
}

async function resealDevices(pool: Pool, cipher: FieldCipher, prefix: string): Promise<number> {
  for (let total = 0; ; ) {
    const rows = await runStatement<{ tenantId: string; tokenHash: string; token: string }>(pool, FIND_STALE_DEVICES, [
      prefix,
      BATCH_ROWS,
    ])
    if (rows.length === 0) return total
    const columns = toColumns(rows, [
      (row) => row.tenantId,
      (row) => row.tokenHash,
      (row) => row.token,
      (row) => cipher.seal(row.tenantId, cipher.open(row.tenantId, row.token)),
    ])
    await repeatConflicts('seal devices again', () => runStatement(pool, RESEAL_DEVICES, columns))
    total += rows.length
  }
}

interface NotificationRow {
  readonly id: string
  readonly tenantId: string
  readonly metadata: object | string | null
  readonly contact: object | string | null
  readonly isStale: boolean
}

async function resealNotifications(pool: Pool, cipher: FieldCipher, prefix: string): Promise<number> {
  const again = (tenantId: string, value: object | string | null) =>
    sealJson(cipher, tenantId, openJson(cipher, tenantId, value))
  for (let total = 0, after = BEFORE_ALL; ; ) {
    const values = [prefix, BATCH_ROWS, after]
    const rows = await runStatement<NotificationRow>(pool, FIND_STALE_NOTIFICATIONS, values)
    const last = rows.at(-1)
    if (!last) return total
    after = last.id
    const stale = rows.filter((row) => row.isStale)
    const columns = toColumns(stale, [
      (row) => row.id,
      (row) => again(row.tenantId, row.metadata),
      (row) => again(row.tenantId, row.contact),
    ])
    if (stale.length > 0)
      await repeatConflicts('seal notifications again', () => runStatement(pool, RESEAL_NOTIFICATIONS, columns))
    total += stale.length
  }
}
