import { describe, expect, it } from 'vitest'
import { toArrayLiteral } from './array-literal.ts'

describe('an array for Postgres', () => {
  it('quotes every text, so that none is read as NULL or as an array', () => {
    expect(toArrayLiteral(['a', 'NULL', '', '{}', 'a,b'])).toBe('{"a","NULL","","{}","a,b"}')
  })

  it('escapes what would end a text', () => {
    expect(toArrayLiteral(['say "hi"', 'back\\slash', 'line\nbreak'])).toBe(
      '{"say \\"hi\\"","back\\\\slash","line\nbreak"}',
    )
  })

  it('keeps numbers, truth values and what is absent', () => {
    expect(toArrayLiteral([1, -2.5, true, false, null, undefined])).toBe('{1,-2.5,true,false,NULL,NULL}')
  })

  it('says again what stands there again', () => {
    expect(toArrayLiteral(['a"b', 'a"b', null, null, 'a"b', 1, 1, '1'])).toBe(
      '{"a\\"b","a\\"b",NULL,NULL,"a\\"b",1,1,"1"}',
    )
    expect(toArrayLiteral([undefined, undefined, ''])).toBe('{NULL,NULL,""}')
  })

  it('may be empty', () => {
    expect(toArrayLiteral([])).toBe('{}')
  })

  it('refuses what it cannot say', () => {
    expect(() => toArrayLiteral([new Date()])).toThrow('a object is no element')
  })
})
