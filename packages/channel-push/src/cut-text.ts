const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })
const ellipsis = '…'

/**
 * At most so many UTF-16 units, which is what devices count, with the ellipsis. It ends at a word where one ends in the
 * second half, and never inside a surrogate pair or anything that a person sees as one character.
 */
export function cutText(text: string, charactersMax: number): string {
  if (text.length <= charactersMax) return text
  const room = charactersMax - ellipsis.length
  if (room < 0) return ''
  let end = 0
  let wordEnd = 0
  // A little more than fits, so that the last one looked at is whole.
  for (const { segment, index } of graphemes.segment(text.slice(0, charactersMax + graphemeUnitsMax))) {
    if (/^\s/.test(segment)) wordEnd = index
    if (index + segment.length > room) break
    end = index + segment.length
  }
  const isWordNear = wordEnd >= charactersMax / 2 && wordEnd <= end
  return `${text.slice(0, isWordNear ? wordEnd : end).trimEnd()}${ellipsis}`
}

/** Nothing longer is one character in any language; what is, may be cut. */
const graphemeUnitsMax = 64
