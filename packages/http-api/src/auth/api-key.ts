import { hash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { ApiKeyRow, CredentialStore } from '../ports.ts'
import type { Service } from './caller.ts'

/**
 * `prefix_id.secret`. The secret has 256 random bits, so one sha256 is enough at rest. The prefix says to people and
 * secret scanners what it is; only id and secret count.
 */
const API_KEY = /^[a-z]{2,12}_([A-Za-z0-9]{8,64})\.([A-Za-z0-9_-]{32,128})$/
const PREFIX = 'car'
const NO_HASH = Buffer.alloc(32)

export interface MintedApiKey {
  readonly id: string
  readonly secretHash: string
  /** Shown once; never stored. */
  readonly token: string
}

export function mintApiKey(): MintedApiKey {
  const id = randomBytes(12).toString('hex')
  const secret = randomBytes(32).toString('base64url')
  return { id, secretHash: hashSecret(secret).toString('hex'), token: `${PREFIX}_${id}.${secret}` }
}

function hashSecret(secret: string): Buffer {
  return hash('sha256', secret, 'buffer')
}

interface ApiKeyParts {
  readonly id: string
  readonly secret: string
}

/** Undefined for what is no API key, and may be a token of a person. */
export function parseApiKey(token: string): ApiKeyParts | undefined {
  const [, id, secret] = API_KEY.exec(token) ?? []
  return id !== undefined && secret !== undefined ? { id, secret } : undefined
}

/** Unknown, wrong, expired and revoked are one answer, and an unknown key costs the same comparison. */
export function createApiKeyVerifier(credentials: CredentialStore, now: () => Date) {
  const readApiKey = cacheApiKeys(credentials, now)

  function verifyWith(row: CachedKey | undefined, { id, secret }: ApiKeyParts): Service | undefined {
    const isSecret = timingSafeEqual(hashSecret(secret), row?.hash ?? NO_HASH)
    if (row === undefined || !isSecret || row.revokedAt !== null) return undefined
    if (row.expiresAt !== null && row.expiresAt <= now()) return undefined
    if (!row.isUseRecorded) {
      row.isUseRecorded = true
      // Who used it last is nice to know; a request neither waits for it nor fails by it.
      credentials.recordApiKeyUse(id).catch(() => undefined)
    }
    return row.caller
  }

  return function verifyApiKey(given: ApiKeyParts): Service | undefined | Promise<Service | undefined> {
    const row = readApiKey(given.id)
    return row instanceof Promise ? row.then((read) => verifyWith(read, given)) : verifyWith(row, given)
  }
}

interface CachedKey extends Pick<ApiKeyRow, 'expiresAt' | 'revokedAt'> {
  readonly hash: Buffer
  readonly caller: Service
  readonly readAtMs: number
  /** Once for every time that it is read, so a busy key is written about as seldom as it is read. */
  isUseRecorded: boolean
}

const FRESH_MS = 5_000
// While the database is away services keep posting; a key that was revoked meanwhile works at most this long.
const STALE_MS = 600_000
const CACHED_KEYS_MAX = 10_000

/** A stored hash that is none matches nothing: no secret is known that hashes to zeros. */
function readHash(secretHash: string): Buffer {
  const read = Buffer.from(secretHash, 'hex')
  return read.length === NO_HASH.length ? read : NO_HASH
}

function toCachedKey(id: string, row: ApiKeyRow, readAtMs: number): CachedKey {
  const { tenantId, secretHash, expiresAt, revokedAt } = row
  const caller: Service = { kind: 'service', keyId: id, tenantId, scopes: new Set(row.scopes) }
  return { hash: readHash(secretHash), caller, expiresAt, revokedAt, readAtMs, isUseRecorded: false }
}

/** Only keys that exist are kept, or made-up ids would push out the real ones. */
function cacheApiKeys(credentials: CredentialStore, now: () => Date) {
  const known = new Map<string, CachedKey>()
  return function readApiKey(id: string): CachedKey | Promise<CachedKey | undefined> {
    const kept = known.get(id)
    const nowMs = now().getTime()
    return kept && nowMs - kept.readAtMs < FRESH_MS ? kept : refresh(id, kept, nowMs)
  }

  async function refresh(id: string, kept: CachedKey | undefined, nowMs: number): Promise<CachedKey | undefined> {
    try {
      const row = await credentials.findApiKey(id)
      known.delete(id)
      if (row === undefined) return undefined
      if (known.size >= CACHED_KEYS_MAX) known.delete(known.keys().next().value ?? '')
      const read = toCachedKey(id, row, nowMs)
      known.set(id, read)
      return read
    } catch (cause) {
      if (kept && nowMs - kept.readAtMs < STALE_MS) return kept
      throw new Error('find API key', { cause })
    }
  }
}
