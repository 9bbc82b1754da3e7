import type { CredentialStore as ApiCredentials, ApiKeyToSave, StoredApiKey } from '@carillon/http-api'
import type { Pool, PoolClient } from 'pg'
import { onlyRow, runStatement } from '../run-statement.ts'
import {
  COUNT_LIVE_KEYS,
  END_KEY,
  FIND_API_KEY,
  FIND_LIVE_KEY,
  INSERT_API_KEY,
  LIST_API_KEYS,
  LOCK_KEY_NAME,
  RECORD_KEY_USE,
  REVOKE_API_KEY,
} from '../sql/credentials.ts'
import { inTransaction, repeatConflicts } from '../transaction.ts'

export interface CredentialStore extends ApiCredentials {
  findApiKey(id: string): Promise<StoredApiKey | undefined>
  /** Without a look at how many its name has. */
  saveApiKey(key: ApiKeyToSave): Promise<void>
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
    addApiKey: (key) => repeatConflicts('add an API key', () => inTransaction(pool, (client) => addKey(client, key))),
    rotateApiKey: (tenantId, id, next, overlapSeconds) =>
      repeatConflicts('rotate an API key', () =>
        inTransaction(pool, async (client) => {
          const [old] = await runStatement<StoredApiKey>(client, FIND_LIVE_KEY, [tenantId, id])
          if (old === undefined) return 'unknown'
          const added = await addKey(client, { ...old, ...next })
          if (added === undefined) return 'two_live'
          await runStatement(client, END_KEY, [tenantId, id, overlapSeconds])
          return added
        }),
      ),
    async recordApiKeyUse(id) {
      await runStatement(pool, RECORD_KEY_USE, [id])
    },
    async revokeApiKey(tenantId, id) {
      const rows = await repeatConflicts('revoke an API key', () => runStatement(pool, REVOKE_API_KEY, [tenantId, id]))
      return rows.length > 0
    },
  }
}

const LIVE_KEYS_MAX = 2

async function addKey(client: PoolClient, key: ApiKeyToSave): Promise<StoredApiKey | undefined> {
  const { id, tenantId, name, secretHash, scopes, expiresAt } = key
  await runStatement(client, LOCK_KEY_NAME, [tenantId, name])
  const { live } = onlyRow(await runStatement<{ live: number }>(client, COUNT_LIVE_KEYS, [tenantId, name]))
  if (live >= LIVE_KEYS_MAX) return undefined
  const values = [id, tenantId, name, secretHash, scopes, expiresAt?.toISOString() ?? null]
  return onlyRow(await runStatement<StoredApiKey>(client, INSERT_API_KEY, values))
}
