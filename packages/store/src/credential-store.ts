import type { Pool } from 'pg'
import { runStatement } from './run-statement.ts'
import { FIND_API_KEY, INSERT_API_KEY, LIST_API_KEYS, REVOKE_API_KEY } from './sql/credentials.ts'
import { repeatConflicts } from './transaction.ts'

export interface StoredApiKey {
  readonly id: string
  readonly tenantId: string
  readonly name: string
  /** sha256 of the secret, hex. */
  readonly secretHash: string
  readonly scopes: readonly string[]
  readonly expiresAt: Date | null
  readonly revokedAt: Date | null
  readonly createdAt: Date
}

export type ApiKeyToSave = Omit<StoredApiKey, 'revokedAt' | 'createdAt'>

export interface CredentialStore {
  /** Also finds keys that are expired or revoked. */
  findApiKey(id: string): Promise<StoredApiKey | undefined>
  listApiKeys(tenantId: string): Promise<readonly StoredApiKey[]>
  saveApiKey(key: ApiKeyToSave): Promise<void>
  /** False for a key that is unknown, another tenant's, or revoked before. */
  revokeApiKey(tenantId: string, id: string): Promise<boolean>
}

export function createCredentialStore({ pool }: { readonly pool: Pool }): CredentialStore {
  return {
    async findApiKey(id) {
      const [key] = await repeatConflicts('find an API key', () => runStatement<StoredApiKey>(pool, FIND_API_KEY, [id]))
      return key
    },
    listApiKeys: (tenantId) =>
      repeatConflicts('list API keys', () => runStatement<StoredApiKey>(pool, LIST_API_KEYS, [tenantId])),
    async saveApiKey({ id, tenantId, name, secretHash, scopes, expiresAt }) {
      const values = [id, tenantId, name, secretHash, scopes, expiresAt?.toISOString() ?? null]
      await repeatConflicts('save an API key', () => runStatement(pool, INSERT_API_KEY, values))
    },
    async revokeApiKey(tenantId, id) {
      const rows = await repeatConflicts('revoke an API key', () => runStatement(pool, REVOKE_API_KEY, [tenantId, id]))
      return rows.length > 0
    },
  }
}
