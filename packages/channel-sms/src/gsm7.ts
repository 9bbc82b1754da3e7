/** How an SMS is counted (3GPP TS 23.038): septets in GSM-7, 16-bit units in UCS-2, and segments of either. */
export type SmsEncoding = 'GSM-7' | 'UCS-2'

export interface CountedSms {
  readonly encoding: SmsEncoding
  /** Septets or 16-bit units. */
  readonly units: number
  readonly segments: number
}

const basic = new Set(
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà',
)
/** Each is written as an escape and a character. */
const extension = new Set('\f^{}\\[~]|€')

// In a message of several segments each carries a header of six octets.
const unitsMax = {
  'GSM-7': { alone: 160, joined: 153 },
  'UCS-2': { alone: 70, joined: 67 },
} as const

export function isGsm7(text: string): boolean {
  for (const character of text) if (!basic.has(character) && !extension.has(character)) return false
  return true
}

export function countSms(text: string): CountedSms {
  const encoding = isGsm7(text) ? 'GSM-7' : 'UCS-2'
  const widths = Array.from(text, (character) => widthOf(character, encoding))
  const units = widths.reduce((sum, width) => sum + width, 0)
  const { alone, joined } = unitsMax[encoding]
  return { encoding, units, segments: units <= alone ? 1 : countJoined(widths, joined) }
}

/** A segment never ends between an escape and its character, or in a surrogate pair: the rest of it stays empty. */
function countJoined(widths: readonly number[], segmentUnitsMax: number): number {
  let segments = 1
  let used = 0
  for (const width of widths) {
    if (used + width > segmentUnitsMax) {
      segments += 1
      used = 0
    }
    used += width
  }
  return segments
}

function widthOf(character: string, encoding: SmsEncoding): number {
  if (encoding === 'UCS-2') return character.length
  return extension.has(character) ? 2 : 1
}

const plainSpellings: Readonly<Record<string, string>> = {
  '‘': "'",
  '’': "'",
  '‚': "'",
  '“': '"',
  '”': '"',
  '„': '"',
  '–': '-',
  '—': '-',
  '‑': '-',
  '…': '...',
  '•': '-',
  '\u00a0': ' ',
  '\u202f': ' ',
  '\u2009': ' ',
}

/** One typographic quote would more than double the price of a text: it is spelled plainly where nothing else needs UCS-2. */
export function spellPlainly(text: string): string {
  if (isGsm7(text)) return text
  const plain = text.replace(/[‘’‚“”„–—‑…•\u00a0\u202f\u2009]/g, (character) => plainSpellings[character] ?? character)
  return isGsm7(plain) ? plain : text
}
