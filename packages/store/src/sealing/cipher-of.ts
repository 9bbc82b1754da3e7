import type { Pool } from 'pg'
import { type FieldCipher, refusingCipher } from './field-cipher.ts'

/**
 * The keys go with the pool, which every store of a process shares already. A store that was wired without them writes no
 * address at all, rather than one in the clear that nobody would notice. On the pool itself, so that whoever wraps a pool
 * passes them on.
 */
const CIPHER = Symbol('the cipher of this pool')

export function setCipher(pool: Pool, cipher: FieldCipher): void {
  Object.defineProperty(pool, CIPHER, { value: cipher, configurable: true })
}

export function cipherOf(pool: object): FieldCipher {
  const cipher: FieldCipher | undefined = Reflect.get(pool, CIPHER)
  return cipher ?? refusingCipher
}
