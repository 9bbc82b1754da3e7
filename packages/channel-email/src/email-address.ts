/**
 * Exactly one address, no display name, comment, quoting or list. The edge parses addresses; this is the second line of
 * defence, since whatever passes here is written into an SMTP command and a header.
 */
export function isPlainAddress(address: string) {
  return (
    address.length <= 254 &&
    /^[^\s\p{Cc}\p{Cf}<>()[\]\\,;:"@]{1,64}@[\p{L}\p{N}\p{M}.-]+$/u.test(address) &&
    !hasBadDots(address)
  )
}

function hasBadDots(address: string) {
  return /^\.|\.\.|\.@|@[.-]|[.-]$/.test(address)
}

/** Servers like to quote the address in their answers; it has no place in our rows. */
export function withoutAddresses(text: string) {
  return text.replace(/[^\s<>"'(),:;@]+@[^\s<>"'(),:;@]+/g, '(address)')
}
