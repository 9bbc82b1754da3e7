import type { Suppression } from '@carillon/contracts'
import type { Suppressions } from '@carillon/http-api'
import { OPT_OUT_REASON } from '@carillon/receipts'
import type { Pool } from 'pg'
import { runStatement } from '../run-statement.ts'
import { LIFT_SUPPRESSION, LIST_SUPPRESSIONS } from '../sql/suppressions.ts'
import { repeatConflicts } from '../transaction.ts'

export function createSuppressionStore({ pool }: { readonly pool: Pool }): Omit<Suppressions, 'hashAddress'> {
  return {
    async listSuppressions({ tenantId, channel, addressHash, after, limit }) {
      const from = [after?.createdAt ?? null, after?.channel ?? null, after?.addressHash ?? null]
      const values = [tenantId, channel ?? null, addressHash ?? null, ...from, limit]
      const rows = await repeatConflicts('list suppressions', () =>
        runStatement<Omit<Suppression, 'createdAt'> & { readonly createdAt: Date }>(pool, LIST_SUPPRESSIONS, values),
      )
      return rows.map((row) => ({ ...row, createdAt: row.createdAt.toISOString() }))
    },
    async liftSuppression(tenantId, channel, addressHash) {
      const values = [tenantId, channel, addressHash, OPT_OUT_REASON]
      const [found] = await repeatConflicts('lift a suppression', () =>
        runStatement<{ isWish: boolean }>(pool, LIFT_SUPPRESSION, values),
      )
      if (found === undefined) return 'unknown'
      return found.isWish ? 'of_the_person' : 'lifted'
    },
  }
}
