import type { ApiKeyRow, CredentialStore, StoredApiKey } from '../ports.ts'

/** The keys' twin in memory, over the rows that tests fill. */
export function createMemoryKeys(
  rows: Map<string, ApiKeyRow>,
  now: () => Date,
): Pick<CredentialStore, 'listApiKeys' | 'addApiKey' | 'rotateApiKey' | 'revokeApiKey'> {
  const names = new Map<string, Pick<StoredApiKey, 'name' | 'createdAt'>>()
  const show = (id: string, row: ApiKeyRow): StoredApiKey => ({
    ...{ id, name: 'test', createdAt: now(), lastUsedAt: null, ...names.get(id), ...row },
  })
  const isLive = ({ revokedAt, expiresAt }: ApiKeyRow) =>
    revokedAt === null && (expiresAt === null || expiresAt > now())
  const listApiKeys = async (tenantId: string) =>
    [...rows].filter(([, row]) => row.tenantId === tenantId).map(([id, row]) => show(id, row))

  const addApiKey: CredentialStore['addApiKey'] = async ({ id, name, ...row }) => {
    const live = (await listApiKeys(row.tenantId)).filter((key) => key.name === name && isLive(key))
    if (live.length >= 2) return undefined
    names.set(id, { name, createdAt: now() })
    rows.set(id, { ...row, revokedAt: null })
    return show(id, { ...row, revokedAt: null })
  }

  return {
    listApiKeys,
    addApiKey,
    async rotateApiKey(tenantId, id, next, overlapSeconds) {
      const old = (await listApiKeys(tenantId)).find((key) => key.id === id && isLive(key))
      if (old === undefined) return 'unknown'
      const added = await addApiKey({ ...old, ...next })
      if (added === undefined) return 'two_live'
      const row = rows.get(id)
      if (row) rows.set(id, { ...row, expiresAt: new Date(now().getTime() + overlapSeconds * 1_000) })
      return added
    },
    async revokeApiKey(tenantId, id) {
      const row = rows.get(id)
      if (row?.tenantId !== tenantId || row.revokedAt !== null) return false
      rows.set(id, { ...row, revokedAt: now() })
      return true
    },
  }
}
