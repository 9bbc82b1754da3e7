import type { FieldCipher } from './field-cipher.ts'

/** In a column of JSON a sealed value is a string; what stands there as an object was written before there were keys. */
export function sealJson(cipher: FieldCipher, tenantId: string, value: object | null | undefined): string | null {
  if (value === null || value === undefined) return null
  const sealed = cipher.seal(tenantId, JSON.stringify(value))
  return cipher.prefix === undefined ? sealed : JSON.stringify(sealed)
}

export function openJson<Value extends object>(
  cipher: FieldCipher,
  tenantId: string,
  stored: Value | string | null,
): Value | null {
  return typeof stored === 'string' ? JSON.parse(cipher.open(tenantId, stored)) : stored
}

/** The very text that was sealed; of an object that stands in the clear, the column's own text. */
export function openJsonText(cipher: FieldCipher, tenantId: string, stored: string): string {
  return stored.startsWith('"') ? cipher.open(tenantId, JSON.parse(stored)) : stored
}
