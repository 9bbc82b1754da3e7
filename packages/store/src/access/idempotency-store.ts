import type { Pool } from 'pg'
import { onlyRow, runStatement } from '../run-statement.ts'
import { CLAIM_IDEMPOTENCY_KEY, DELETE_IDEMPOTENCY_KEYS } from '../sql/credentials.ts'
import { repeatConflicts } from '../transaction.ts'

export interface IdempotencyClaim {
  readonly tenantId: string
  readonly key: string
  readonly fingerprint: string
  readonly eventId: string
}

export interface ClaimedKey {
  /** The event that the key stands for: ours, or that of the first who claimed it. */
  readonly eventId: string
  readonly isSame: boolean
}

export interface IdempotencyStore {
  claimKey(claim: IdempotencyClaim): Promise<ClaimedKey>
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
