import { createHmac, hash } from 'node:crypto'

const BLOCK_BYTES = 64
const DIGEST_BYTES = 32
const TEXT_BYTES_MAX = 1_024

interface PaddedKey {
  /** The key as RFC 2104 pads it, with room behind it for what is signed. */
  readonly inner: Buffer
  readonly outer: Buffer
}

const padded = new Map<string, PaddedKey>()

function padKey(key: string): PaddedKey {
  const known = padded.get(key)
  if (known) return known
  const given = Buffer.from(key)
  const bytes = given.length > BLOCK_BYTES ? hash('sha256', given, 'buffer') : given
  const inner = Buffer.alloc(BLOCK_BYTES + TEXT_BYTES_MAX, 0)
  const outer = Buffer.alloc(BLOCK_BYTES + DIGEST_BYTES, 0)
  for (let at = 0; at < BLOCK_BYTES; at++) {
    inner[at] = 0x36 ^ (bytes[at] ?? 0)
    outer[at] = 0x5c ^ (bytes[at] ?? 0)
  }
  const made = { inner, outer }
  padded.set(key, made)
  return made
}

/**
 * HMAC-SHA-256 in hex. Every accepted event needs one, and an Hmac object costs as much as both of its
 * hashes: the padded key is kept instead, for the few keys that an installation has.
 */
export function hmacHex(key: string, text: string): string {
  if (text.length * 3 > TEXT_BYTES_MAX) return createHmac('sha256', key).update(text).digest('hex')
  const { inner, outer } = padKey(key)
  const length = BLOCK_BYTES + inner.write(text, BLOCK_BYTES)
  outer.set(hash('sha256', inner.subarray(0, length), 'buffer'), BLOCK_BYTES)
  return hash('sha256', outer, 'hex')
}
