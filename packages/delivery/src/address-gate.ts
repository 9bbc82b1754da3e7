import type { Channel } from '@carillon/contracts'

/** Outside production: who may be written to, and who gets everything else instead. */
export interface AddressGate {
  /** Addresses, `@domain`, or user ids (for devices). */
  readonly allowed: readonly string[]
  /** E-mail addresses and phone numbers; each channel takes those of its kind. */
  readonly redirect: readonly string[]
}

export type GatedAddress =
  | { readonly passes: true; readonly address: string; readonly isRedirected: boolean }
  | { readonly passes: false }

export interface AddressedTo {
  readonly channel: Channel
  readonly recipientId: string
  readonly address: string
}

/** With neither list everybody is written to: that is production. */
export function passGate(
  { channel, recipientId, address }: AddressedTo,
  { allowed, redirect }: AddressGate,
): GatedAddress {
  const asIs = { passes: true, address, isRedirected: false } as const
  if (allowed.length === 0 && redirect.length === 0) return asIs
  const domain = address.slice(address.lastIndexOf('@')).toLowerCase()
  const names = [address.toLowerCase(), recipientId.toLowerCase(), ...(address.includes('@') ? [domain] : [])]
  if (allowed.some((one) => names.includes(one.toLowerCase()))) return asIs
  const instead = redirect.filter((one) => isOfKind(one, channel))
  const chosen = instead[sumOf(recipientId) % Math.max(1, instead.length)]
  return chosen === undefined ? { passes: false } : { passes: true, address: chosen, isRedirected: true }
}

/** A device cannot be stood in for. */
function isOfKind(address: string, channel: Channel): boolean {
  if (channel === 'EMAIL') return address.includes('@')
  return (channel === 'SMS' || channel === 'WHATSAPP') && address.startsWith('+')
}

/** The same person always goes to the same one of them. */
function sumOf(text: string): number {
  return [...text].reduce((sum, character) => sum + (character.codePointAt(0) ?? 0), 0)
}
