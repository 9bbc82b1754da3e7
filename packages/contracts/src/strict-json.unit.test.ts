import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseStrictJson } from './strict-json.ts'

const parse = (text: string) => parseStrictJson(Buffer.from(text))
const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`

describe('parseStrictJson', () => {
  it.each([
    ['a repeated key', '{"a":1,"a":2}', /repeats the key "a"/],
    ['a repeated key far down', '{"x":[{"b":{"c":1,"d":2,"c":3}}]}', /repeats the key "c"/],
    ['a key repeated by an escape', '{"a":1,"\\u0061":2}', /repeats the key "a"/],
    ['an empty key twice', '{"":1,"":2}', /repeats the key ""/],
    ['__proto__', '{"metadata":{"__proto__":{"isAdmin":true}}}', /"__proto__"/],
    ['an escaped __proto__', '{"\\u005f_proto__":1}', /"__proto__"/],
    ['constructor', '{"constructor":{"prototype":1}}', /not allowed/],
    ['NUL by an escape', '{"a":"x\\u0000y"}', /NUL/],
    ['a raw NUL', '{"a":"x\u0000y"}', /not valid JSON/],
    ['NUL in a key', '{"x\\u0000y":1}', /NUL/],
    ['a lone high surrogate', '"\\ud800"', /surrogate/],
    ['a lone low surrogate', '["\\udc00x"]', /surrogate/],
    ['surrogates in the wrong order', '["\\ude00\\ud83d"]', /surrogate/],
    ['33 levels', nested(33), /32 levels/],
    ['a bottomless array', '['.repeat(200_000), /32 levels/],
    ['a bottomless object', '{"a":'.repeat(50_000), /32 levels/],
    ['nothing', '', /not valid JSON/],
    ['half a document', '{"a":[1,2', /not valid JSON/],
    ['a comment', '{"a":1} // x', /not valid JSON/],
    ['a trailing comma', '[1,]', /not valid JSON/],
    ['NaN', '[NaN]', /not valid JSON/],
    ['a number no double holds', '[1e999]', /too large/],
    ['an unescaped line break in a text', '["a\nb"]', /not valid JSON/],
    ['only closing brackets', ']'.repeat(100), /not valid JSON/],
    ['a text that never ends in a backslash', '"abc\\', /not valid JSON/],
  ])('refuses %s', (_name, text, problem) => {
    expect(parse(text)).toEqual({ ok: false, problem: expect.stringMatching(problem) })
  })

  it.each([
    ['an overlong slash', [0x22, 0xc0, 0xaf, 0x22]],
    ['a surrogate in bytes', [0x22, 0xed, 0xa0, 0x80, 0x22]],
    ['a cut character', [0x22, 0xe2, 0x82, 0x22]],
    ['a lone 0xff', [0xff]],
  ])('refuses %s', (_name, bytes) => {
    expect(parseStrictJson(Uint8Array.from(bytes))).toEqual({ ok: false, problem: 'is not valid UTF-8' })
  })

  it.each([
    '{"a:b":1,"c":"x:y,{[\\"","d":[]}',
    '{"a":{"id":1},"b":{"id":1}}',
    '[{"a":1},{"a":1}]',
    '"😀 \\ud83d\\ude00 \\\\u0000 \\\\ud800"',
    '12345678901234567890',
    nested(32),
  ])('takes %s', (text) => {
    expect(parse(text)).toEqual({ ok: true, value: JSON.parse(text) })
  })

  it('says nothing of what the text held', () => {
    expect(JSON.stringify(parse('{"email": ann@example.com}'))).not.toContain('example.com')
    expect(JSON.stringify(parse('{"a": secret "more secret"}'))).not.toContain('secret')
  })

  it('reads whatever JSON.stringify writes', () => {
    const anything = fc.jsonValue({ maxDepth: 8, stringUnit: 'binary' })
    fc.assert(
      fc.property(anything, (value) => {
        const text = JSON.stringify(value)
        if (/"(__proto__|constructor|prototype)":/.test(text) || text.includes('\\u0000')) return
        expect(parse(text)).toEqual({ ok: true, value: JSON.parse(text) })
      }),
      { numRuns: 300 },
    )
  })

  it('never throws on any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(typeof parseStrictJson(bytes).ok).toBe('boolean')
      }),
      { numRuns: 500 },
    )
  })
})
