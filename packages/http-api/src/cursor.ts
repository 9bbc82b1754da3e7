import { createHmac, timingSafeEqual } from 'node:crypto'

/**
 * Where a list goes on, sealed: it says nothing that a caller could build on, it cannot be made up, and it works only for
 * the list that it came from, which `binding` names (tenant, person, filters).
 */

const MAC_BYTES = 12

export function sealCursor(keys: readonly string[], binding: readonly string[], position: readonly string[]): string {
  const payload = Buffer.from(JSON.stringify(position))
  return Buffer.concat([macOf(keys[0] ?? '', binding, payload), payload]).toString('base64url')
}

/** Undefined for what was not sealed here for this list. */
export function openCursor(
  keys: readonly string[],
  binding: readonly string[],
  cursor: string,
): readonly string[] | undefined {
  const bytes = Buffer.from(cursor, 'base64url')
  const [mac, payload] = [bytes.subarray(0, MAC_BYTES), bytes.subarray(MAC_BYTES)]
  if (mac.length < MAC_BYTES || !keys.some((key) => timingSafeEqual(macOf(key, binding, payload), mac)))
    return undefined
  // What carries our own MAC is what we wrote.
  return JSON.parse(payload.toString()) as string[]
}

function macOf(key: string, binding: readonly string[], payload: Buffer): Buffer {
  const name = JSON.stringify(['cursor', ...binding])
  return createHmac('sha256', key).update(`${name}\n`).update(payload).digest().subarray(0, MAC_BYTES)
}
