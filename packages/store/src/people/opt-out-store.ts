import type { UnsubscribePorts } from '@carillon/http-api'
import type { Pool } from 'pg'
import { runStatement } from '../run-statement.ts'
import { KEEP_OPT_OUT } from '../sql/unsubscribe.ts'
import { repeatConflicts } from '../transaction.ts'

export function createOptOutStore({ pool }: { readonly pool: Pool }): Pick<UnsubscribePorts, 'keepOptOut'> {
  return {
    async keepOptOut({ tenantId, userId, category }) {
      const values = [tenantId, userId, category]
      await repeatConflicts('keep an opt-out', () => runStatement(pool, KEEP_OPT_OUT, values))
    },
  }
}
