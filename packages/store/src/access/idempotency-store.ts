import type { IdempotencyStore as ApiIdempotency, ClaimedKey } from '@carillon/http-api'
import type { Pool } from 'pg'
import { onlyRow, runStatement } from '../run-statement.ts'
import { CLAIM_IDEMPOTENCY_KEY, DELETE_IDEMPOTENCY_KEYS } from '../sql/credentials.ts'
import { repeatConflicts } from '../transaction.ts'

export interface IdempotencyStore extends ApiIdempotency {
  /** Keys older than their 48 hours; answers how many went. */
  deleteOldKeys(limit: number): Promise<number>
}

export function createIdempotencyStore({ pool }: { readonly pool: Pool }): IdempotencyStore {
  return {
    async claimKey({ tenantId, key, fingerprint, eventId }) {
      const values = [tenantId, key, fingerprint, eventId]
      return onlyRow(
        await repeatConflicts('claim an idempotency key', () =>
          runStatement<ClaimedKey>(pool, CLAIM_IDEMPOTENCY_KEY, values),
        ),
      )
    },
    async deleteOldKeys(limit) {
      return onlyRow(
        await repeatConflicts('delete old idempotency keys', () =>
          runStatement<{ deleted: number }>(pool, DELETE_IDEMPOTENCY_KEYS, [limit]),
        ),
      ).deleted
    },
  }
}
