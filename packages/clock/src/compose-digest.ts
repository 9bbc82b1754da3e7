export type DigestLine = readonly [title: string, text: string]

export interface DigestMembers {
  /** In the order in which they came; not always all of them. */
  readonly listed: readonly DigestLine[]
  readonly count: number
}

const LINE_CHARS_MAX = 200

/**
 * The text of a digest, without a word of its own, so that it needs no language: how many, each in a line, and how many
 * more. One message alone goes out as it is.
 */
export function composeDigest({ listed, count }: DigestMembers): { readonly title: string; readonly message: string } {
  const [first] = listed
  if (first && count === 1) return { title: first[0], message: first[1] }
  const lines = listed.map(([title, text]) => `• ${cut([title, text].filter((part) => part !== '').join(': '))}`)
  if (count > listed.length) lines.push(`+ ${count - listed.length}`)
  return { title: `${first?.[0] || '•'} (${count})`, message: lines.join('\n') }
}

/** In whole characters: half an emoji is none. */
function cut(text: string): string {
  const chars = Array.from(text.replaceAll(/\s+/g, ' ').trim())
  return chars.length <= LINE_CHARS_MAX ? chars.join('') : `${chars.slice(0, LINE_CHARS_MAX - 1).join('')}…`
}
