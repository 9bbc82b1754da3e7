import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { DEFAULT_TENANT } from '@carillon/contracts'
import { mintApiKey, SCOPES } from '@carillon/http-api'
import { createCredentialStore, openPool } from '@carillon/store'
import type { DataDir } from '../running/data-dir.ts'

/** One key for as long as the data lives, so that what was pasted yesterday works today. */
export async function ensureDevelopmentKey(dataDir: DataDir, databaseUrl: string): Promise<string> {
  const pool = openPool({ connectionString: databaseUrl, applicationName: 'carillon-up', max: 1 })
  try {
    const credentials = createCredentialStore({ pool })
    const kept = await readKept(dataDir.apiKey)
    const [, id = ''] = /_([^.]+)\./.exec(kept ?? '') ?? []
    if (kept !== undefined && (await credentials.findApiKey(id))?.revokedAt === null) return kept
    const minted = mintApiKey()
    const { id: newId, secretHash, token } = minted
    const scopes = [...SCOPES]
    const name = 'development, made by carillon up'
    await credentials.saveApiKey({ id: newId, tenantId: DEFAULT_TENANT, name, secretHash, scopes, expiresAt: null })
    await writeFile(dataDir.apiKey, token, { mode: 0o600 })
    return token
  } finally {
    await pool.end()
  }
}

export async function ensureSecret(dataDir: DataDir): Promise<string> {
  const kept = await readKept(dataDir.secret)
  if (kept !== undefined) return kept
  const secret = randomBytes(24).toString('base64url')
  await writeFile(dataDir.secret, secret, { mode: 0o600 })
  return secret
}

async function readKept(path: string): Promise<string | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '')
  return text.trim() === '' ? undefined : text.trim()
}
