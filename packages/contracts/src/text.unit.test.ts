import { describe, expect, test } from 'vitest'
import { identifier, isStorableText, jsonObject, lineOfText, text } from './text.ts'

describe('text that can be stored', () => {
  test.each(['', 'a', 'two\nlines', '👋🏽', '\u2028', 'é'])('%j can', (one) => {
    expect(isStorableText(one)).toBe(true)
    expect(text(100).safeParse(one).success).toBe(true)
  })

  test.each(['\u0000', 'a\u0000b', '\ud800', 'a\udfff', '\udc00\ud800'])('%j cannot', (one) => {
    expect(isStorableText(one)).toBe(false)
    expect(text(100).safeParse(one).success).toBe(false)
    expect(lineOfText(100).safeParse(one).success).toBe(false)
  })

  test('its length counts what a database counts, at most', () => {
    expect(text(3).safeParse('abc').success).toBe(true)
    expect(text(3).safeParse('abcd').success).toBe(false)
  })
})

describe('one line', () => {
  test.each(['\n', '\r', '\u0085', '\u2028', '\u2029'])('has no %j', (lineBreak) => {
    for (const line of [lineBreak, `a${lineBreak}b`, `a${lineBreak}`]) {
      expect(lineOfText(100).safeParse(line).success).toBe(false)
      expect(identifier.safeParse(line).success).toBe(false)
    }
  })

  test('may be empty, but an identifier may not', () => {
    expect(lineOfText(10).safeParse('').success).toBe(true)
    expect(identifier.safeParse('').success).toBe(false)
    expect(identifier.safeParse('x'.repeat(128)).success).toBe(true)
    expect(identifier.safeParse('x'.repeat(129)).success).toBe(false)
  })
})

describe('a JSON object', () => {
  test.each([
    {},
    { a: [1, null, true, { b: 'two\nlines' }] },
    { path: 'C:\\udev', escaped: '\\u0000', twice: '\\\\ud800', emoji: '👋' },
  ])('%j is stored', (object) => {
    expect(jsonObject.parse(object)).toEqual(object)
  })

  test.each([
    { a: '\u0000' },
    { a: { b: ['x\ud800'] } },
    { a: '\\\u0000' },
    { a: '\\\\\udc00' },
    { a: { 'b\u0000': 1 } },
    { 'a\u0000': 1 },
    { 'a\nb': 1 },
    { ['x'.repeat(257)]: 1 },
  ])('%j is refused', (object) => {
    expect(jsonObject.safeParse(object).success).toBe(false)
  })

  test.each([null, [], 'text', 7])('%j is none', (value) => {
    expect(jsonObject.safeParse(value).success).toBe(false)
  })
})
