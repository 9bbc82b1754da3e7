import type { UnsubscribeWish } from '@carillon/contracts'
import type { Pool } from 'pg'
import { runStatement } from '../run-statement.ts'
import { KEEP_OPT_OUT } from '../sql/unsubscribe.ts'
import { repeatConflicts } from '../transaction.ts'

export interface OptOutStore {
  /** No e-mail of this category to this person from now on. */
  keepOptOut(wish: UnsubscribeWish): Promise<void>
}

export function createOptOutStore({ pool }: { readonly pool: Pool }): OptOutStore {
  return {
    async keepOptOut({ tenantId, userId, category }) {
      const values = [tenantId, userId, category]
      await repeatConflicts('keep an opt-out', () => runStatement(pool, KEEP_OPT_OUT, values))
    },
  }
}
