import { z } from 'zod'

// NUL cannot rest in Postgres, and a lone surrogate cannot rest in UTF-8: refused here, never repaired.
export function isStorableText(text: string): boolean {
  return !text.includes('\u0000') && text.isWellFormed()
}

const LINE_BREAKS = /[\r\n\u0085\u2028\u2029]/

export function text(lengthMax: number) {
  return z.string().max(lengthMax).refine(isStorableText, 'must not contain NUL or a lone surrogate')
}

/** Storable, and one line only. */
export function isLine(text: string): boolean {
  return isStorableText(text) && !LINE_BREAKS.test(text)
}

/** Ends up in a subject, a header or a name: one line only. */
export function lineOfText(lengthMax: number) {
  return text(lengthMax).refine((line) => !LINE_BREAKS.test(line), 'must not contain a line break')
}

export const IDENTIFIER_LENGTH_MAX = 128
export const identifier = lineOfText(IDENTIFIER_LENGTH_MAX).min(1)

// JSON writes NUL and a lone surrogate as an escape, and a backslash of the text as two: `C:\udev` is harmless.
const UNSTORABLE_ESCAPE = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/i

/** JSON that is stored as jsonb and handed back as it came. Depth is bounded by the strict reader before this runs. */
export const jsonObject = z
  .record(lineOfText(256), z.unknown())
  .refine((object) => !UNSTORABLE_ESCAPE.test(JSON.stringify(object)), 'must not contain NUL or a lone surrogate')
