import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto'

/**
 * Contacts, device tokens and metadata rest sealed: AES-256-GCM under a key of the tenant, which is derived from a key of
 * the ring. A sealed value names its key, so that a ring rotates without a stop: the first key seals, every one opens.
 * What was written before there were keys is opened as it stands, and sealed when it is written next.
 */
export interface FieldCipher {
  seal(tenantId: string, text: string): string
  /** Throws for a value whose key is not in the ring, or that somebody changed. */
  open(tenantId: string, value: string): string
  /** Of values under the newest key; undefined where nothing is sealed. */
  readonly prefix: string | undefined
}

const SEALED = /^c1\.([0-9a-f]{8})\.([A-Za-z0-9_-]{38,})$/
const IV_BYTES = 12
const TAG_BYTES = 16
const IVS_AT_ONCE = 256
/** Many rows of a broadcast share their metadata, sealed once. */
const OPENED_MAX = 500
const TENANTS_MAX = 10_000

export function createFieldCipher(keys: readonly string[]): FieldCipher {
  const ring = new Map(keys.map((key) => [keyIdOf(key), createTenantKeys(key)]))
  const [newest] = ring
  if (!newest) throw new Error('create the cipher of fields: no key')
  const [newestId, newestKeys] = newest
  const opened = new Map<string, string>()

  return {
    prefix: `c1.${newestId}.`,
    seal(tenantId, text) {
      const iv = takeIv()
      const cipher = createCipheriv('aes-256-gcm', newestKeys(tenantId), iv)
      const body = cipher.update(text, 'utf8')
      // A stream cipher holds nothing back: this only makes the tag.
      cipher.final()
      const sealed = Buffer.allocUnsafe(IV_BYTES + body.length + TAG_BYTES)
      sealed.set(iv, 0)
      sealed.set(body, IV_BYTES)
      sealed.set(cipher.getAuthTag(), IV_BYTES + body.length)
      return `c1.${newestId}.${sealed.toString('base64url')}`
    },
    open(tenantId, value) {
      const [, keyId, body] = SEALED.exec(value) ?? []
      if (keyId === undefined || body === undefined) return value
      const known = `${tenantId}\n${value}`
      const before = opened.get(known)
      if (before !== undefined) return before
      const keyOf = ring.get(keyId)
      if (!keyOf)
        throw new Error(`open a sealed value: its key ${keyId} is not in the ring; put it back behind the others`)
      const text = decrypt(keyOf(tenantId), Buffer.from(body, 'base64url'))
      if (opened.size >= OPENED_MAX) opened.clear()
      opened.set(known, text)
      return text
    },
  }
}

/** Where a test of statements asks for it: nothing is sealed, and a sealed value is refused rather than shown. */
export const openCipher: FieldCipher = {
  prefix: undefined,
  seal: (_tenantId, text) => text,
  open(_tenantId, value) {
    if (SEALED.test(value)) throw new Error('open a sealed value: this pool was opened without keys')
    return value
  },
}

/** Of a pool that nobody gave keys: what rests in the clear can be read, and nothing is written to rest there. */
export const refusingCipher: FieldCipher = {
  ...openCipher,
  seal() {
    throw new Error('seal a value: this pool was opened without keys')
  },
}

let ivs = Buffer.alloc(0)
let ivAt = 0

/** A call for random bytes costs as much as the encryption of an address, so they are fetched for many; none is used twice. */
function takeIv(): Buffer {
  if (ivAt === ivs.length) {
    ivs = randomBytes(IVS_AT_ONCE * IV_BYTES)
    ivAt = 0
  }
  ivAt += IV_BYTES
  return ivs.subarray(ivAt - IV_BYTES, ivAt)
}

function decrypt(key: KeyObject, bytes: Buffer): string {
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES))
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES))
  const body = bytes.subarray(IV_BYTES, -TAG_BYTES)
  return decipher.update(body, undefined, 'utf8') + decipher.final('utf8')
}

function keyIdOf(key: string): string {
  return createHash('sha256').update(`key id\n${key}`).digest('hex').slice(0, 8)
}

function createTenantKeys(key: string): (tenantId: string) => KeyObject {
  const known = new Map<string, KeyObject>()
  return function findTenantKey(tenantId) {
    const found = known.get(tenantId)
    if (found) return found
    if (known.size >= TENANTS_MAX) known.clear()
    const derived = createSecretKey(Buffer.from(hkdfSync('sha256', key, 'carillon data', `tenant\n${tenantId}`, 32)))
    known.set(tenantId, derived)
    return derived
  }
}
