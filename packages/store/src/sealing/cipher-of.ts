import type { Pool } from 'pg'
import { type FieldCipher, openCipher } from './field-cipher.ts'

/**
 * The keys go with the pool, which every store of a process shares already: a store that was wired without them would
 * write addresses in the clear, and nobody would notice.
 */
const ciphers = new WeakMap<object, FieldCipher>()

export function setCipher(pool: Pool, cipher: FieldCipher): void {
  ciphers.set(pool, cipher)
}

export function cipherOf(pool: object): FieldCipher {
  return ciphers.get(pool) ?? openCipher
}
