import fc from 'fast-check'
import { expect, it } from 'vitest'
import { findJsonError } from './find-json-error.ts'

it.each([
  ['{"a":1,}', 'line 1, column 8: the comma before this } is one too many'],
  ['[1,\n 2,\n]', 'line 3, column 1: the comma before this ] is one too many'],
  ["{'a':1}", 'line 1, column 2: a key in double quotes is expected'],
  ['{a:1}', 'line 1, column 2: a key in double quotes is expected'],
  ['{"a" 1}', 'line 1, column 6: a colon is expected after the key'],
  ['{"a":1 "b":2}', 'line 1, column 8: a comma or } is expected'],
  ['{"a":"x\n"}', 'line 1, column 8: a line break or another control character in a text must be escaped, as \\n'],
  ['{"a":"C:\\dir"}', 'line 1, column 9: a backslash in a text is written twice: \\\\'],
  ['{"a":"x}', 'line 1, column 6: this text has no closing quote'],
  ['{"a":[1', 'line 1, column 8: the text ends here, and a comma or ] is expected'],
  ['{"a":undefined}', 'line 1, column 6: a value is expected'],
  ['{"a":007}', 'line 1, column 6: a value is expected'],
  ['', 'line 1, column 1: the text ends here, and a value is expected'],
  ['{} // done', 'line 1, column 4: nothing may follow the value'],
])('%s', (text, said) => expect(findJsonError(text)).toBe(`at ${said}`))

it('finds something exactly where the parser of the runtime does', () => {
  const pieces = fc.constantFrom(...'{}[]",:0123.eE+-\\ \nu', 'true', 'null', '"a"', '"a":', '\\u0041', '1', ',')
  const odd = fc.array(pieces, { maxLength: 12 }).map((all) => all.join(''))
  const nearly = fc
    .tuple(fc.json({ maxDepth: 3 }), fc.nat(), fc.constantFrom('', ',', '"', '\\', '}', '1'))
    .map(([text, at, piece]) => text.slice(0, at % text.length) + piece + text.slice((at % text.length) + 1))
  fc.assert(
    fc.property(fc.oneof(odd, nearly, fc.json()), (text) => {
      expect(findJsonError(text) === undefined).toBe(isJson(text))
    }),
    { numRuns: 5_000 },
  )
})

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
